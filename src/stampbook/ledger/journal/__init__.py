"""Lists and look-ups over the journal: the one place outside the store that reads its tables.

A caller names accounts, instants and positions and gets values of the domain, never rows or columns
of a table. What the clock owes an account is not in its journal before it is settled: a caller who
wants it there settles the account first.

- `pages`: pages of one account's rows.
- `lots`: the lots of one account.
- `many`: rows and pending lots of many accounts, account by account.
"""
