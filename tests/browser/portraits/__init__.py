"""The pictures of the console in the documentation, taken of a demo: `python -m`."""
