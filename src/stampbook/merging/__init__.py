"""Merging members: requests to the ledger, rows, and what the audit log is to say of them."""
