"""Sums of the projections in bounded memory: each currency and part is one number, in which every
sum is multiplied by a digest of its key. Two sides agree if their numbers do."""

from array import array
from collections import defaultdict
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from stampbook.domain.flows import births_of, cohorts_of, flows_of
from stampbook.domain.model import MAX_SEQUENCE, Transaction

_MODULUS: Final = 2**128

Place = tuple[int, ...]
Sums = dict[tuple[int, int], int]


COHORTS: Final = -1
ACTIVE: Final = -2
BORN: Final = -3
"""Parts beside the kinds of transactions of `flows`: the other tables."""


class Tally:
    """What rows add to the projections up to a position; `sums` are by currency and part, which is
    a kind of transactions, or another table.

    Rows come account by account, those of an account in their order.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.sums: Sums = defaultdict(int)
        self._account = 0
        self._births: array[int] = array("q")
        self._active: set[tuple[int, int]] = set()

    def add(self, currency: int, row: Transaction) -> None:
        """A row of the journal that is not above the position."""
        if row.account != self._account:
            self._account, self._births, self._active = row.account, array("q"), set()
        for flow, amount in flows_of(row):
            self.count(currency, flow.kind, (*map(int, flow),), 1, amount)
            for place in ((0, flow.recorded_at), (1, flow.effective_at)):
                if place not in self._active:
                    self._active.add(place)
                    self.count(currency, ACTIVE, (*place, row.account), 1, 0)
        for lot, at in births_of(row).items():
            self._give_birth(lot, at)
            self.count(0, BORN, (row.account, lot, at), 1, 0)
        births = {
            lot: self._births[lot]
            for lot in {posting.lot for posting in row.postings}
            if lot < len(self._births)
        }
        for cohort, amount in cohorts_of(row, defaultdict(int, births)):
            self.count(currency, COHORTS, (*map(int, cohort),), 0, amount)

    def _give_birth(self, lot: int, at: int) -> None:
        """Lots are numbered without gaps, unless the journal is at fault."""
        births = self._births
        if len(births) <= lot <= MAX_SEQUENCE:
            births.extend(0 for _ in range(lot + 1 - len(births)))
            births[lot] = at

    def count(self, currency: int, part: int, place: Place, times: int, amount: int) -> None:
        """What a place of the part has."""
        one, other = _digests(place)
        key = currency, part
        self.sums[key] = (self.sums[key] + times * one + amount * other) % _MODULUS

    def join(self, sums: Sums) -> None:
        """What another tally has."""
        for kind, number in sums.items():
            self.sums[kind] = (self.sums[kind] + number) % _MODULUS


@lru_cache(maxsize=10_000)
def _digests(place: Place) -> tuple[int, int]:
    digest = blake2b(repr(place).encode(), digest_size=32).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
