"""What became of an order: its events, their awards, and the rules as they were."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import Event, subject_of
from stampbook.loyalty.model import Award, Facts, Version
from stampbook.loyalty.orders.model import Order
from stampbook.loyalty.rules import storing as rules
from stampbook.storage.store import Transacting

Versions = dict[tuple[int, int], Version]
"""By rule and number."""


class JudgedEvent(NamedTuple):
    """An event with its awards, oldest first, and their versions. `facts` None: not judged."""

    row: Event
    awards: tuple[Award, ...]
    versions: Mapping[tuple[int, int], Version]

    @property
    def event(self) -> int:
        return self.row.event_id

    @property
    def facts(self) -> Facts | None:
        return self.row.facts

    @property
    def subject(self) -> str:
        """The subject of its movements, and its guard."""
        return subject_of(self.event)


async def judged_by(db: Transacting, order: Order) -> list[JudgedEvent]:
    """The order's events, one in each program that saw it."""
    found = await events.of_order(db, order.number, tenant=order.tenant)
    return await with_awards(db, found, tenant=order.tenant)


async def with_awards(db: Transacting, found: Iterable[Event], *, tenant: int) -> list[JudgedEvent]:
    """The tenant's events with their awards."""
    known: Versions = {}
    result = []
    for event in found:
        held = await events.awards_of(db, event.event_id, tenant=tenant)
        for one in held:
            rule, number = one.award.rule, one.award.version
            if (rule, number) not in known:
                version = await rules.version(db, rule, number, tenant=tenant)
                assert version is not None, "versions stay"
                known[rule, number] = version
        result.append(JudgedEvent(event, tuple(one.award for one in held), known))
    return result
