"""Background work: a client of the ledger that issues ordinary commands when they are due."""
