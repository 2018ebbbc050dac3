"""Reports over a currency, and statements of an account: docs/reference/native-api-reports.md.

Each equals a replay of the journal at its instant: due events are written first, and what the
projections lack is read from the journal (ledger/journal/totals.py).
"""
