"""What callers send, read: bodies, ids, credentials, queries."""
