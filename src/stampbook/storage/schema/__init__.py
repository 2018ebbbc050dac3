"""The whole schema of each database in one file, for readers; `make schema` writes it.

The files equal the sum of the migrations: tests/storage/test_schema.py proves it. Databases are
created by the migrations alone.
"""
