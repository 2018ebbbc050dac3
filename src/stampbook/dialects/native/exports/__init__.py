"""Exports: what a program has, as rows of files that imports can read."""
