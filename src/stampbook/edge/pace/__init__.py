"""How fast callers may ask: buckets that all processes share, and the windows of vendors."""
