"""Stampbook: a loyalty points engine whose cancels add up."""

__version__ = "0.1.0"
