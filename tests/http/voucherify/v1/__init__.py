"""Legacy v1."""
