"""Who has what is open in a currency: the lots and debts behind the sums of owed.py and totals.py.

They come from the projection of what is open now. Accounts that it does not have as they were at
the instant are read from their journals, as in owed.py.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Final, NamedTuple

from stampbook.domain.flows import FOLLOWER, Holding
from stampbook.domain.model import FOREVER
from stampbook.ledger.following.projections import holdings
from stampbook.ledger.journal.owed import touched_before
from stampbook.ledger.journal.totals import touched_after
from stampbook.pacing import Slices
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store, Transacting

STATES: Final[dict[str, tuple[str, Callable[[Holding], bool]]]] = {
    "available": ("available > 0", attrgetter("available")),
    "pending": ("pending > 0", attrgetter("pending")),
    "held": ("held > 0", attrgetter("held")),
    "deficit": ("owed > 0", attrgetter("owed")),
    "open": ("lot > 0", attrgetter("lot")),
}
"""Which of them are asked for: as a condition of SQL, and of a value. `open`: all lots."""

AT_ONCE: Final = 500


class Spot(NamedTuple):
    """A lot in the order of the list: by expiry, then account by account."""

    expires_at: int
    account: int
    lot: int


FIRST: Final = Spot(-(2**63), 0, -1)


class Held(NamedTuple):
    """What an account has of one lot, or owes."""

    account: int
    holding: Holding

    @property
    def spot(self) -> Spot:
        return Spot(self.holding.expires_at, self.account, self.holding.lot)


async def holders(
    store: Store,
    currency: int,
    expiries: tuple[int, int],
    state: str,
    *,
    as_of: int | None = None,
    after: Spot = FIRST,
    limit: int,
) -> list[Held]:
    """The first `limit` lots after a spot that expire after the first of two instants, up to the
    second, and have points in a state of STATES; at `as_of`, or now.

    Due events must be settled before.
    """
    condition, chosen = STATES[state]
    slices = Slices()
    found: list[Held] = []
    async with store.snapshot() as reading:
        touched = await touched_after(reading, currency, await position_of(reading, FOLLOWER))
        if as_of is not None:
            touched = await touched_before(store, reading, currency, touched, as_of)
        async for each, _, present in holdings(store, reading, touched):
            await slices.pause()
            found += [
                Held(each.account, holding)
                for holding in present.values()
                if expiries[0] < holding.expires_at <= expiries[1] and chosen(holding)
            ]
        found = sorted((each for each in found if each.spot > after), key=attrgetter("spot"))
        others = {each.account for each in touched}
        kept = await _kept(reading, currency, expiries, condition, others, after, limit)
    return sorted([*found[:limit], *kept], key=attrgetter("spot"))[:limit]


async def _kept(
    reading: Transacting,
    currency: int,
    expiries: tuple[int, int],
    condition: str,
    others: set[int],
    after: Spot,
    limit: int,
) -> list[Held]:
    """The table's lots of all accounts but `others`."""
    columns = ", ".join(Holding._fields)
    found: list[Held] = []
    while len(found) < limit:
        rows = await reading.fetch(
            f"""
            SELECT account_id, {columns} FROM holdings
            WHERE currency_id = $1 AND expires_at >= $2 AND expires_at <= $3 AND {condition}
              AND (expires_at, account_id, lot) > ($4, $5, $6)
            ORDER BY expires_at, account_id, lot LIMIT {AT_ONCE}
            """,  # noqa: S608 - names of columns, a condition of ours and a number
            currency,
            max(expiries[0] + 1 if expiries[0] < FOREVER else FOREVER, after.expires_at),
            expiries[1],
            *after,
        )
        for row in rows:
            held = Held(row["account_id"], Holding(*(row[name] for name in Holding._fields)))
            after = held.spot
            if held.account not in others:
                found.append(held)
        if len(rows) < AT_ONCE:
            break
    return found[:limit]
