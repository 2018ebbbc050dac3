"""Sums of flows in bounded memory: each currency and kind is one number, in which every sum is
multiplied by a digest of its key. Two sides agree if their numbers do."""

from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from stampbook.domain.flows import flows_of
from stampbook.domain.model import Transaction

_MODULUS: Final = 2**128

Place = tuple[int, ...]
Sums = dict[tuple[int, int], int]


class Tally:
    """What rows add to the flows up to a position; `sums` are by currency and kind."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.sums: Sums = defaultdict(int)

    def add(self, currency: int, row: Transaction) -> None:
        """A row of the journal that is not above the position."""
        for flow, amount in flows_of(row):
            self.count((currency, *map(int, flow)), 1, amount)

    def count(self, place: Place, times: int, amount: int) -> None:
        """What a place of the flows has."""
        one, other = _digests(place)
        kind = place[0], place[3]
        self.sums[kind] = (self.sums[kind] + times * one + amount * other) % _MODULUS

    def join(self, sums: Sums) -> None:
        """What another tally has."""
        for kind, number in sums.items():
            self.sums[kind] = (self.sums[kind] + number) % _MODULUS


@lru_cache(maxsize=10_000)
def _digests(place: Place) -> tuple[int, int]:
    digest = blake2b(repr(place).encode(), digest_size=32).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
