"""What operators watch: the audit log, and the health of the server."""
