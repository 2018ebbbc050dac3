"""Which process owns an account: rendezvous hashing.

Accounts share PLACES places. Each process that is alive has a weight at each place, and the
heaviest owns it. So when a process ends, only its own places get other owners, and when it is back,
it takes just these again. Processes that see the same ones alive find the same owners.
"""

from collections.abc import Collection
from functools import cache
from typing import Final

PLACES: Final = 1_024
"""More than shards, of which most databases have two: the processes' parts are then about equal."""

_64_BITS: Final = 2**64 - 1


def place_of(account: int) -> int:
    """The account's place."""
    return account % PLACES


def owners(processes: Collection[int]) -> list[int]:
    """For each place, the number of the process that owns it. There must be one process."""
    listed = sorted(processes)
    weights = zip(*map(_weights, listed), strict=True)
    return [listed[of_place.index(max(of_place))] for of_place in weights]


@cache
def _weights(process: int) -> tuple[int, ...]:
    """The weight of a process at each place."""
    return tuple(_weight(place, process) for place in range(PLACES))


def _weight(place: int, process: int) -> int:
    """A number that looks random: the finalizer of SplitMix64, which mixes all bits."""
    mixed = (place << 16 | process) * 0x9E3779B97F4A7C15 & _64_BITS
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _64_BITS
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _64_BITS
    return mixed ^ mixed >> 31
