"""The rules: pure decisions on values, without I/O, clock or randomness."""
