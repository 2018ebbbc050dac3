"""Whose an account is, and the digits of its amounts: what is needed to read an amount.

An account never changes its currency and a currency never its scale. So an account that the ledger
has in memory tells it without a query; of others the store is asked once, by the accounts' primary
key. Where processes own accounts, those are most of another one's.
"""

from collections.abc import Callable, Collection, Sequence
from operator import attrgetter
from typing import Final

from msgspec import Struct

from stampbook.domain.book import Book
from stampbook.domain.model import AccountStatus
from stampbook.storage.store import Row, Store

CHUNK = 100
"""Accounts asked for in one statement."""

MAX_READ = 50_000
"""How many that were read from the store are remembered: each takes about 200 bytes."""


Glimpse = Callable[[int], Book | None]


class Denomination(Struct, frozen=True):
    """The account's owner and currency, and the decimals of its amounts.

    `status`: that it is closed was read from the store for this question. If it is not, it may have
    been closed meanwhile: the ledger judges that.
    """

    tenant: int
    program: int
    currency: int
    scale: int
    status: AccountStatus


_known_of: Final = attrgetter("tenant", "program", "currency", "policy.scale", "status")
"""What a book says of its account."""


class Denominations:
    """Finds denominations; see the module. `glimpse` gives the account that memory has, and
    `at_hand`, by shard, nearly always the same without a call of ours."""

    def __init__(self, store: Store, glimpse: Glimpse, at_hand: Sequence[Glimpse]) -> None:
        self._store = store
        self._glimpse = glimpse
        self._at_hand = at_hand
        self._found: dict[int, Denomination] = {}

    def forget(self, account: int) -> None:
        """Ask the store the next time."""
        self._found.pop(account, None)

    def known(self, account: int) -> Denomination | None:
        """What memory has at hand of the account; None says nothing: ask `of`."""
        book = self._at_hand[account % len(self._at_hand)](account)
        if book is None or book.status is AccountStatus.CLOSED:
            return None
        return Denomination(*_known_of(book))

    async def of(self, account: int) -> Denomination | None:
        """The account's denomination; None if there is no such account, of whatever tenant."""
        return self.known(account) or (await self.of_all((account,))).get(account)

    def _remembered(self, account: int) -> Denomination | None:
        """What memory says of an account that is not closed: the undo of a merge opens one that is,
        perhaps in another process."""
        book = self._glimpse(account)
        found = self._found.get(account) if book is None else Denomination(*_known_of(book))
        return None if found is None or found.status is AccountStatus.CLOSED else found

    async def of_all(self, accounts: Collection[int]) -> dict[int, Denomination]:
        """Those of the accounts that exist, with as few questions as can be."""
        found: dict[int, Denomination] = {}
        unknown: list[int] = []
        for account in sorted(set(accounts)):
            known = self._remembered(account)
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
                    AccountStatus(row["status"]),
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
