"""What all accounts of a currency have at an instant: what is owed to members, and by them.

It comes from the projection of what is open now. Accounts with rows that the projection does not
have, and those with rows after a past instant, are read from their journals instead: each is taken
out of the sums as the projection has it, and put in as its last row up to the instant left it.

After that row nothing more was due by the instant, since due events are written before every later
row. Those that came due after an account's last row are not known here, so callers settle the
accounts first (`figures.due_in`).
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.domain.flows import BILLION, FOLLOWER, Holding, quarter
from stampbook.domain.model import FOREVER
from stampbook.ledger.following.projections import Touched, holdings
from stampbook.ledger.journal.totals import RestsOn, count_newer, touched_after
from stampbook.pacing import Slices
from stampbook.storage.finding import last_values
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store, Transacting

Span = tuple[int, int]
SpanOf = Callable[[int], Span]
"""The half-open span of time in which an instant lies."""

NEVER: Final = (FOREVER, FOREVER)
"""The span of what never expires."""

SUMMED: Final = ("pending", "available", "held", "owed", "owed_held")


class Amounts(NamedTuple):
    """Sums by state, and of deficits; `owed_held` is the share of them that holds lack."""

    pending: int = 0
    available: int = 0
    held: int = 0
    owed: int = 0
    owed_held: int = 0

    @property
    def outstanding(self) -> int:
        """What lots still have."""
        return self.pending + self.available + self.held

    def plus(self, other: "Amounts | Holding", sign: int = 1) -> "Amounts":
        """These and others; with `sign` -1 these without the others."""
        return Amounts(
            self.pending + sign * other.pending,
            self.available + sign * other.available,
            self.held + sign * other.held,
            self.owed + sign * other.owed,
            self.owed_held + sign * other.owed_held,
        )


class Liability(NamedTuple):
    """All that a currency's accounts have; `accounts` are those whose total is not zero.

    `by_expiry` has what lies in each span of last living instants, the microsecond before an
    expiry, in their order; only spans in which something lies, and NEVER for what never expires.
    """

    rests_on: RestsOn
    amounts: Amounts
    accounts: int
    by_expiry: list[tuple[Span, int]]

    @property
    def net(self) -> int:
        """The sum of the accounts' totals."""
        return self.amounts.outstanding - self.amounts.owed + self.amounts.owed_held


async def liability(
    store: Store, currency: int, span_of: SpanOf, *, as_of: int | None = None
) -> Liability:
    """At `as_of`, or after the last row of each account."""
    slices = Slices()
    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        newer = await count_newer(reading, position)
        spans: dict[Span, Amounts] = defaultdict(Amounts)
        async for span, amounts in _kept(reading, currency, span_of):
            spans[span] = amounts
        accounts = await _accounts(reading, currency)
        touched = await touched_after(reading, currency, position)
        if as_of is not None:
            touched = await touched_before(store, reading, currency, touched, as_of)
        async for _, kept, present in holdings(store, reading, touched):
            await slices.pause()
            if kept == present:
                continue
            for sign, there in ((-1, kept), (1, present)):
                accounts += sign * _has_total(there)
                for each in there.values():
                    span = NEVER if each.expires_at == FOREVER else span_of(each.expires_at - 1)
                    spans[span] = spans[span].plus(each, sign)
    everything = Amounts()
    for amounts in spans.values():
        everything = everything.plus(amounts)
    by_expiry = [(span, spans[span].outstanding) for span in sorted(spans)]
    return Liability(
        RestsOn(position, newer),
        everything,
        accounts,
        [(span, amount) for span, amount in by_expiry if amount],
    )


async def _kept(
    reading: Transacting, currency: int, span_of: SpanOf
) -> AsyncIterator[tuple[Span, Amounts]]:
    """The table's sums, span by span."""
    sums = ", ".join(
        f"SUM({name} / {BILLION}) AS {name}_billions, SUM({name} % {BILLION}) AS {name}_units"
        for name in SUMMED
    )
    upto = -FOREVER
    while True:
        row = await reading.fetch_one(
            "SELECT MIN(expires_at) AS first FROM holdings"
            " WHERE currency_id = $1 AND expires_at > $2",
            currency,
            upto,
        )
        if row is None or row["first"] is None:
            return
        first = row["first"]
        span = NEVER if first == FOREVER else span_of(first - 1)
        after, upto = first - 1, FOREVER if first == FOREVER else span[1]
        if first != FOREVER:
            upto = min(upto, FOREVER - 1)
        row = await reading.fetch_one(
            f"SELECT {sums} FROM holdings"  # noqa: S608 - names of columns and a number
            " WHERE currency_id = $1 AND expires_at > $2 AND expires_at <= $3",
            currency,
            after,
            upto,
        )
        assert row is not None
        yield (
            span,
            Amounts(
                *(
                    int(row[f"{name}_billions"]) * BILLION + int(row[f"{name}_units"])
                    for name in SUMMED
                )
            ),
        )
        if upto == FOREVER:
            return


async def _accounts(reading: Transacting, currency: int) -> int:
    """How many of the table's accounts have a total that is not zero."""
    total = "(pending + available + held - owed + owed_held)"
    row = await reading.fetch_one(
        f"""
        SELECT COUNT(*) AS n FROM (
            SELECT account_id FROM holdings WHERE currency_id = $1 GROUP BY account_id
            HAVING SUM({total} / {BILLION}) * {BILLION} + SUM({total} % {BILLION}) <> 0
        ) AS a
        """,  # noqa: S608 - a constant and a number
        currency,
    )
    assert row is not None
    return int(row["n"])


def _has_total(there: Mapping[int, Holding]) -> bool:
    return sum(each.total for each in there.values()) != 0


async def touched_before(
    store: Store, reading: Transacting, currency: int, touched: Sequence[Touched], as_of: int
) -> list[Touched]:
    """The accounts with rows after the instant, and those already touched; each with its last row
    up to the instant."""
    rows = await reading.fetch(
        "SELECT DISTINCT account_id FROM account_quarters"
        " WHERE currency_id = $1 AND by_effective = 0 AND quarter >= $2",
        currency,
        quarter(as_of),
    )
    numbers = sorted({*(row["account_id"] for row in rows), *(each.account for each in touched)})
    last = await last_values(reading, store.shards, numbers, "seq", until=as_of)
    return [Touched(number, currency, seq or 0) for number, seq in last.items()]
