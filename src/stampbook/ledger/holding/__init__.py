"""Requests that hold all shards that they touch: transfers, atomic bulk requests, plans."""
