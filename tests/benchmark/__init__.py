"""The benchmark: its figures by example, and the whole command with tiny parameters."""
