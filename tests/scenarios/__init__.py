"""The cases of the ledger in a small notation; see docs/contributing/scenarios.md."""
