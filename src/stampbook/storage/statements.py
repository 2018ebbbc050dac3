"""SQL statements in files, each with its name and an explanation.

A statement begins with a line `-- name: its_name`. Parameters are written `:name`; for
asyncpg they become `$1`, `$2` … in the order of their first use. `{table}` is replaced by the
columns of a table (storage.tables).
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from stampbook.storage.tables import with_columns
from stampbook.watching.statements import WATCH

FOLDER = Path(__file__).parent / "sql"

_TABLES = re.compile(r'^CREATE TABLE "?(\w+)', re.MULTILINE)
_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


class Statement(NamedTuple):
    """A statement for asyncpg, and its parameters' names in their order."""

    sql: str
    names: tuple[str, ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """The values in the order of the parameters."""
        return [values[name] for name in self.names]


@cache
def named_texts(database: str) -> Mapping[str, str]:
    """All statements of a database (`postgres`, `sqlite`) by name, parameters as in the files.

    `citus`: those that differ from `postgres` where the journal is distributed.
    """
    texts: dict[str, str] = {}
    for file in sorted((FOLDER / database).glob("*.sql")):
        _, *parts = _HEADING.split(file.read_text(encoding="utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in texts:
                raise ValueError(f"two statements are called {name}")
            texts[name] = with_columns(_without_comments(text))
    described = "postgres" if database == "citus" else database
    schema = (Path(__file__).parent / "schema" / f"{described}.sql").read_text(encoding="utf-8")
    WATCH.know(
        {sent: name for name, text in texts.items() for sent in (text, numbered(text).sql)},
        _TABLES.findall(schema),
    )
    return texts


def numbered(text: str) -> Statement:
    """The statement with `$n` for each `:name`; the shard, where there is one, is `$1`."""
    found = dict.fromkeys(_PARAMETER.findall(text))
    names = tuple(sorted(found, key=lambda name: name != "shard"))
    numbers = {name: f"${at}" for at, name in enumerate(names, 1)}
    return Statement(_PARAMETER.sub(lambda match: numbers[match.group(1)], text), names)


def _without_comments(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip().rstrip(";")
