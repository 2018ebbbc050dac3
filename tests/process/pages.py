"""Follows a page like a reader with a terminal. CONTRIBUTING.md describes the notation.

All blocks of a page that are marked `sh` are run in one shell with an empty home folder. The
`python` blocks of the page are run after them, as one program, in the same place.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from tests.process.forking import environment_of
from tests.process.running import forking

TIMEOUT_S = 90.0
OUTPUTS = ("json", "text", "xml")
CURLRC = 'fail-with-body\nwrite-out = "\\n"\n'
"""A status of 400 or more is a failure, and each answer is on a line of its own."""

DATABASE = "postgresql://stampbook:secret@127.0.0.1:5432/stampbook"
"""The reader's PostgreSQL database on every page."""

CLIENT = Path(__file__).parents[2] / "clients" / "python" / "src"
"""The Python client, which the reader has installed."""

EXAMPLES = Path(__file__).parents[2] / "examples"

MARK = "=== end of a block ==="

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*")


class Block(NamedTuple):
    """A fenced block. `shown` is its output according to the page: the block after it."""

    language: str
    text: str
    shown: str


def blocks_of(page: str) -> list[Block]:
    """The blocks to run. A block of output right after a block is what that block prints."""
    found = list(_BLOCK.finditer(page))
    blocks = []
    for here, after in zip(found, [*found[1:], None], strict=False):
        shown = ""
        if after and after[1] in OUTPUTS and not page[here.end() : after.start()].strip():
            shown = after[2]
        if here[1] in ("sh", "python"):
            blocks.append(Block(here[1], here[2], shown))
    return blocks


def uses_postgres(page: str) -> bool:
    """Whether a block to run names the reader's PostgreSQL database."""
    return any(DATABASE in block.text for block in blocks_of(page))


def follow(page: str, home: Path, *, database: str = DATABASE) -> None:
    """Do what the page says. Raises AssertionError if a command fails or prints something else.

    Only the port is changed, because other tests may use the port on the page, and the address of
    the reader's PostgreSQL database, which is `database` here.
    """
    page = page.replace(DATABASE, database)
    blocks = blocks_of(page)
    shell = [block for block in blocks if block.language == "sh"]
    python = [block for block in blocks if block.language == "python"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    lines = ["set -eo pipefail"]
    for block in shell:
        lines += [block.text, f"echo; echo '{MARK}'"]
    if python:
        program = "\n".join(block.text for block in python).replace(":8000", f":{port}")
        (home / "page.py").write_text(program, "utf-8")
        lines.append("python3 page.py")
    output = _run("\n".join(lines).replace(":8000", f":{port}"), home, port).split(MARK)
    for block, printed in zip(shell, output, strict=False):
        _compare(block.shown, printed)
    _compare("".join(block.shown for block in python), output[-1])


def _run(script: str, home: Path, port: str) -> str:
    """The output of bash. All processes that the script started end with it; those of Stampbook
    are forked."""
    (home / ".curlrc").write_text(CURLRC, "ascii")
    bash = shutil.which("bash")
    assert bash is not None
    environment = environment_of(
        {
            "HOME": str(home),
            "STAMPBOOK_PORT": port,
            "PYTHONPATH": str(CLIENT),
            "EXAMPLES": str(EXAMPLES),
        }
    )
    found = (str(forking().programs), str(Path(sys.executable).parent), environment["PATH"])
    environment["PATH"] = os.pathsep.join(found)
    del environment["PYTHONWARNINGS"]
    with (home / "output").open("w+") as output, (home / "errors").open("w+") as errors:
        process = subprocess.Popen(
            [bash, "-c", script],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            status = process.wait(TIMEOUT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        printed = (home / "output").read_text("utf-8")
        assert status == 0, f"{printed}\n{(home / 'errors').read_text('utf-8')}"
    lines = printed.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Stampbook serves http"))


def _compare(shown: str, printed: str) -> None:
    """Check that the page shows what was printed. `…` matches anything, and instants may differ."""
    if not shown:
        return
    if shown.lstrip().startswith(("{", "[")):
        last = _last_document(printed)
        assert fits(json.loads(shown), last), f"shown: {shown}\nprinted: {last}"
    else:
        wanted, found = shown.strip().splitlines(), printed.strip().splitlines()
        assert len(wanted) == len(found), printed
        for one, other in zip(wanted, found, strict=True):
            assert _text_fits(one, other), f"shown: {one}\nprinted: {other}"


def _last_document(printed: str) -> Any:
    """The JSON document at the end of the output."""
    lines = printed.strip().splitlines()
    for start in reversed(range(len(lines))):
        with suppress(json.JSONDecodeError):
            return json.loads("\n".join(lines[start:]))
    raise AssertionError(f"no JSON was printed last: {printed}")


def fits(shown: Any, printed: Any) -> bool:
    """Whether the fields and values are the same, in the same order, except instants and `…`."""
    if isinstance(shown, dict) and isinstance(printed, dict):
        return list(shown) == list(printed) and all(
            fits(shown[name], printed[name]) for name in shown
        )
    if isinstance(shown, list) and isinstance(printed, list):
        return len(shown) == len(printed) and all(map(fits, shown, printed))
    if isinstance(shown, str) and isinstance(printed, str):
        return _text_fits(shown, printed)
    return type(shown) is type(printed) and bool(shown == printed)


def _text_fits(shown: str, printed: str) -> bool:
    if _INSTANT.fullmatch(shown) and _INSTANT.fullmatch(printed):
        return True
    pattern = re.sub(r"([\[*?])", r"[\1]", shown).replace("…", "*")
    return fnmatchcase(printed, pattern)
