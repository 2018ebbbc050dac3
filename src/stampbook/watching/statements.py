"""Statements of SQL that take long: each is logged and counted under its name, without its values.

A statement of the SQL files has the name that it has there. Others are named by what they do to
which table: `select members`. So there are few names, and all are known beforehand.
"""

import logging
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from stampbook.watching.counting import count
from stampbook.watching.metrics import OTHER, SLOW_STATEMENTS
from stampbook.watching.noticing import Noticed

log = logging.getLogger(__name__)
noticed = Noticed(log)

MILLISECOND: Final = 1_000_000

VERBS: Final = ("select", "insert", "update", "delete")

CONTROL: Final = ("begin", "commit")
"""Statements of a transaction: one may wait for another process, the other for the disk."""

_VERB = re.compile(rf"\b({'|'.join(VERBS)})\b", re.IGNORECASE)
_TABLE = re.compile(r'\b(?:from|into|update|join)\s+(?:only\s+)?"?(\w+)', re.IGNORECASE)


class Watch:
    """From when on a statement is slow, and the names of those that are known."""

    def __init__(self) -> None:
        self.slow_ns = 0
        self._names: dict[str, str] = {}

    def slow_from(self, milliseconds: int) -> None:
        """Set the limit; 0: no statement is slow."""
        self.slow_ns = milliseconds * MILLISECOND

    def know(self, names: Mapping[str, str], tables: Collection[str]) -> None:
        """Statements by their text with their names, and the tables that others may name."""
        self._names.update(names)
        for name in sorted(names.values()):
            SLOW_STATEMENTS.declare(name)
        for word in CONTROL:
            SLOW_STATEMENTS.declare(word)
        for table in sorted(tables):
            for verb in VERBS:
                SLOW_STATEMENTS.declare(f"{verb} {table}")

    def name(self, sql: str) -> str:
        """The statement's name: one of the declared series."""
        found = self._names.get(sql) or _described(sql)
        return found if (found,) in SLOW_STATEMENTS.at else OTHER

    def took(self, sql: str, took_ns: int, rows: int | None) -> None:
        """A statement has ended, which gave or touched that many rows (None: not known)."""
        if not self.slow_ns or took_ns < self.slow_ns:
            return
        name = self.name(sql)
        count(SLOW_STATEMENTS, name)
        fields = {"statement": name, "duration_ms": round(took_ns / MILLISECOND, 1)}
        if rows is not None:
            fields["rows"] = rows
        noticed.say(name, "a slow statement", fields=fields)


@lru_cache(maxsize=256)
def _described(sql: str) -> str:
    word = sql.strip().partition(" ")[0].rstrip(";").lower()
    if word in CONTROL:
        return word
    verb, table = _VERB.search(sql), _TABLE.search(sql)
    return f"{verb[1].lower()} {table[1].lower()}" if verb and table else OTHER


WATCH: Final = Watch()
