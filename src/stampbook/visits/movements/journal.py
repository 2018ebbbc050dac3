"""The movements in force on a program's cards and bills, in one list.

It has the ledger's rows and the visits' discounts, newest first.
"""

from typing import NamedTuple

from stampbook.domain.model import transaction_number
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal import figures
from stampbook.storage.store import Store, Transacting
from stampbook.visits.model import SCALE, UNITS
from stampbook.visits.movements import in_force
from stampbook.visits.movements.in_force import Event, Filter, Moved
from stampbook.visits.movements.subjects import visit_of
from stampbook.visits.withdrawing import line_of, promotion_of

DUE_BATCH = 500
"""How many accounts of a shard are settled at once before a list is read."""

MAX_PASSES = 20


class ListedMovement(NamedTuple):
    """One movement; `amount` is in hundredths.

    `visit`, `line`, `promotion` and `account` are 0 where a movement has none.
    """

    number: int
    event: Event
    amount: int
    account: int
    visit: int
    line: int
    promotion: int
    recorded_at: int


async def count(db: Transacting, wanted: Filter) -> int:
    """How many entries there are."""
    return await in_force.count(db, wanted, scale=SCALE)


async def page(db: Transacting, wanted: Filter, *, skip: int, limit: int) -> list[ListedMovement]:
    """The entries, newest first."""
    found = await in_force.page(db, wanted, scale=SCALE, skip=skip, limit=limit)
    return [_entry(each) for each in found]


async def settle_due(store: Store, ledger: Ledger, program: int) -> None:
    """Settle the program's accounts on which something is due, before a list is read.

    Bounded: after MAX_PASSES the background worker does the rest.
    """
    for _ in range(MAX_PASSES):
        due = await figures.due(store, ledger.clock(), limit=DUE_BATCH, program=program)
        if not due:
            return
        await ledger.settle(due)


def _entry(moved: Moved) -> ListedMovement:
    if moved.event is Event.DISCOUNT:
        number = transaction_number(account=moved.seq, seq=0)
        visit, line, promotion = moved.visit, moved.line, moved.promotion
    else:
        number = transaction_number(account=moved.account, seq=moved.seq)
        visit = visit_of(moved.subject) or 0
        line = line_of(moved.metadata) if visit else 0
        promotion = promotion_of(moved.metadata) if visit else 0
    return ListedMovement(
        number,
        moved.event,
        moved.amount * UNITS[moved.scale],
        moved.account,
        visit,
        line,
        promotion,
        moved.recorded_at,
    )
