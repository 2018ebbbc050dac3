"""Lists and look-ups over the journal: the one place outside the store that reads its tables.

A caller names accounts, instants, kinds and positions and gets values of the domain, never rows or
columns of a table. Every list is paged. Events that are due are not in an account's journal before
it is settled: callers who need them settle the account first (`figures.due_among`).

- `rows`: the rows of one account, with their present standing.
- `pages`: pages of one account's rows, by number or by instant.
- `lots`: the lots of one account.
- `changes`: what an account's rows changed, without their texts.
- `facts`: rows of one account with the originals and lots to which they lead.
- `many`: rows and pending lots of many accounts, account by account.
- `briefs`: rows of one account by their numbers, without what they moved.
- `names`: transactions by their external ids.
- `figures`: facts about many accounts that need no reading of their journals.
- `in_force`: the movements in force on all accounts of a program.
- `totals`: sums over all accounts of a currency, from projections and what is newer.
"""
