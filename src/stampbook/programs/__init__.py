"""Programs and what belongs to them: currencies, members, accounts, keys, people.

Plain functions over the database. Those that write say so: they want an open transaction
(`async with database.transaction() as writing`), so that the caller decides what else belongs
to the same change. Instants are microseconds UTC, amounts smallest units.
"""
