"""The ledger's cases in a notation of their own; see docs/contributing/scenarios.md."""
