"""Reads from replicas of the database, where an answer may be some seconds old."""
