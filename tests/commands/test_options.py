"""What every command takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from stampbook.cli import app
from tests.commands.test_importing import folder, take
from tests.process.running import forked

__all__ = ["folder"]

SERVE = {"serve", "worker"}
"""They print lines as long as they run; `log_format` makes JSON of their log."""


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Each command by its words, with its options."""
    for name, each in group.commands.items():
        if hasattr(each, "commands"):
            yield from commands(each, (*path, name))
        else:
            yield (
                " ".join((*path, name)),
                {option for parameter in each.params for option in parameter.opts},
            )


def test_machines_can_read_every_command() -> None:
    found = dict(commands(typer.main.get_command(app)))
    assert len(found) > 30
    assert {name for name, options in found.items() if "--json" not in options} == SERVE
    assert {name for name, options in found.items() if "--database" not in options} == {"settings"}


async def test_what_an_export_prints_for_machines(folder: Path) -> None:
    assert take(folder, "external_id,currency,amount\n1,points,2.50\n")[0] == 0
    words = ("export", "members", "--program", "prg_1", "--json")
    (row,) = forked(*words, cwd=folder).stdout.splitlines()
    assert json.loads(row)["external_id"] == "1"
    said = forked(*words, "-o", "members", cwd=folder)
    assert json.loads(said.stdout) == {"kind": "members", "format": "jsonl", "file": "members"}
    assert (folder / "members").read_text().splitlines() == [row]
    document = forked("members", "export", "mbr_1", "--json", cwd=folder)
    assert json.loads(document.stdout)
