"""What is behind sums over a currency: rows, lots and accounts, a page at a time."""
