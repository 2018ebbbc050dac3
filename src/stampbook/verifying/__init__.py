"""Verification: the journal is replayed and compared with everything stored beside it."""
