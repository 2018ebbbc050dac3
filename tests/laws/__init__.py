"""The laws of the ledger as properties, on the domain and on both stores."""
