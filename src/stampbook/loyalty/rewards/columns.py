"""Statements that name all columns of a table once: the fields of its value."""


def with_columns(sql: str, kind: type[tuple[object, ...]]) -> str:
    """The statement with the fields of a named tuple for `{columns}`."""
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    return sql.replace("{columns}", ", ".join(fields))
