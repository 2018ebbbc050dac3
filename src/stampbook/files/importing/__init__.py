"""Imports: rows become members, accounts and movements, each exactly once."""
