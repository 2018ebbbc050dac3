"""A second, simple ledger, and random histories that compare it with the real one."""
