"""Loyalty v2."""
