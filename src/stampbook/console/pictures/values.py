"""What pictures are made of. Amounts are integers of the currency's smallest unit, instants are
microseconds since 1970 UTC, numbers of lots and transactions are those of `domain.model`."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple, Protocol

from stampbook.domain.model import FOREVER

STATES: Final = ("available", "held", "pending", "spent", "expired", "revoked")
"""The states of a lot, from the bottom of a stack upwards."""

MOST_LANES: Final = 60
"""Lots that a picture draws when all are asked for; each takes 2 kB."""

DAY_US: Final = 86_400_000_000


class Speech(Protocol):
    """A language and a zone (speaking.speech.Speech)."""

    def gettext(self, text: str, /, **values: object) -> str: ...

    def ngettext(self, one: str, many: str, number: int | str, /, **values: object) -> str: ...

    def pgettext(self, context: str, text: str, /, **values: object) -> str: ...

    def amount(self, digits: str) -> str: ...

    def share(self, digits: str) -> str: ...

    def scaled(self, units: int, scale: int) -> str: ...

    def date(self, instant: int, *, year: bool = True, long: bool = False) -> str: ...

    def month(self, instant: int) -> str: ...

    def instant(self, instant: int, *, year: bool = True, seconds: bool = False) -> str: ...

    def local(self, instant: int) -> datetime: ...


class Level(NamedTuple):
    """An account from an instant on.

    `held` is what holds reserve, paid for or not; the total is available + held + pending -
    deficit.
    """

    at: int
    available: int
    held: int
    pending: int
    deficit: int

    @property
    def total(self) -> int:
        return self.available + self.held + self.pending - self.deficit


class Split(NamedTuple):
    """A lot by its states, in the order of STATES."""

    available: int = 0
    held: int = 0
    pending: int = 0
    spent: int = 0
    expired: int = 0
    revoked: int = 0


class LotLevel(NamedTuple):
    """A lot from an instant on. All zero: it does not exist yet."""

    at: int
    split: Split


class CancelOfLot(NamedTuple):
    """A cancel that moved points of a lot: its transaction's number."""

    at: int
    transaction: int


@dataclass(frozen=True, slots=True)
class LotLife:
    """A lot over time. `levels` begin at the picture's start or with the lot, and go on into the
    future. `source` is where it comes from, in words; `expiring` is what has expired or will at
    `expires_at` if nobody does anything."""

    number: int
    source: str
    issued: int
    created_at: int
    activates_at: int
    expires_at: int
    expiring: int
    levels: Sequence[LotLevel]
    cancels: Sequence[CancelOfLot] = ()

    def at(self, instant: int) -> Split:
        """The lot at the instant."""
        return split_at(self.levels, instant)


def split_at(levels: Sequence[LotLevel], instant: int) -> Split:
    """What the last level at or before the instant has."""
    place = bisect_right(levels, instant, key=attrgetter("at"))
    return levels[place - 1].split if place else Split()


@dataclass(frozen=True, slots=True)
class OtherLots:
    """The lots without a lane of their own: how many, and the open points of all of them."""

    count: int
    levels: Sequence[LotLevel]


class Touch(NamedTuple):
    """A row of the chosen transaction, and the lots that it moved."""

    at: int
    transaction: int
    lots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LotsHistory:
    """An account from `since` to `until`: its past up to `at`, and after it what will happen if
    nobody does anything.

    `is_past`: `at` is an instant that was asked for, not now. `lots` are in the order in which they
    pay. `is_cut`: an open lot expires after `until`. `is_reduced`: the rows before `since` were too
    many. `chosen` are the rows of the chosen transaction.
    """

    scale: int
    at: int
    since: int
    until: int
    levels: Sequence[Level]
    lots: Sequence[LotLife]
    others: OtherLots | None = None
    is_past: bool = False
    is_cut: bool = False
    is_reduced: bool = False
    chosen: Sequence[Touch] = ()

    def now(self) -> Level:
        """The account at `at`."""
        place = bisect_right(self.levels, self.at, key=attrgetter("at"))
        return self.levels[place - 1] if place else Level(self.at, 0, 0, 0, 0)

    def folded(self, lanes: int) -> "LotsHistory":
        """The same with at most `lanes` lots by themselves; the others are in `others`."""
        rest = self.lots[lanes:]
        if not rest:
            return self
        before = self.others or OtherLots(0, ())
        series = [before.levels, *(life.levels for life in rest)]
        levels = []
        for at in sorted({level.at for each in series for level in each}):
            splits = [split_at(each, at) for each in series]
            opened = [sum(each) for each in zip(*(split[:3] for split in splits), strict=True)]
            levels.append(LotLevel(at, Split(*opened)))
        others = OtherLots(before.count + len(rest), levels)
        return replace(self, lots=self.lots[:lanes], others=others)


def units(text: str, scale: int) -> int:
    """The amount of such a text. Raises ValueError for anything else."""
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.removeprefix("-").partition(".")
    if len(fraction) > scale:
        raise ValueError(f"{text!r} has more than {scale} decimal digits")
    return sign * int(whole + fraction.ljust(scale, "0"))


def lot_id(number: int) -> str:
    return f"lot_{number:x}"


def transaction_id(number: int) -> str:
    return f"txn_{number:x}"


def is_dated(instant: int) -> bool:
    """Whether the instant ever comes."""
    return instant < FOREVER
