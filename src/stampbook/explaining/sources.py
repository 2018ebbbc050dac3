"""What a movement belongs to, and how that is named: order 1001, visit 12, “Welcome”."""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, NamedTuple

from stampbook.domain.model import ORIGINALS, split_number
from stampbook.explaining.names import Names, Wanted
from stampbook.ledger.journal.briefs import Brief
from stampbook.loyalty.model import Trigger
from stampbook.speaking.speech import Speech, translatable
from stampbook.visits.movements.subjects import REFERRAL_SUBJECT, visit_of

_ORDER_NAME: Final = re.compile(r"order(?:[\s#:_-]+|(?=\d))(\S*\d\S*)", re.IGNORECASE)
"""An external id, or a reason, that says which order it is: order-1001, Order 1001."""

_WELCOME: Final = frozenset({"welcome", "welcome points", "welcome bonus"})
"""Reasons of points that greet a new member."""

_WANTED: Final[Mapping[str, str]] = {
    "order": "orders",
    "event": "events",
    "purchase": "purchases",
    "promotion": "promotions",
    "location": "locations",
}
"""The kinds of subjects whose things have names, and where they are looked up."""


QUOTED: Final = 80
"""Characters of a reason that a sentence quotes; pages about the movement have all of it."""


class Origin(Enum):
    """What points come from, or go to."""

    ORDER = "order"
    VISIT = "visit"
    REFERRAL = "referral"
    WELCOME = "welcome"
    EVENT = "event"
    REWARD = "reward"
    PROMOTION = "promotion"
    TRANSFER = "transfer"
    REASON = "reason"
    REFERENCE = "reference"
    NOTHING = "nothing"


class Source(NamedTuple):
    """What a movement belongs to; `name` is as people know it."""

    origin: Origin
    name: str = ""


NOTHING: Final = Source(Origin.NOTHING)

_FROM: Final[Mapping[Origin, str]] = {
    Origin.ORDER: translatable("from order %(name)s"),
    Origin.VISIT: translatable("from visit %(name)s"),
    Origin.REFERRAL: translatable("for a referral (visit %(name)s)"),
    Origin.WELCOME: translatable("welcome points"),
    Origin.EVENT: translatable("for “%(name)s”"),
    Origin.REWARD: translatable("from reward “%(name)s”"),
    Origin.PROMOTION: translatable("from promotion “%(name)s”"),
    Origin.TRANSFER: translatable("by transfer from %(name)s"),
    Origin.REASON: translatable("for “%(name)s”"),
    Origin.REFERENCE: translatable("from “%(name)s”"),
}
"""After an amount: 80.00 from order 1001."""

_EARNED: Final[Mapping[Origin, str]] = {
    **_FROM,
    Origin.ORDER: translatable("with order %(name)s"),
    Origin.VISIT: translatable("with visit %(name)s"),
    Origin.WELCOME: translatable("as welcome points"),
}
"""After a verb: 80.00 earned with order 1001."""

_FOR: Final[Mapping[Origin, str]] = {
    Origin.ORDER: translatable("for order %(name)s"),
    Origin.VISIT: translatable("for visit %(name)s"),
    Origin.REFERRAL: translatable("for visit %(name)s"),
    Origin.REWARD: translatable("for reward “%(name)s”"),
    Origin.PROMOTION: translatable("for promotion “%(name)s”"),
    Origin.TRANSFER: translatable("for a transfer to %(name)s"),
    Origin.EVENT: translatable("for “%(name)s”"),
    Origin.REASON: translatable("for “%(name)s”"),
    Origin.REFERENCE: translatable("for “%(name)s”"),
}
"""What points are reserved for, or pay: 25.00 on hold for order 1042."""

_THING: Final[Mapping[Origin, str]] = {
    Origin.ORDER: translatable("order %(name)s"),
    Origin.VISIT: translatable("visit %(name)s"),
    Origin.REFERRAL: translatable("the referral of visit %(name)s"),
    Origin.WELCOME: translatable("the welcome points"),
    Origin.EVENT: translatable("“%(name)s”"),
    Origin.REWARD: translatable("reward “%(name)s”"),
    Origin.PROMOTION: translatable("promotion “%(name)s”"),
    Origin.TRANSFER: translatable("the transfer (%(name)s)"),
    Origin.REASON: translatable("“%(name)s”"),
    Origin.REFERENCE: translatable("“%(name)s”"),
}
"""By itself: order 1001."""


