"""`filters[…]` of Voucherify's lists: read, checked, and turned into a condition in SQL.

`filters[status][conditions][$in]=ACTIVE` in the deepObject style; a value may be repeated,
or numbered as `[$in][0]`. Each list names its fields; what it does not name is refused.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Final, NamedTuple

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.dialects.voucherify.core.faults import invalid_query
from stampbook.dialects.voucherify.core.times import read_instant
from stampbook.domain.model import MICROSECONDS

MAX_IDS: Final = 100
MAX_VALUES: Final = 10
MAX_TEXT: Final = 1000
MAX_DAYS: Final = 100_000
DAY_US: Final = 86_400 * MICROSECONDS
KEY: Final = re.compile(r"filters((?:\[[^\[\]]*\])+)")
PART: Final = re.compile(r"\[([^\[\]]*)\]")


class FieldKind(Enum):
    """What the values of a field are, and so which conditions it has."""

    ID = auto()
    WORD = auto()
    TEXT = auto()
    INSTANT = auto()


class Field(NamedTuple):
    """A field that a list can be filtered by. `column` is an SQL expression.

    `read` makes the database's value of the caller's, None for what cannot be one.
    """

    kind: FieldKind
    column: str
    read: Callable[[str], object | None]


def id_field(column: str, prefix: Prefix) -> Field:
    """Ids of that prefix. One that is no id of ours matches nothing, as `-1`."""

    def read(text: str) -> object | None:
        if not re.fullmatch(re.escape(prefix) + "[a-zA-Z0-9]+", text):
            return None
        number = parse(prefix, text)
        return -1 if number is None else number

    return Field(FieldKind.ID, column, read)


def word_field(column: str, words: Mapping[str, object]) -> Field:
    """One of some words; `words` gives the database's value of each."""
    return Field(FieldKind.WORD, column, words.get)


def text_field(column: str) -> Field:
    return Field(FieldKind.TEXT, column, _read_text)


def _read_text(text: str) -> str | None:
    """Text that a database can hold."""
    return text if len(text) <= MAX_TEXT and "\0" not in text else None


def instant_field(column: str) -> Field:
    """An instant in microseconds, printed in milliseconds."""
    return Field(FieldKind.INSTANT, column, read_instant)


Fields = Mapping[str, Field]


class Sql(NamedTuple):
    """A condition and its parameters, numbered from the `first` it was made with."""

    text: str
    values: tuple[object, ...]


ALL: Final = Sql("1 = 1", ())

LISTS: Final = ("$is", "$is_not", "$in", "$not_in")
OPERATORS: Final[Mapping[FieldKind, tuple[str, ...]]] = {
    FieldKind.ID: LISTS,
    FieldKind.WORD: LISTS,
    FieldKind.TEXT: (
        *LISTS,
        "$contains",
        "$not_contain",
        "$starts_with",
        "$ends_with",
        "$has_value",
        "$is_unknown",
    ),
    FieldKind.INSTANT: (
        "$before",
        "$after",
        "$is",
        "$more_than",
        "$less_than",
        "$has_value",
        "$is_unknown",
    ),
}
MANY: Final = frozenset({"$in", "$not_in"})
VALUELESS: Final = {"$has_value": "IS NOT NULL", "$is_unknown": "IS NULL"}
TEXT_SQL: Final = {
    "$contains": "replace({column}, {value}, '') <> {column}",
    "$not_contain": "replace({column}, {value}, '') = {column}",
    "$starts_with": "substr({column}, 1, length({value})) = {value}",
    "$ends_with": "(length({column}) >= length({value})"
    " AND substr({column}, length({column}) - length({value}) + 1) = {value})",
}
"""Case-sensitive on both databases, unlike LIKE."""

INSTANT_SQL: Final = {
    "$before": "{column} / 1000 < {value}",
    "$after": "{column} / 1000 > {value}",
    "$is": "{column} / 1000 = {value}",
}
"""Compared in the milliseconds that are printed."""

Wanted = dict[str, dict[str, list[str]]]


class Test(NamedTuple):
    """One condition on one field. An operator that takes days has the instant they go back to."""

    field: Field
    operator: str
    values: tuple[object, ...]


