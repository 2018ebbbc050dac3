"""`import` and `export`: files that go in and out."""
