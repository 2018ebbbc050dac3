"""A database of the schema before "one table", with data of every kind, and what it must answer."""
