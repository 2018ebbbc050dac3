"""`python -m stampbook` is the `stampbook` program."""

from stampbook.cli import main

main()