def came_from(source: Source, speech: Speech) -> str:
    return _phrase(_FROM, source, speech)


def earned_with(source: Source, speech: Speech) -> str:
    return _phrase(_EARNED, source, speech)


def meant_for(source: Source, speech: Speech) -> str:
    return _phrase(_FOR, source, speech)


def thing(source: Source, speech: Speech) -> str:
    """The source by itself, within a sentence; empty if it has no name."""
    return _phrase(_THING, source, speech)


def title(source: Source, speech: Speech) -> str:
    """As `thing`, at the beginning of a sentence."""
    text = thing(source, speech)
    return text[:1].upper() + text[1:]


def _phrase(phrases: Mapping[Origin, str], source: Source, speech: Speech) -> str:
    text = phrases.get(source.origin)
    return "" if text is None else speech.gettext(text, name=source.name)


def want(rows: Iterable[Brief], wanted: Wanted) -> None:
    """Note what must be looked up to name the rows' sources and who made them."""
    for row in rows:
        found = _subject(row.subject)
        if found is not None and found[0] in _WANTED:
            numbers: set[int] = getattr(wanted, _WANTED[found[0]])
            numbers.add(found[1])
        if row.user is not None:
            wanted.users.add(row.user)
        if row.peer:
            wanted.holders.add(split_number(row.peer)[0])


def clipped(text: str) -> str:
    """A text that people typed, short enough for a sentence to quote it."""
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1].rstrip()}…"


def source_of(row: Brief, names: Names, speech: Speech) -> Source:
    """What the row belongs to: the thing that it names, or else what was written beside it. Rows
    that act upon others belong to nothing themselves."""
    if row.kind not in ORIGINALS:
        return NOTHING
    if row.peer:
        other = names.holders.get(split_number(row.peer)[0])
        return Source(Origin.TRANSFER, other or speech.gettext("another account"))
    return _of_subject(row, names) or _of_note(row)


def place_of(row: Brief, names: Names) -> str | None:
    """The location in which the row was made by hand."""
    found = _subject(row.subject)
    return None if found is None or found[0] != "location" else names.locations.get(found[1])


def _subject(subject: str | None) -> tuple[str, int] | None:
    """The kind of thing that a subject names, and its number."""
    kind, _, number = (subject or "").partition(":")
    is_number = number.isascii() and number.isdigit() and len(number) <= 16
    return (kind, int(number)) if is_number else None


def _of_subject(row: Brief, names: Names) -> Source | None:
    visit = visit_of(row.subject)
    if visit is not None:
        is_referral = (row.subject or "").startswith(REFERRAL_SUBJECT)
        return Source(Origin.REFERRAL if is_referral else Origin.VISIT, str(visit))
    kind, number = _subject(row.subject) or ("", 0)
    if kind == "order":
        return _order(number, names)
    if kind == "event" and number in names.events:
        return _of_event(number, names)
    if kind == "purchase" and number in names.rewards:
        return Source(Origin.REWARD, names.rewards[number])
    if kind == "promotion" and number in names.promotions:
        return Source(Origin.PROMOTION, names.promotions[number])
    return None


def _order(number: int, names: Names) -> Source:
    """The order as the shop knows it, or by its own id."""
    return Source(Origin.ORDER, bare(names.orders.get(number) or f"ord_{number:x}"))


def bare(name: str) -> str:
    """An order's name without the word that says that it is one."""
    found = _ORDER_NAME.fullmatch(name)
    return found[1] if found else name


def _of_event(number: int, names: Names) -> Source | None:
    event = names.events[number]
    if event.order is not None:
        return _order(event.order, names)
    if event.trigger is Trigger.MEMBER_JOINED:
        return Source(Origin.WELCOME)
    if event.trigger is Trigger.VISIT_COMPLETED and (event.external_id or "").isdigit():
        return Source(Origin.VISIT, event.external_id or "")
    name = event.name or event.external_id
    return Source(Origin.EVENT, name) if name else None


def _of_note(row: Brief) -> Source:
    reason = (row.reason or "").strip()
    for text in (row.external_id, reason):
        found = _ORDER_NAME.fullmatch(text or "")
        if found:
            return Source(Origin.ORDER, found[1])
    if reason:
        if reason.casefold() in _WELCOME:
            return Source(Origin.WELCOME)
        return Source(Origin.REASON, clipped(reason))
    return Source(Origin.REFERENCE, row.external_id) if row.external_id else NOTHING
