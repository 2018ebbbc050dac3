"""Bodies that are read while they come, and the files in them."""
