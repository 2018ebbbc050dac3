"""The two formats of a request and its answer: the fields of either, and which one it is."""
