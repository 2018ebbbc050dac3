"""The statement `save`, and what is left of it for a batch that has nothing for some tables.

The file has the whole statement. The server sets up each of its parts, `name AS ( … )`, whether
or not there is a row for it; so a batch is saved by the parts that it has rows for, with the guards
(one in a line of the file) that count what these touched.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import compress
from typing import NamedTuple

from stampbook.storage.statements import named_texts, numbered

_HEADING = re.compile(r"^(?:WITH |\), )(\w+) AS \($", re.MULTILINE)
_GUARDS = re.compile(r"\n\)\nSELECT 1 / \(\n(.*)\n\)::integer AS stood$", re.DOTALL)
_COUNTED = re.compile(r"FROM (\w+)\)")
_COLUMN = re.compile(r":[a-z_]+::(?:text::)?(\w+)\[\]")


class Part(NamedTuple):
    """What the statement does to one table, and the guard that counts it, or nothing.

    `columns` are the types of its parameters, which are arrays.
    """

    name: str
    sql: str
    guard: str
    columns: Sequence[str]


def _parts(save: str) -> Sequence[Part]:
    text, guards, _ = _GUARDS.split(save)
    lines = [line.strip().removeprefix("AND ") for line in guards.splitlines()]
    guard_of = {name: line for line in lines for name in _COUNTED.findall(line)}
    _, *found = _HEADING.split(text)
    return [
        Part(
            name=name,
            sql=sql.strip("\n"),
            guard=guard_of.get(name, ""),
            columns=_COLUMN.findall(sql),
        )
        for name, sql in zip(found[::2], found[1::2], strict=True)
    ]


PARTS = _parts(named_texts("postgres")["save"])
"""All parts, in the statement's order. The first, the accounts, is in every save."""


@cache
def save_statement(present: tuple[bool, ...]) -> str:
    """The statement of those of PARTS that are present; its first parameter is the shard."""
    parts = list(compress(PARTS, present))
    steps = "\n), ".join(f"{part.name} AS (\n{part.sql}" for part in parts)
    guards = "\n    AND ".join(part.guard for part in parts if part.guard)
    return numbered(f"WITH {steps}\n)\nSELECT 1 / (\n    {guards}\n)::integer AS stood").sql
