"""The engine where many ask at once, books are large, and processes end."""
