"""Callers: keys, tokens and passwords, and how long each is believed."""
