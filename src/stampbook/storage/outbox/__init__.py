"""The outbox: what has happened and moved no points, written in the transaction that did it.

Events are made of the journal's rows and of these, in one order (events/feed.py). A row has a
`position` as the journal's rows have: on PostgreSQL one of its own, drawn in the same way, so that
the gate of ledger/following/feed.py holds for both tables. On SQLite one writer at a time gives it
the position of the journal's last row, and rows with one position come in the order of `number`.

A row keeps values of the domain, not words of an API: each dialect prints them in its own.
"""
