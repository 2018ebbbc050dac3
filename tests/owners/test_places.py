"""Which process owns an account: laws of rendezvous."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stampbook.ledger.owners.places import PLACES, owners, place_of

PROCESSES = st.sets(st.integers(0, 63), min_size=2, max_size=12)


@given(PROCESSES, st.data())
def test_when_a_process_ends_only_its_own_places_move(
    processes: set[int], data: st.DataObject
) -> None:
    ended = data.draw(st.sampled_from(sorted(processes)))
    before, after = owners(processes), owners(processes - {ended})
    for old, new in zip(before, after, strict=True):
        assert new == old if old != ended else new != ended
    assert owners(processes) == before  # and when it is back, it has them again


@given(PROCESSES)
def test_the_order_in_which_they_are_seen_does_not_matter(processes: set[int]) -> None:
    assert owners(sorted(processes)) == owners(sorted(processes, reverse=True))


def test_parts_are_about_equal() -> None:
    for size in range(2, 65):
        parts = Counter(owners(range(size)))
        mean = PLACES / size
        assert len(parts) == size
        assert max(parts.values()) < mean + 4 * mean**0.5


def test_neighbouring_accounts_have_different_places() -> None:
    assert len({place_of(account) for account in range(PLACES)}) == PLACES
