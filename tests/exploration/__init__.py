"""The ledger's rules tried from every side: all short histories, and many long ones."""
