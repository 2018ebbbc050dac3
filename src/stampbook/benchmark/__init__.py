"""The benchmark: the real server under load, with pgbench beside it."""
