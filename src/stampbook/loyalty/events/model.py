"""The values of events. Nothing here reads, writes or decides."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from stampbook.ledger.joint import Acting, Beside, Guard
from stampbook.loyalty.judging.values import Verdict
from stampbook.loyalty.model import Award, Facts, OrderFacts, Trigger
from stampbook.loyalty.rewards.model import GrantRow

EVENT_SUBJECT: Final = "event:"
"""The beginning of the subject of what an event gave; the event's number follows."""


class Occurrence(NamedTuple):
    """What happened to a member of a program, before it is judged.

    `external_id` is unique in the program among events of its kind; `fingerprint` shows whether
    another with that id is the same. `name` is a custom event's, or a segment's. An order has one
    event in each program. `metadata` is JSON text; so is `member_metadata`, which rules read
    instead of what is noted of the member. Points of the member's that wait for an event of one of
    `types` become available before rules give anything.
    """

    tenant: int
    program: int
    member: int
    kind: Trigger
    effective_at: int | None = None
    external_id: str | None = None
    fingerprint: bytes | None = None
    name: str | None = None
    metadata: str = "{}"
    order: OrderFacts | None = None
    order_id: int | None = None
    currency_of: Mapping[int, int] = {}
    member_metadata: str | None = None
    types: frozenset[str] = frozenset()


class Event(NamedTuple):
    """A row of `events`. `facts` is None for an event that was not judged, and never will be: the
    member or the program was not active."""

    event_id: int
    tenant_id: int
    program_id: int
    kind: Trigger
    external_id: str | None
    fingerprint: bytes | None
    member_id: int
    name: str | None
    effective_at: int
    created_at: int
    position: int
    order_id: int | None
    facts: Facts | None
    metadata: str
    cancelled_at: int | None = None
    cancel_rows: tuple[tuple[int, int], ...] = ()
    """The rows (account, number) by which a cancel of the event took it back."""


class Judged(NamedTuple):
    """An event and what came of it. `verdicts` are empty for an event that was stored before.

    `replayed`: it is an earlier event with the same id and the same content. The number of an award
    is its transaction's. `grants` are also those that were rejected, `codes` what they hand out.
    """

    event: Event
    awards: tuple[Award, ...] = ()
    grants: tuple[GrantRow, ...] = ()
    codes: Mapping[int, str] = {}
    verdicts: tuple[Verdict, ...] = ()
    replayed: bool = False


class Acted(NamedTuple):
    """What was done on the books for an event, and what is to be written with it."""

    judged: Judged
    beside: tuple[Beside, ...]


class Prepared(NamedTuple):
    """An event that was judged and not written yet: the caller makes it a part of a joint request
    that holds these accounts and guards, whose plan calls `act` and writes what it says. It is an
    event of `member`."""

    member: int
    accounts: tuple[int, ...]
    guards: tuple[Guard, ...]
    act: Callable[[Acting], Acted]


def in_order(awards: Iterable[Award]) -> tuple[Award, ...]:
    """The awards of an event as they are listed, whatever the priorities of their rules: a repeat
    is answered as the first request was."""
    return tuple(sorted(awards, key=place))


def place(award: Award) -> tuple[int, int, int, int]:
    """The place of an award among those of its event."""
    return award.rule, award.earning, award.effect, award.seq


def each_once(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """The guards, each once; of one that was read twice the older version counts."""
    versions: dict[str, int] = {}
    for guard in guards:
        versions[guard.subject] = min(guard.version, versions.get(guard.subject, guard.version))
    return tuple(Guard(*each) for each in versions.items())


def member_guard(member: int) -> str:
    """The guard under which one member's events go one after the other."""
    return f"member-events:{member}"


def budget_guard(rule: int) -> str:
    """The guard of what a rule's budget has left."""
    return f"rule-budget:{rule}"


def subject_of(event: int) -> str:
    """The subject of the journal's rows that belong to an event."""
    return f"{EVENT_SUBJECT}{event}"
