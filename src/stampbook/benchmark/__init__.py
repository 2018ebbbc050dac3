"""The benchmark: the real server under load, beside the database's own limit."""
