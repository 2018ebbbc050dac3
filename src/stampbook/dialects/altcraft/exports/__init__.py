"""Exports of transactions: the methods, the job that writes the files, and their table."""
