"""Stampbook: a loyalty points engine with exact cancels."""

__version__ = "0.1.0"
