"""Tests of what earns points, what points buy, and how it is undone."""
