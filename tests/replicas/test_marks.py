"""Marks say as of when a replica is, by how far it has replayed the log."""

from __future__ import annotations

from stampbook.storage.postgres.marks import MOST, Mark, Marks


def marks(*noted: tuple[int, int, int]) -> Marks:
    found = Marks()
    for each in noted:
        found.note(Mark(*each))
    return found


def test_the_newest_mark_that_was_replayed_counts() -> None:
    found = marks((10, 100, 1), (20, 200, 1), (30, 300, 1))
    assert [found.upto(lsn, 1) for lsn in (99, 100, 199, 200, 1_000)] == [None, 10, 10, 20, 30]


def test_a_quiet_primary_makes_nobody_old() -> None:
    assert marks((10, 100, 1), (20, 100, 1), (30, 100, 1)).upto(100, 1) == 30


def test_another_timeline_is_another_log() -> None:
    """Even if a server has replayed more of it than the present primary has written."""
    found = marks((10, 100, 1), (20, 90, 2))
    assert (found.upto(100, 1), found.upto(90, 2), found.upto(89, 2)) == (None, 20, None)


def test_a_log_that_is_shorter_than_it_was_is_another_one() -> None:
    assert marks((10, 100, 1), (20, 90, 1)).upto(95, 1) == 20


def test_after_the_clock_was_set_back_no_mark_lies_in_the_future() -> None:
    found = marks((10, 100, 1), (20, 200, 1), (15, 300, 1))
    assert [found.upto(lsn, 1) for lsn in (250, 300)] == [10, 15]


def test_as_many_are_kept_as_the_oldest_answer_needs() -> None:
    found = marks(*((at, at, 1) for at in range(1, MOST + 10)))
    assert found.upto(MOST - 1, 1) == MOST - 1
    assert found.upto(1, 1) is None
