"""The ledger behind each of its doors, as the scenarios and properties drive it."""
