"""Filters of lists over the journal: which rows they choose."""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Final

from stampbook.dialects.voucherify.core.lists.filters import (
    FieldKind,
    Fields,
    Test,
    Tests,
    read_tests,
)
from stampbook.ledger.journal.pages import Chosen

MILLISECOND_US: Final = 1000
"""Instants are compared in the milliseconds that are printed."""

NOTHING: Final = Chosen(numbers=frozenset())
EXCLUDING: Final = ("$is_not", "$not_in")


def choose(
    pairs: Iterable[tuple[str, str]], fields: Fields, *, now: int, same: Mapping[str, int]
) -> tuple[Chosen, ...]:
    """What a request's query string asks for. Raises a Fault.

    A field of instants is when a row was recorded; a field of ids is the row's number, or its
    column is one of `same`, whose value all rows of the list have.
    """
    tests = read_tests(pairs, fields, now=now)
    parts = [
        reduce(Chosen.narrowed, (_chosen(test, same) for test in of_field))
        for of_field in tests.fields
    ]
    if tests.either and parts:
        return tuple(parts)
    return (reduce(Chosen.narrowed, parts, Chosen()),)


def _chosen(test: Test, same: Mapping[str, int]) -> Chosen:
    if test.field.kind is FieldKind.INSTANT:
        return _recorded(test)
    excluding = test.operator in EXCLUDING
    if test.field.column in same:
        has_it = same[test.field.column] in test.values
        return NOTHING if has_it is excluding else Chosen()
    numbers = frozenset(value for value in test.values if isinstance(value, int))
    return Chosen(but=numbers) if excluding else Chosen(numbers=numbers)


def _recorded(test: Test) -> Chosen:
    if test.operator == "$has_value":
        return Chosen()
    if test.operator == "$is_unknown":
        return NOTHING
    (instant,) = test.values
    assert isinstance(instant, int)
    start = instant // MILLISECOND_US * MILLISECOND_US
    match test.operator:
        case "$more_than":
            return Chosen(until=instant)
        case "$less_than":
            return Chosen(since=instant + 1)
        case "$before":
            return Chosen(until=start)
        case "$after":
            return Chosen(since=start + MILLISECOND_US)
        case _:
            return Chosen(since=start, until=start + MILLISECOND_US)


def is_chosen(
    pairs: Iterable[tuple[str, str]], fields: Fields, values: Mapping[str, int], *, now: int
) -> bool:
    """Whether a request's filters let an item at hand through; all fields are of ids, `values` has
    the item's by column. Raises a Fault."""
    return lets_through(read_tests(pairs, fields, now=now), values)


def lets_through(tests: Tests, values: Mapping[str, int]) -> bool:
    """Whether filters let an item at hand through; fields are of ids and instants, `values` has the
    item's by column."""
    found = [
        all(_holds(test, values[test.field.column]) for test in of_field)
        for of_field in tests.fields
    ]
    return (any(found) or not found) if tests.either else all(found)


def _holds(test: Test, value: int) -> bool:
    if test.field.kind is not FieldKind.INSTANT:
        return (value in test.values) is not (test.operator in EXCLUDING)
    chosen = _recorded(test)
    if chosen is NOTHING:
        return False
    return chosen.since <= value < chosen.until
