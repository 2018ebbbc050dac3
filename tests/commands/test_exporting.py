"""`stampbook export`: where it writes, and that what it wrote can be imported."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from tests.commands.test_importing import folder, take
from tests.process.forking import environment_of
from tests.process.running import forked

__all__ = ["folder"]

ROWS = "external_id,currency,amount\n1,points,2.50\n2,points,3\n"


async def test_a_file_appears_when_it_is_whole(folder: Path) -> None:
    assert take(folder, ROWS)[0] == 0
    said = forked("export", "lots", "--program", "prg_1", "-o", "lots.csv", cwd=folder)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    file = folder / "lots.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed = forked("export", "lots", "--program", "prg_1", cwd=folder)
    assert printed.stdout == file.read_text()
    words = ("import", "lots.csv", "--program", "prg_2", "--kind", "lots")
    again = forked(*words, cwd=folder)
    assert again.stdout == "2 rows: 2 new (5.50 points), 0 unchanged, 0 refused\n"
    balances = [
        [line.split(",")[9:12] for line in forked(
            "export", "accounts", "--program", program, cwd=folder
        ).stdout.splitlines()]
        for program in ("prg_1", "prg_2")
    ]  # fmt: skip
    assert balances[0] == balances[1]
    assert len(balances[0]) == 3


def test_a_reader_may_stop(folder: Path) -> None:
    rows = "".join(f"{n},points,1\n" for n in range(1_500))
    assert take(folder, f"external_id,currency,amount\n{rows}")[0] == 0
    words = (sys.executable, "-m", "stampbook", "export", "lots", "--program", "prg_1")
    with subprocess.Popen(
        words, cwd=folder, env=environment_of(None), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b"external_id")
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


async def test_what_cannot_be_is_2(folder: Path) -> None:
    for words, text in (
        (("lots",), "there is not exactly one program"),
        (("lots", "--program", "prg_9"), "there is no program prg_9"),
        (("points", "--program", "prg_1"), "points is none of members"),
        (("lots", "--program", "prg_1", "--format", "xml"), "--format xml is none of csv, jsonl"),
        (("lots", "--program", "prg_1", "--from", "today"), "--from today is not a date"),
        (("lots", "--program", "prg_1", "-o", "none/lots.csv"), "No such file"),
    ):
        said = forked("export", *words, cwd=folder)
        assert (said.returncode, said.stdout) == (2, ""), said.stderr
        assert text in said.stderr
