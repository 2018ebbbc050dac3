"""What became of an order: its events, their awards, and the rules as they were."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stampbook.loyalty.events import storing as events
from stampbook.loyalty.events.model import Event, member_guard, subject_of
from stampbook.loyalty.model import Award, Facts, Version
from stampbook.loyalty.orders.model import Order
from stampbook.loyalty.rewards import grants
from stampbook.loyalty.rewards.grants import HeldGrant
from stampbook.loyalty.rules import versions
from stampbook.storage.store import Transacting


class JudgedEvent(NamedTuple):
    """An event with its awards and grants, oldest first, and their versions. `facts` None: it was
    not judged."""

    row: Event
    awards: tuple[Award, ...]
    grants: tuple[HeldGrant, ...]
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

    @property
    def member_guard(self) -> str:
        """The guard of its member's events."""
        return member_guard(self.row.member_id)

    @property
    def accounts(self) -> set[int]:
        """The accounts to which it gave something."""
        points = {each.grant.account_id for each in self.grants}
        return {award.account for award in self.awards} | {each for each in points if each}


async def judged_by(db: Transacting, order: Order) -> list[JudgedEvent]:
    """The order's events, one in each program that saw it."""
    found = await events.of_order(db, order.number, tenant=order.tenant)
    return await with_awards(db, found, tenant=order.tenant)


async def with_awards(db: Transacting, found: Sequence[Event], *, tenant: int) -> list[JudgedEvent]:
    """The tenant's events with what they gave."""
    given = await grants.of_events(db, [event.event_id for event in found], tenant=tenant)
    parts = []
    named: set[tuple[int, int]] = set()
    for event in found:
        held = await events.awards_of(db, event.event_id, tenant=tenant)
        granted = [each for each in given.get(event.event_id, ()) if each.grant.rule_id]
        named.update((one.award.rule, one.award.version) for one in held)
        named.update((each.grant.rule_id, each.grant.version) for each in granted)
        parts.append((event, tuple(one.award for one in held), tuple(granted)))
    known = await versions.named_versions(db, named, tenant=tenant)
    return [JudgedEvent(*part, known) for part in parts]
