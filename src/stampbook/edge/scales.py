"""In how many decimal digits an account's amounts are written, remembered.

An account never changes its currency and a currency never its scale, so what was read once stays
true; hot requests need no query to read an amount.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from stampbook.storage.store import Row, Store

MAX_REMEMBERED = 200_000
"""Accounts remembered: some 20 MB. When there are more, all are asked for again."""

CHUNK = 100
"""Accounts asked for in one statement."""


class Denomination(NamedTuple):
    """Whose the account is, and the digits of its amounts. Accounts of a currency share one."""

    tenant: int
    program: int
    currency: int
    scale: int


class Scales:
    """What is known of accounts' currencies; see the module."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_account: dict[int, Denomination] = {}
        self._shared: dict[int, Denomination] = {}

    def remembered(self, account: int) -> Denomination | None:
        return self._by_account.get(account)

    async def of(self, account: int) -> Denomination | None:
        """The account's denomination; None if there is no such account, of whatever tenant."""
        found = self._by_account.get(account)
        return found or (await self.of_all((account,))).get(account)

    async def of_all(self, accounts: Collection[int]) -> dict[int, Denomination]:
        """Those of the accounts that exist."""
        missing = sorted(set(accounts).difference(self._by_account))
        for start in range(0, len(missing), CHUNK):
            for row in await self._read(missing[start : start + CHUNK]):
                self._remember(row)
        return {
            account: self._by_account[account]
            for account in accounts
            if account in self._by_account
        }

    async def _read(self, accounts: Sequence[int]) -> list[Row]:
        """Ask by shard and number, which is the accounts' primary key."""
        places = " OR ".join(
            f"a.shard = ${2 * at + 1} AND a.account_id = ${2 * at + 2}"
            for at in range(len(accounts))
        )
        pairs = [value for account in accounts for value in (account % self._store.shards, account)]
        return await self._store.fetch(
            f"""
            SELECT a.account_id, a.tenant_id, a.program_id, a.currency_id, c.scale
            FROM accounts a JOIN currencies c ON c.currency_id = a.currency_id
            WHERE {places}
            """,  # noqa: S608 - only the numbers of parameters
            *pairs,
        )

    def _remember(self, row: Row) -> None:
        if len(self._by_account) >= MAX_REMEMBERED:
            self._by_account.clear()
        currency = row["currency_id"]
        self._by_account[row["account_id"]] = self._shared.setdefault(
            currency, Denomination(row["tenant_id"], row["program_id"], currency, row["scale"])
        )
