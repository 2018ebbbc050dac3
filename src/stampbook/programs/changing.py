"""Writes columns by name. A change writes only the columns that it names, so two concurrent
changes of different columns both stay."""

from collections.abc import Collection, Mapping

from stampbook.storage.tables import Table


def insertion(table: Table, values: Mapping[str, object], condition: str = "") -> str:
    """`INSERT INTO table (name, status) VALUES ($1, $2)`; the parameters are the values.

    With a condition, `FROM another WHERE id = $3`, it is done for each row that this finds:
    `INSERT INTO table (name, status) SELECT $1, $2 FROM another …`.
    Raises ValueError for a name that is not a column's.
    """
    unknown = values.keys() - set(table.columns)
    if unknown:
        raise ValueError(f"no columns of {table.name}: {sorted(unknown)}")
    places = ", ".join(f"${at}" for at in range(1, len(values) + 1))
    given = f"SELECT {places} {condition}" if condition else f"VALUES ({places})"
    return f"INSERT INTO {table.name} ({', '.join(values)}) {given}"


def assignments(changes: Mapping[str, object], editable: frozenset[str], *, first: int) -> str:
    """`name = $4, status = $5` for an UPDATE whose parameters from `first` on are the values.

    Column names come from `editable`, never from a request. Raises ValueError otherwise.
    """
    unknown = changes.keys() - editable
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    return ", ".join(f"{column} = ${first + at}" for at, column in enumerate(changes))


def places(first: int, values: Collection[object]) -> str:
    """A place for each of the values, from `$first` on: `places(2, "ab")` is `$2, $3`."""
    return ", ".join(f"${first + at}" for at in range(len(values)))


def escaped(text: str) -> str:
    """A text in which LIKE sees no pattern."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
