"""Settings and short commands."""
