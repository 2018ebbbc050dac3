"""Paths, tokens, formats, and what is wrong with them."""
