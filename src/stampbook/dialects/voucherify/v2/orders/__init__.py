"""Orders and events: what makes members earn."""
