"""People, as operations: what needs a second person."""
