"""Whom the edge believes, and how much it takes."""
