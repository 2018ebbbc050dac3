"""People, their sessions, signing in, and what needs a second person."""