class Tests(NamedTuple):
    """What a request's filters ask: by field the conditions that must all hold; of the fields all,
    or with `either` one."""

    fields: Sequence[Sequence[Test]]
    either: bool


def read_tests(pairs: Iterable[tuple[str, str]], fields: Fields, *, now: int) -> Tests:
    """The conditions that a request's query string asks for. Raises a Fault."""
    junction, wanted = _collect(pairs)
    tests: list[list[Test]] = []
    for name, operators in wanted.items():
        field = fields.get(name)
        if field is None:
            raise invalid_query(f"Unknown filter: {name}")
        tests.append(
            [_test(field, operator, given, now, name) for operator, given in operators.items()]
        )
    return Tests(tests, junction == "OR")


def read_filters(pairs: Iterable[tuple[str, str]], fields: Fields, *, first: int, now: int) -> Sql:
    """The condition that a request's query string asks for, in SQL. Raises a Fault."""
    tests = read_tests(pairs, fields, now=now)
    values: list[object] = []

    def bind(value: object) -> str:
        values.append(value)
        return f"${first + len(values) - 1}"

    conditions = [
        "(" + " AND ".join(_condition(test, bind) for test in of_field) + ")"
        for of_field in tests.fields
    ]
    if not conditions:
        return ALL
    return Sql("(" + (" OR " if tests.either else " AND ").join(conditions) + ")", tuple(values))


def _collect(pairs: Iterable[tuple[str, str]]) -> tuple[str, Wanted]:
    """The junction, and per field and condition the values given."""
    junction, wanted = "AND", Wanted()
    for key, value in pairs:
        if not key.startswith("filters") or (key == "filters" and not value):
            continue
        found = KEY.fullmatch(key)
        if found is None:
            raise invalid_query(f"Malformed filter: {key[:100]}")
        parts = PART.findall(found[1])
        if parts == ["junction"]:
            if value not in ("AND", "OR"):
                raise invalid_query("filters[junction] must be AND or OR")
            junction = value
            continue
        if len(parts) == 4 and (parts[3] == "" or parts[3].isdecimal()):
            parts = parts[:3]
        if len(parts) != 3 or parts[1] != "conditions":
            raise invalid_query(f"Malformed filter: {key[:100]}")
        wanted.setdefault(parts[0], {}).setdefault(parts[2], []).append(value)
    return junction, wanted


def _test(field: Field, operator: str, given: list[str], now: int, name: str) -> Test:
    if operator not in OPERATORS[field.kind]:
        raise invalid_query(f"Unknown condition of the filter {name}: {operator[:100]}")
    if operator in VALUELESS:
        return Test(field, operator, ())
    most = (MAX_IDS if field.kind is FieldKind.ID else MAX_VALUES) if operator in MANY else 1
    if len(given) > most:
        raise invalid_query(f"The filter {name} takes at most {most} values of {operator}")
    if operator in ("$more_than", "$less_than"):
        return Test(field, operator, (now - _days(given[0], name) * DAY_US,))
    return Test(field, operator, tuple(_read(field, text, name) for text in given))


def _condition(test: Test, bind: Callable[[object], str]) -> str:
    """One condition on one field, in SQL."""
    (kind, column, _), operator, values = test
    if operator in VALUELESS:
        return f"{column} {VALUELESS[operator]}"
    if operator in ("$more_than", "$less_than"):
        return f"{column} {'<' if operator == '$more_than' else '>'} {bind(values[0])}"
    if kind is FieldKind.INSTANT:
        assert isinstance(values[0], int)
        return INSTANT_SQL[operator].format(column=column, value=bind(values[0] // 1000))
    if operator in TEXT_SQL:
        value = f"CAST({bind(values[0])} AS text)"
        return TEXT_SQL[operator].format(column=column, value=value)
    word = "NOT IN" if operator in ("$is_not", "$not_in") else "IN"
    return f"{column} {word} ({', '.join(bind(value) for value in values)})"


def _read(field: Field, text: str, name: str) -> object:
    value = field.read(text)
    if value is None:
        raise invalid_query(f"Invalid value of the filter {name}: {text[:100]}")
    return value


def _days(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 6 or int(text) > MAX_DAYS:
        raise invalid_query(f"The filter {name} takes a number of days: {text[:100]}")
    return int(text)
