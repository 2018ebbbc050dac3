"""Lists and look-ups over the journal: the one place outside the store that reads its tables.

A caller names accounts, instants, kinds and positions and gets values of the domain, never rows or
columns of a table. Every list is paged. What the clock owes an account is not in its journal before
it is settled: a caller who wants it there settles the account first (`figures.due_among`).

- `rows`: the rows of one account, with what has become of each.
- `pages`: pages of one account's rows, by number or by instant.
- `lots`: the lots of one account.
- `facts`: rows of one account with all that they lead to.
- `many`: rows and pending lots of many accounts, account by account.
- `names`: transactions by the names that others gave them.
- `figures`: what is known of many accounts without reading their journals.
- `in_force`: what is in force on all accounts of a program.
- `totals`: sums over all accounts of a currency, from projections and what is newer.
"""
