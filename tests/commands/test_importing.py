"""`stampbook import`: what it says, how it ends, and that it can be killed."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from stampbook.programs import currencies, programs
from stampbook.storage.opening import open_store
from tests.process.running import Running, command, forked

ROWS = "external_id,currency,amount\n1,points,2.50\n2,points,3\n"


@pytest.fixture
async def folder(folder: Path) -> Path:
    """A database with two programs, each with points of two decimals."""
    store = await open_store(f"sqlite:{folder}/.stampbook/stampbook.sqlite")
    async with store.transaction() as writing:
        for name in ("shop", "other"):
            program = await programs.create(writing, tenant=1, name=name, now=0)
            await currencies.create(writing, program, name="points", now=0, scale=2)
    await store.close()
    return folder


def take(folder: Path, content: str, *more: str, program: str = "prg_1") -> tuple[int, str, str]:
    """The status of an import of balances, and what it prints on both streams."""
    (folder / "rows.csv").write_text(content, encoding="utf-8")
    words = ("import", "rows.csv", "--program", program, "--kind", "balances", *more)
    said = forked(*words, cwd=folder)
    return said.returncode, said.stdout, said.stderr


async def test_all_rows_in_is_0(folder: Path) -> None:
    assert take(folder, ROWS) == (0, "2 rows: 2 new (5.50 points), 0 unchanged, 0 refused\n", "")
    assert take(folder, ROWS)[:2] == (0, "2 rows: 0 new, 2 unchanged, 0 refused\n")
    tried = take(folder, ROWS + "3,points,1\n", "--dry-run")
    assert tried[:2] == (0, "3 rows: 1 would be new (1.00 points), 2 unchanged, 0 refused\n")


async def test_refused_rows_are_1_and_are_listed(folder: Path) -> None:
    content = ROWS + '3,points,"2,50"\n4,coins,1\n'
    status, said, told = take(folder, content, "--refused", "no.csv", "--json", "report.json")
    assert (status, said) == (1, "4 rows: 2 new (5.50 points), 0 unchanged, 2 refused\n")
    assert told.splitlines() == [
        "line 4, amount: has a comma; declare decimal=comma (decimal_comma)",
        "line 5, currency: the program has no such currency (unknown_currency)",
        "stampbook: rows were refused; all others are in",
    ]
    assert (folder / "no.csv").read_text() == (
        "line,column,code,message,external_id,currency,amount\n"
        '4,amount,decimal_comma,has a comma; declare decimal=comma,3,points,"2,50"\n'
        "5,currency,unknown_currency,the program has no such currency,4,coins,1\n"
    )
    report = json.loads((folder / "report.json").read_text())
    assert {name: report[name] for name in ("id", "status", "rows", "position", "totals")} == {
        "id": "imp_1", "status": "done", "rows": 4, "position": len(content),
        "totals": {"points": "5.50"},
    }  # fmt: skip
    assert report["errors"][0]["value"] == "2,50"
    for name in ("no.csv", "report.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    again = take(folder, (folder / "no.csv").read_text(), "--decimal", "comma", *(
        word for each in ("line", "column", "code", "message") for word in ("--ignore", each)
    ))  # fmt: skip
    assert again[1] == "2 rows: 1 new (2.50 points), 0 unchanged, 1 refused\n"


async def test_what_cannot_be_read_is_2(folder: Path) -> None:
    for content, more, text in (
        ("a,b\n1,2\n", (), "rows.csv, line 1: the first line does not tell the delimiter"),
        (ROWS, ("--encoding", "utf-16"), "encoding utf-16 cannot be read"),
        (ROWS, ("--format", "xml"), "--format xml is none of csv, jsonl"),
        (ROWS, ("--source", "a:b"), "--source must have"),
        (ROWS, ("--program", "shop"), "--program shop is not the id"),
        (ROWS, ("--program", "prg_9"), "there is no program prg_9"),
    ):
        status, said, told = take(folder, content, *more)
        assert (status, said) == (2, ""), told
        assert text in told
    assert (
        forked("import", "none.csv", "--program", "prg_1", "--kind", "lots", cwd=folder).returncode
        == 2
    )
    assert take(folder, ROWS)[1].startswith("2 rows: 2 new")


async def test_strict_is_all_or_nothing(folder: Path) -> None:
    status, said, told = take(folder, ROWS + "3,points,x\n", "--strict", "--refused", "no.csv")
    assert (status, said) == (1, "3 rows: 0 new, 0 unchanged, 1 refused\n")
    assert told.endswith("stampbook: rows were refused; nothing is in\n")
    assert len((folder / "no.csv").read_text().splitlines()) == 2
    assert take(folder, ROWS)[1].startswith("2 rows: 2 new")


async def test_standard_input(folder: Path) -> None:
    words = ("import", "-", "--program", "prg_1", "--kind", "balances")
    said = command(*words, cwd=folder, stdin=ROWS)
    assert (said.returncode, said.stdout[:13]) == (0, "2 rows: 2 new"), said.stderr


def test_killed_it_goes_on(folder: Path) -> None:
    """Killed after some units, the same command ends as one that was never killed."""
    rows = [f"{n % 400},points,{n % 9}.5" + ("x" if n % 89 == 0 else "") for n in range(4_000)]
    content = "\n".join(["external_id,currency,amount", *rows]) + "\n"
    (folder / "rows.csv").write_text(content)
    words = ("import", "rows.csv", "--program", "prg_1", "--kind", "balances")
    kills = 0
    for units in (1, 3, 5):
        with Running(*words, cwd=folder) as running:
            database = sqlite3.connect(folder / ".stampbook" / "stampbook.sqlite", timeout=30)
            while running.process.poll() is None:
                found = database.execute("SELECT rows_read FROM imports").fetchone()
                if found is not None and found[0] >= units * 500:
                    running.process.kill()
                    kills += running.process.wait() != 0
                    break
            database.close()
    assert kills, "it was too fast to be killed"
    assert take(folder, content, "--json", "one.json")[0] == 1
    assert take(folder, content, "--json", "two.json", program="prg_2")[0] == 1
    one, two = (json.loads((folder / name).read_text()) for name in ("one.json", "two.json"))
    assert one["resumed"] == kills
    for name in ("rows", "created", "unchanged", "refused", "totals", "errors", "position"):
        assert one[name] == two[name], name
    assert forked("verify", cwd=folder).returncode == 0
