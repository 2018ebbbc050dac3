"""The HTTP side: credentials become callers, and each dialect translates its own wire."""
