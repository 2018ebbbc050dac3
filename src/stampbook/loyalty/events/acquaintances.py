"""What a process remembers of members whose events it has judged.

It may be out of date: the save checks what a judgement relied on (storing.created_while).
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.loyalty.events.giving import Open
from stampbook.loyalty.events.model import Event
from stampbook.programs.members import Member
from stampbook.programs.programs import Program

MAX_MEMBERS: Final = 10_000
MAX_EVENTS: Final = 10_000
"""Of how many members and events something is remembered: a few megabytes of each."""


class Acquaintance(NamedTuple):
    """A member as rules judged the last event. `position` is that event's, and the version of the
    guard of the member's events; `open_to` are the currencies in which something was given."""

    program: Program
    member: Member
    position: int
    open_to: Mapping[int, Open]


class Acquaintances:
    """The members and events that a process remembers."""

    def __init__(self) -> None:
        self._members: OrderedDict[int, Acquaintance] = OrderedDict()
        self._events: OrderedDict[tuple[int, str, str], None] = OrderedDict()

    def of(self, member: int, *, tenant: int) -> Acquaintance | None:
        """The tenant's member, if it is remembered."""
        known = self._members.get(member)
        if known is None or known.member.tenant_id != tenant:
            return None
        self._members.move_to_end(member)
        return known

    def meet(
        self, program: Program, member: Member, position: int, open_to: Mapping[int, Open]
    ) -> None:
        """Remember what was read for the event of that position."""
        number = member.member_id
        before = self._members.pop(number, None)
        if before is not None:
            open_to = {**before.open_to, **open_to}
        self._members[number] = Acquaintance(program, member, position, open_to)
        if len(self._members) > MAX_MEMBERS:
            self._members.popitem(last=False)

    def forget(self, member: int) -> None:
        """Something of it has turned out to be out of date."""
        self._members.pop(member, None)

    def moved(self, member: int, position: int) -> None:
        """The member's last event is the one of that position."""
        known = self._members.get(member)
        if known is not None:
            self._members[member] = Acquaintance(
                known.program, known.member, position, known.open_to
            )

    def saw(self, event: Event) -> None:
        """Remember that the event is stored."""
        if event.external_id is not None:
            self._events[event.program_id, event.kind, event.external_id] = None
            if len(self._events) > MAX_EVENTS:
                self._events.popitem(last=False)

    def has_seen(self, program: int, kind: str, external_id: str | None) -> bool:
        """Whether an event with that external id is remembered: it was stored before."""
        return external_id is not None and (program, kind, external_id) in self._events
