"""Clients of the native API, and what writes them from its description."""
