"""Where the ledger is kept: SQLite or PostgreSQL."""
