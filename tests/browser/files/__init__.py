"""Files at the console, in a browser."""
