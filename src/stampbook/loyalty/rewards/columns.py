"""Statements that name all columns of a table once: the fields of its value."""

_Kind = type[tuple[object, ...]]


def with_columns(sql: str, kind: _Kind) -> str:
    """The statement with the fields of a named tuple for `{columns}`."""
    return sql.replace("{columns}", ", ".join(_fields(kind)))


def insertion(table: str, kind: _Kind) -> str:
    """An INSERT of all fields of a named tuple; its values are the parameters."""
    places = ", ".join(f"${at}" for at in range(1, len(_fields(kind)) + 1))
    columns = ", ".join(_fields(kind))
    return f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - of our own words


def _fields(kind: _Kind) -> tuple[str, ...]:
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    return fields
