"""Counts are shared by the processes of a server, and outlive each of them.

tests/process/watching has real processes."""

from __future__ import annotations

import pytest

from stampbook.watching import counting
from stampbook.watching.counting import Memory, Metric, count, gauge, observe


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A memory of the test's own, for three processes."""
    made = Memory()
    monkeypatch.setattr(counting, "MEMORY", made)
    made.share(3)
    return made


def test_each_process_adds_to_the_sum(memory: Memory) -> None:
    hits = Metric("counter", "hits_total", "Hits.", "of", series=[("a",), ("b",)])

    def work(number: int) -> None:
        memory.become(number)
        count(hits, "b", by=number + 1)

    for number in range(3):
        work(number)
    assert [memory.totals()[at] for at in hits.at.values()] == [0, 6]


def test_a_replacement_goes_on_counting_and_has_gauges_of_its_own(memory: Memory) -> None:
    hits = Metric("counter", "hits_total", "Hits.")
    open_now = Metric("gauge", "open", "Open.")
    taken = Metric("histogram", "taken", "Taken.", buckets=(10, 20))

    def work(value: int) -> None:
        memory.become(1)
        count(hits)
        gauge(open_now, value=memory.slab[open_now.at[()]] + value)
        observe(taken, taken.at[()], value)

    work(7)
    work(11)
    totals = memory.totals()
    assert totals[hits.at[()]] == 2
    assert totals[open_now.at[()]] == 11
    at = taken.at[()]
    assert totals[at : at + 4] == [1, 1, 0, 18]


def test_a_value_at_a_bound_is_within_it(memory: Memory) -> None:
    taken = Metric("histogram", "taken", "Taken.", buckets=(10, 20))
    for value in (10, 20, 21):
        observe(taken, taken.at[()], value)
    assert memory.totals()[:4] == [1, 1, 1, 51]


def test_what_is_not_declared_is_a_bug(memory: Memory) -> None:
    hits = Metric("counter", "hits_total", "Hits.", "of", series=[("a",)])
    with pytest.raises(KeyError):
        count(hits, "someone@example.com")
    place = hits.declare("c")
    assert (hits.declare("c"), hits.declare("a")) == (place, place - 1)
