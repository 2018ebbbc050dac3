"""Verification: the journal is replayed and everything kept beside it is held against that."""
