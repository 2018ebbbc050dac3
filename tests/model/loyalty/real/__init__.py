"""The real thing, driven by the requests of the naive model."""
