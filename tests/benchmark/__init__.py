"""The benchmark: its figures by example, and the whole command at a tiny size."""
