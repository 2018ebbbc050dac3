"""Prints the TypeScript client."""
