"""Prints the Python client."""
