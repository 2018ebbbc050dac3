"""Writes the clients' models and operations from the description of the native API: `make clients`.

`names.py` says what they are called; `reading.py` reads the description; `python/` and
`typescript/` print what was read.
"""
