"""Whose an account is, and the digits of its amounts: what is needed to read an amount.

An account never changes its currency and a currency never its scale. So an account that the ledger
has in memory tells it without a query; of others the store is asked once, by the accounts' primary
key. Where processes own accounts, those are most of another one's.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.model import AccountStatus
from stampbook.storage.store import Row, Store

CHUNK = 100
"""Accounts asked for in one statement."""

MAX_READ = 50_000
"""How many that were read from the store are remembered: each takes about 200 bytes."""


class Denomination(NamedTuple):
    """The account's owner and currency, and the decimals of its amounts.

    `is_closed`: it is closed, for good. If not, it may have been closed meanwhile: the ledger
    judges that.
    """

    tenant: int
    program: int
    currency: int
    scale: int
    is_closed: bool


class Denominations:
    """Finds denominations; see the module. `glimpse` gives the account that memory has."""

    def __init__(self, store: Store, glimpse: Callable[[int], Book | None]) -> None:
        self._store = store
        self._glimpse = glimpse
        self._found: dict[int, Denomination] = {}

    def forget(self, account: int) -> None:
        """Ask the store the next time."""
        self._found.pop(account, None)

    def _at_hand(self, account: int) -> Denomination | None:
        book = self._glimpse(account)
        return self._found.get(account) if book is None else _of_book(book)

    async def of(self, account: int) -> Denomination | None:
        """The account's denomination; None if there is no such account, of whatever tenant."""
        known = self._at_hand(account)
        if known is not None:
            return known
        return (await self.of_all((account,))).get(account)

    async def of_all(self, accounts: Collection[int]) -> dict[int, Denomination]:
        """Those of the accounts that exist."""
        found: dict[int, Denomination] = {}
        unknown: list[int] = []
        for account in sorted(set(accounts)):
            known = self._at_hand(account)
            if known is None:
                unknown.append(account)
            else:
                found[account] = known
        for start in range(0, len(unknown), CHUNK):
            for row in await self._read(unknown[start : start + CHUNK]):
                account = row["account_id"]
                found[account] = self._found[account] = Denomination(
                    row["tenant_id"],
                    row["program_id"],
                    row["currency_id"],
                    row["scale"],
                    row["status"] == AccountStatus.CLOSED,
                )
        while len(self._found) > MAX_READ:
            del self._found[next(iter(self._found))]
        return found

    async def _read(self, accounts: Sequence[int]) -> list[Row]:
        """Ask by shard and number, which is the accounts' primary key."""
        places = " OR ".join(
            f"a.shard = ${2 * at + 1} AND a.account_id = ${2 * at + 2}"
            for at in range(len(accounts))
        )
        pairs = [value for account in accounts for value in (account % self._store.shards, account)]
        return await self._store.fetch(
            f"""
            SELECT a.account_id, a.tenant_id, a.program_id, a.currency_id, a.status, c.scale
            FROM accounts a JOIN currencies c ON c.currency_id = a.currency_id
            WHERE {places}
            """,  # noqa: S608 - only the numbers of parameters
            *pairs,
        )


def _of_book(book: Book) -> Denomination:
    is_closed = book.status is AccountStatus.CLOSED
    return Denomination(book.tenant, book.program, book.currency, book.policy.scale, is_closed)
