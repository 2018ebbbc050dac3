"""Personal data: which columns hold it, what is left of it, and how it is erased."""
