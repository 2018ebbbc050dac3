"""How every operation on a visit is attempted: read, decide, write while nothing has changed.

Writes are guarded by the version of the visit that was read; if another request was faster, the
operation begins anew. So two tills with two cards can never withdraw more than is left to pay.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger, StaleGuard
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Planner, Submission
from stampbook.loyalty.events.awarding import Awarding
from stampbook.storage.store import Guard, Store
from stampbook.visits import reading
from stampbook.visits.model import Visit
from stampbook.visits.movements.subjects import subject_of
from stampbook.visits.remembering import Visits
from stampbook.visits.whole import FoundVisit

TRIES = 64
"""How often an operation begins anew. Each time, another request has succeeded, so this many
tills may press the button for one visit at once."""

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such visit")
BUSY = Refusal(Code.OVERLOADED, "the visit keeps changing; try again shortly")


_Answer = TypeVar("_Answer")


class House(NamedTuple):
    """The store of visits and the ledger of points; `visits` remembers recently used visits, and
    `awarding` is what rules need to judge visits (None: they judge none)."""

    store: Store
    ledger: Ledger
    visits: Visits | None = None
    awarding: Awarding | None = None

    def keep(self, found: FoundVisit) -> None:
        """Remember the visit as it is now."""
        if self.visits is not None:
            self.visits.keep(found)

    def forget(self, visit: int) -> None:
        """Forget the visit: it may no longer be as it is remembered."""
        if self.visits is not None:
            self.visits.forget(visit)


class Bill(NamedTuple):
    """A visit, and the tenant that may touch it."""

    tenant: int
    visit: int


async def plan_and_submit(
    house: House,
    visit: Visit,
    account: int,
    planner: Planner,
    *,
    identity: str | None,
    key: str | None = None,
    subject: str | None = None,
) -> Outcome:
    """Ask the ledger for what the planner plans; the visit must still have its version."""
    submission = Submission(
        tenant=visit.tenant,
        program=visit.program,
        account=account,
        key=key,
        planner=planner,
        subject=subject or subject_of(visit.number),
        identity=identity,
        guard=Guard(subject_of(visit.number), visit.version),
    )
    return await submit(house, visit, submission)


async def submit(house: House, visit: Visit, submission: Submission) -> Outcome:
    """Submit it. The outcome may change the visit, so the remembered one is forgotten."""
    house.forget(visit.number)
    return await house.ledger.submit(submission)


async def until_settled(
    house: House,
    bill: Bill,
    attempt: Callable[[Visit], Awaitable[_Answer]],
    *,
    read: Callable[..., Awaitable[Visit | None]] = reading.get,
) -> _Answer | Refusal:
    """Attempt it with the visit as it is now, until no other request was faster."""
    for _ in range(TRIES):
        visit = await read(house.store, bill.visit, tenant=bill.tenant)
        if visit is None:
            return NOT_FOUND
        try:
            return await attempt(visit)
        except StaleGuard:
            continue
    return BUSY
