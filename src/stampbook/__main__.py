"""`python -m stampbook` is the `stampbook` program."""

from stampbook.cli import main

if __name__ == "__main__":  # not in a process that the verification has started
    main()
