"""Files that go in and out: imports and exports of a program's data."""
