"""Statements name their shard, so that a database can be distributed by it."""
