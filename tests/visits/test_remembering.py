"""Visits that are remembered: the last ones, up to a limit."""

from __future__ import annotations

from stampbook.visits.model import Line, LineKind, Location, Visit
from stampbook.visits.remembering import Visits
from stampbook.visits.whole import FoundVisit

LINE = Line(1, 1, LineKind.GOOD, 1, "", 1_000, 100, 0, 100, 1)


def found(number: int, lines: int, *, version: int = 1, tenant: int = 1) -> FoundVisit:
    visit = Visit(number, version, tenant, 1, 1, 0, 0, 0, "", 0, lines=(LINE,) * lines)
    return FoundVisit(visit, frozenset({7}), Location(1, tenant, 1, "", "UTC"))


def test_the_last_ones_are_kept() -> None:
    visits = Visits(max_pieces=10)
    for number in range(1, 6):
        visits.keep(found(number, 2))
    assert [visits.recall(number) is not None for number in range(1, 6)] == (
        [False, False, True, True, True]
    )
    visits.keep(found(3, 2, version=2))
    visits.keep(found(6, 2))
    assert visits.recall(4) is None
    assert visits.recall(3) == found(3, 2, version=2)


def test_a_bill_too_long_is_not_kept() -> None:
    visits = Visits(max_pieces=10)
    visits.keep(found(1, 10))
    assert len(visits) == 0
    visits.keep(found(2, 9))
    visits.forget(2)
    visits.forget(2)
    visits.keep(found(3, 9))
    assert visits.recall(3) is not None


def test_the_location_of_a_visit_is_remembered_with_it() -> None:
    visits = Visits()
    assert visits.location(1) is None
    visits.keep(found(1, 1))
    visits.forget(1)
    assert visits.location(1) == found(1, 1).location
