"""The types of events, in the order in which those of one row come."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from stampbook.programs.roles import Role


class EventType(NamedTuple):
    """A name, when such an event happens, and the least role that sees it. Keys see those for
    viewers, and with the scope `admin` all."""

    name: str
    description: str
    role: Role = Role.VIEWER


CREATED: Final = "transaction.created"
CANCELLED: Final = "transaction.cancelled"
RESTORED: Final = "transaction.restored"
RELEASED: Final = "transaction.released"
ACTIVATED: Final = "lot.activated"
EXPIRED: Final = "lot.expired"
AWARDED: Final = "award.created"

OF_ROWS: Final = frozenset({CREATED, CANCELLED, RESTORED, RELEASED, ACTIVATED, EXPIRED, AWARDED})
"""Those that are made of the journal's rows; all others are rows of the outbox."""

TEST: Final = "webhook.test"
"""It is only sent to webhooks, and never in the feed."""

TYPES: Final = {
    each.name: each
    for each in (
        EventType(CREATED, "A command has written a row of the journal."),
        EventType(CANCELLED, "A transaction was cancelled, whole or in part."),
        EventType(RESTORED, "A cancel was cancelled: its transaction is in force again."),
        EventType(RELEASED, "A temporary transaction was rolled back, by hand or by its deadline."),
        EventType(ACTIVATED, "Pending points of a lot have become available."),
        EventType(EXPIRED, "Points of a lot have expired."),
        EventType("account.opened", "An account was opened."),
        EventType("account.closed", "An account was closed."),
        EventType("member.created", "A member was registered."),
        EventType("member.updated", "A member was changed."),
        EventType("member.deleted", "A member was taken out of the program."),
        EventType("member.merged", "A member was merged into another one."),
        EventType("member.erased", "What identifies a member was erased."),
        EventType("program.updated", "A program was created or changed."),
        EventType("currency.updated", "A currency was created or changed."),
        EventType("order.paid", "An order was paid."),
        EventType("order.refunded", "A part of a paid order was taken back."),
        EventType("order.cancelled", "An order was cancelled."),
        EventType(AWARDED, "A rule has given points."),
        EventType("grant.created", "A rule has given a benefit."),
        EventType("tier.changed", "A member's tier has changed."),
        EventType("purchase.created", "A member has bought a reward."),
        EventType("purchase.refunded", "A purchase was taken back, whole or in part."),
        EventType("approval.requested", "An act needs a second person."),
        EventType("approval.decided", "A second person has decided, or the first has withdrawn."),
        EventType("import.finished", "An import has ended.", Role.MANAGER),
        EventType("export.finished", "An export can be downloaded.", Role.MANAGER),
        EventType("webhook.disabled", "A webhook was disabled since it fails.", Role.ADMIN),
        EventType("anchor.created", "An anchor was made.", Role.ADMIN),
        EventType(TEST, "Sent to a webhook to try it out; never in the feed.", Role.ADMIN),
    )
}
"""By name."""

ANY: Final = "*"
"""Alone it means all types, after a point all that begin alike: `lot.*`."""


class UnknownType(ValueError):
    """No event has this type, and no type begins so."""


def selected(patterns: Iterable[str]) -> frozenset[str]:
    """The types that the patterns name. Raises UnknownType."""
    found: set[str] = set()
    for pattern in patterns:
        if pattern.endswith(f".{ANY}"):
            matching = {name for name in TYPES if name.startswith(pattern.removesuffix(ANY))}
        elif pattern == ANY:
            matching = set(TYPES)
        else:
            matching = {pattern} & TYPES.keys()
        if not matching:
            raise UnknownType(pattern)
        found |= matching
    return frozenset(found)


def seen_by(role: Role) -> frozenset[str]:
    """The types that a person of the role sees."""
    return frozenset(name for name, each in TYPES.items() if role.covers(each.role))
