"""All that sentences about some rows of one account need, in a few queries."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from stampbook.domain.model import (
    AVAILABLE,
    DEBITS,
    HELD,
    OWED,
    PENDING,
    REVOKED,
    SPENT,
    Kind,
    Movement,
    State,
    Transaction,
)
from stampbook.explaining.names import Names, Wanted, names_of
from stampbook.explaining.sources import want
from stampbook.ledger.journal import facts, lots
from stampbook.ledger.journal.briefs import Brief, brief_of, briefs
from stampbook.storage.store import Store

PAYERS: Final = 4
"""How many of the lots that pay are named; the others are summed up."""


@dataclass(frozen=True)
class Known:
    """Rows of one account, with what they lead to. `briefs` has these rows, their originals and
    targets, what took them back, and the accruals of lots; `accrued` the accrual of each lot."""

    rows: Mapping[int, Transaction]
    movements: Mapping[int, Movement]
    briefs: Mapping[int, Brief]
    accrued: Mapping[int, int]
    names: Names


def payers(row: Transaction) -> list[tuple[int, int]]:
    """The lots that pay for what the row takes, each with its amount; lot 0 is the debt."""
    paid: Counter[int] = Counter()
    for lot, amount, source, target, _ in row.postings:
        if target is OWED or (source is AVAILABLE and target in (SPENT, HELD)):
            paid[lot] += amount
    return list(paid.items())


def taken_back(row: Transaction) -> int:
    """How much of its original the cancel of an accrual took."""
    return moved(row, {PENDING, AVAILABLE, HELD, SPENT}, {REVOKED})


def moved(row: Transaction, sources: set[State], targets: set[State]) -> int:
    """How much the row moved between these states, over all lots."""
    return sum(
        posting.amount
        for posting in row.postings
        if posting.source in sources and posting.target in targets
    )


async def known_of(store: Store, account: int, seqs: Collection[int], *, tenant: int) -> Known:
    """What is known of the account's rows of these numbers. The caller knows that the account is
    the tenant's."""
    found = await facts.of_rows(store, account, seqs)
    rows = {seq: found.rows[seq] for seq in seqs if seq in found.rows}
    accrued = {seq: lot.accrued_by for seq, lot in found.lots.items()}
    named = {
        lot for row in rows.values() if row.kind in DEBITS for lot, _ in payers(row)[:PAYERS] if lot
    }
    missing = named.difference(accrued)
    if missing:
        more = await lots.numbered(store, account, missing)
        accrued |= {seq: lot.accrued_by for seq, lot in more.items()}
    told = {row.seq: brief_of(row) for row in found.rows.values()}
    wanted = set(_links(rows.values(), found.movements))
    wanted.update(accrued[lot] for lot in named if lot in accrued)
    told |= await briefs(store, account, wanted.difference(told))
    names = await named_by(store, told.values(), tenant=tenant)
    return Known(rows, found.movements, told, accrued, names)


async def named_by(store: Store, rows: Collection[Brief], *, tenant: int) -> Names:
    """The names of all that the rows belong to."""
    wanted = Wanted()
    want(rows, wanted)
    return await names_of(store, wanted, tenant=tenant)


def _links(rows: Iterable[Transaction], movements: Mapping[int, Movement]) -> Iterable[int]:
    for row in rows:
        if row.target:
            yield row.target
        yield row.root
        movement = movements.get(row.root if row.kind is Kind.COMMIT else row.seq)
        if movement is not None:
            links = (movement.cancelled_by, movement.committed_by, movement.released_by)
            yield from (link for link in links if link)
