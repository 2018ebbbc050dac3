"""All that a database holds, to be searched."""

from __future__ import annotations

from collections.abc import Iterable

from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store


async def tables(store: Store) -> list[str]:
    """The names of all tables, those of SQLite's search among them."""
    if isinstance(store, SqliteStore):
        sql = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        sql = (
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        )
    return sorted(row["name"] for row in await store.fetch(sql))


async def found_in(store: Store, words: Iterable[str]) -> dict[str, list[str]]:
    """The values that have one of the words, in any case, by table."""
    wanted = [word.casefold() for word in words]
    found: dict[str, list[str]] = {}
    for table in await tables(store):
        for row in await store.fetch(f'SELECT * FROM "{table}"'):
            for name in row.keys():  # noqa: SIM118 - a row of SQLite iterates values
                text = _text(row[name]).casefold()
                if any(word in text for word in wanted):
                    found.setdefault(table, []).append(f"{name}: {text[:200]}")
    return found


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
