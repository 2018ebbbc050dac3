"""The Altcraft dialect, from bytes to bytes."""
