"""The store on PostgreSQL, and servers that are started for a test or a measurement."""
