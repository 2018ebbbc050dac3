"""The ledger's rules under test: all short histories, and many long ones."""
