"""Commands, and the one line in which they end if something cannot be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.process.forking import Forking

SERVE = ("serve", "--port", "0")
DEMO = ("demo", "--port", "0")
MIGRATE = ("migrate",)
CHECK = ("migrate", "--check")
WRITING: Sequence[Sequence[str]] = (
    SERVE,
    ("worker",),
    ("rebuild",),
    ("keys", "create", "--name", "till", "--scope", "read"),
    ("keys", "revoke", "key_1"),
    ("users", "create", "--login", "anna"),
)
OPENING = (*WRITING, ("verify",), ("keys", "list"), ("backup", "copy"))
"""Commands that open a migrated database."""

CREATING = (SERVE, DEMO, MIGRATE)
"""Commands that create the schema in an empty one."""

ALL = (*OPENING, DEMO, MIGRATE, CHECK)
CONNECTING = (*ALL, ("bench",))
"""All commands that a server which cannot be reached stops."""

LINE = re.compile(r"stampbook: .+\. [A-Z].+\.")
PASSWORD = "geheim"

AS_OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-net_bind_service")
"""Starts a program of root's without the rights to any file and any port."""


def lines_of(
    forking: Forking, asked: Sequence[Sequence[str]], folder: Path, url: str | None = None
) -> list[str]:
    """The one line in which each of the commands ends with status 2."""
    place = () if url is None else ("--database", url)
    lines = []
    for words in asked:
        ended = forking.command(*words, *place, cwd=folder, stdin="correct horse battery\n")
        assert (ended.returncode, ended.stdout) == (2, ""), ended
        (line,) = ended.stderr.splitlines()
        assert LINE.fullmatch(line), line
        assert PASSWORD not in line
        lines.append(line)
    return lines
