"""Lots and journal rows in few bytes, made when they are asked for.

An account may have a hundred open lots, and its book the last rows of its journal. Making all of
them takes longer than most decisions, which concern a few.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, TypeVar

import msgspec

from stampbook.domain.model import FOREVER, Lot, Transaction
from stampbook.domain.windows import has_next_expiry

Fields = list[Any]
"""A lot as domain.state writes it: zeros at its end are left out."""

AT_FLAGS: Final = 5
AT_AVAILABLE: Final = 6
AT_PENDING: Final = 7
"""Where a lot's fields have its flags, and its available and pending points."""

SLIDING: Final = 1
GRACE: Final = 2
LOCKED: Final = 4
"""The flags."""

T = TypeVar("T")


class Kept(Generic[T]):
    """Things by number. `packed` has those that nobody has asked for yet, `made` the others.

    Nobody changes a packed thing, so copies share it.
    """

    __slots__ = ("_make", "made", "packed")

    def __init__(self, make: Callable[[Any], T], packed: dict[int, Any] | None = None) -> None:
        self._make = make
        self.made: dict[int, T] = {}
        self.packed: dict[int, Any] = {} if packed is None else packed

    def get(self, number: int) -> T | None:
        """The thing; None if it is not there."""
        found = self.made.get(number)
        if found is None:
            packed = self.packed.pop(number, None)
            if packed is not None:
                found = self.made[number] = self._make(packed)
        return found

    def __getitem__(self, number: int) -> T:
        found = self.get(number)
        if found is None:
            raise KeyError(number)
        return found

    def __setitem__(self, number: int, thing: T) -> None:
        self.made[number] = thing
        if self.packed:
            self.packed.pop(number, None)

    def add(self, number: int, thing: T) -> None:
        """Keep the thing, unless one with this number is there."""
        if number not in self.packed:
            self.made.setdefault(number, thing)

    def __contains__(self, number: object) -> bool:
        return number in self.made or number in self.packed

    def __len__(self) -> int:
        return len(self.made) + len(self.packed)

    def __iter__(self) -> Iterator[int]:
        return iter((*self.made, *self.packed))

    def items(self) -> Iterable[tuple[int, T]]:
        """All things with their numbers, in any order."""
        self._make_all()
        return self.made.items()

    def values(self) -> Iterable[T]:
        """All things, in any order."""
        self._make_all()
        return self.made.values()

    def _make_all(self) -> None:
        # Another thread may look at the same book for a row.
        for number, packed in list(self.packed.items()):
            self.made.setdefault(number, self._make(packed))
        self.packed = {}

    def pack(self, packed: Mapping[int, Any]) -> None:
        """Put packed things in the place of those with these numbers."""
        self.packed.update(packed)
        if self.made:
            for number in packed:
                self.made.pop(number, None)

    def pack_older(self, newest: int, pack: Callable[[T], Any]) -> None:
        """Pack what is made, except for the newest ones, and those that `pack` has no form for."""
        for number in sorted(self.made)[:-newest]:
            with suppress(OverflowError):
                self.packed[number] = pack(self.made[number])
                del self.made[number]

    def drop(self, number: int) -> None:
        """Forget a thing, if it is there."""
        self.made.pop(number, None)
        self.packed.pop(number, None)

    def keep(self, numbers: Collection[int]) -> None:
        """Forget all others."""
        self.made = {number: each for number, each in self.made.items() if number in numbers}
        self.packed = {number: each for number, each in self.packed.items() if number in numbers}

    def copy(self) -> "Kept[T]":
        """Another with the same things."""
        twin = Kept(self._make, self.packed.copy())
        twin.made = self.made.copy()
        return twin


# -- lots --------------------------------------------------------------------------------


def lot_fields(lot: Lot) -> Fields:
    """The fields of a lot."""
    split, created_at, expires_at = lot.split, lot.created_at, lot.expires_at
    _, pending, available, held, spent, expired, revoked = split
    fields = [
        lot.seq,
        lot.accrued_by,
        created_at,
        None if lot.activates_at == FOREVER else lot.activates_at - created_at,
        None if expires_at == FOREVER else expires_at - created_at,
        lot.sliding * SLIDING + lot.grace * GRACE + lot.locked * LOCKED,
        available,
    ]
    rest = pending, held, spent, expired, revoked, lot.claimed, lot.reinstated
    if any(rest):
        fields += rest
        while not fields[-1]:
            fields.pop()
    return fields


def read_lot(fields: Sequence[Any]) -> Lot:
    """The lot with these fields."""
    fields = [*fields, *_ZEROS[len(fields) :]]
    created_at, activates_after, expires_after, flags = fields[2:6]
    available, pending, held, spent, expired, revoked = fields[6:12]
    issued = available + pending + held + spent + expired + revoked
    return Lot(
        seq=fields[0],
        accrued_by=fields[1],
        activates_at=FOREVER if activates_after is None else created_at + activates_after,
        expires_at=FOREVER if expires_after is None else created_at + expires_after,
        created_at=created_at,
        sliding=bool(flags & SLIDING),
        grace=bool(flags & GRACE),
        locked=bool(flags & LOCKED),
        claimed=fields[12],
        reinstated=fields[13],
        split=[-issued, pending, available, held, spent, expired, revoked],
    )


_ZEROS: Final = (0,) * 20
"""At least as many as a lot has fields."""


def activation_of(fields: Fields) -> int | None:
    """When a date activates the pending points; None if there are none, or no date does."""
    if len(fields) <= AT_PENDING or not fields[AT_PENDING] or fields[AT_FLAGS] & LOCKED:
        return None
    return None if fields[3] is None else int(fields[2] + fields[3])


def expiry_of(fields: Fields, slides_at: int, slid_at: int) -> int:
    """See windows.expiry_of."""
    created_at, activates_after, expires_after, flags = fields[2:6]
    if flags & SLIDING:
        activates_at = FOREVER if activates_after is None else created_at + activates_after
        if has_next_expiry(created_at, activates_at, slid_at):
            return slides_at
    return FOREVER if expires_after is None else int(created_at + expires_after)


def is_sliding(fields: Fields) -> bool:
    """Whether available points of the lot have a sliding expiry."""
    return bool(fields[AT_AVAILABLE] and fields[AT_FLAGS] & SLIDING)


def expiring_at(fields: Fields, expires_at: int) -> Fields:
    """The same lot with another expiry."""
    return [*fields[:4], expires_at - fields[2], *fields[5:]]


# -- journal rows ------------------------------------------------------------------------

pack_row: Final = msgspec.msgpack.Encoder().encode
"""Raises OverflowError if a date takes more than 64 bits, which no API lets it."""

unpack_row: Final = msgspec.msgpack.Decoder(Transaction).decode
