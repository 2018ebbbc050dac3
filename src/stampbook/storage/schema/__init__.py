"""The whole schema of each database in one file, to read; written by `make schema`.

The files equal the sum of the migrations: tests/storage/test_schema.py proves it. They are read by
people and by reviewers of a change; databases are made by the migrations alone.
"""
