"""What cannot be used ends every command with status 2 and one line that says what to do."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stampbook.storage.migrating import migrate
from tests.process.running import commands

SERVE = ("serve", "--port", "0")
KEYS = ("keys", "list")
MIGRATE = ("migrate",)
COMMANDS: Sequence[Sequence[str]] = (
    SERVE,
    MIGRATE,
    KEYS,
    ("migrate", "--check"),
    ("worker",),
    ("verify",),
    ("keys", "create", "--name", "till", "--scope", "read"),
    ("keys", "revoke", "key_1"),
    ("users", "create", "--login", "anna"),
    ("demo", "--port", "0"),
)
FEW = COMMANDS[:3]


def lines_of(
    commands_asked: Sequence[Sequence[str]], folder: Path, url: str | None = None
) -> list[str]:
    """The one line in which each of the commands ends with status 2."""
    place = () if url is None else ("--database", url)
    asked = [(*words, *place) for words in commands_asked]
    lines = []
    for ended in commands(*asked, cwd=folder, stdin="password\n"):
        assert ended.returncode == 2, ended
        assert ended.stdout == ""
        (line,) = ended.stderr.splitlines()
        assert line.startswith("stampbook: "), line
        lines.append(line)
    return lines


def with_parts(url: str, *, user: str = "stampbook", port: int | None = None) -> str:
    parts = urlsplit(url)
    place = f"{user}:geheim@{parts.hostname}:{port or parts.port}"
    return parts._replace(netloc=place).geturl()


@pytest.mark.postgres
def test_a_wrong_password(durable_database: str, tmp_path: Path) -> None:
    for line in lines_of(COMMANDS, tmp_path, with_parts(durable_database)):
        assert "correct user and password in the address" in line
        assert "geheim" not in line


@pytest.mark.postgres
def test_an_unknown_role(durable_database: str, tmp_path: Path) -> None:
    for line in lines_of(FEW, tmp_path, with_parts(durable_database, user="nobody")):
        assert "nobody" in line
        assert "correct user and password in the address" in line


def test_no_server(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        port = taken.getsockname()[1]
        address = f"postgresql://anna:geheim@127.0.0.1:{port}/points"
        for line in lines_of(COMMANDS, tmp_path, address):
            assert "start it, or correct the address" in line
            assert "geheim" not in line


def test_an_address_that_leads_nowhere(tmp_path: Path) -> None:
    addresses = (
        "postgresql://anna@nowhere.invalid/points",
        "postgresql://anna@127.0.0.1/points?sslmode=loud",
        "postgresql://anna:ge/heim@127.0.0.1/points",
        "postgresql://anna@[::1/points",
        "postgresql://anna@127.0.0.1:many/points",
    )
    for line in lines_of([(*MIGRATE, "--database", each) for each in addresses], tmp_path):
        assert "address" in line or "write postgresql://" in line
        assert "heim" not in line


def test_no_sqlite_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n" * 100, encoding="utf-8")
    for line in lines_of(COMMANDS, tmp_path, f"sqlite:{tmp_path}/notes.txt"):
        assert "is not a SQLite file" in line


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    for line in lines_of(FEW, tmp_path, str(tmp_path)):
        assert "is a folder: name a file in it" in line


def test_a_damaged_file(tmp_path: Path) -> None:
    file = tmp_path / "points.sqlite"
    migrate(f"sqlite:{file}")
    os.truncate(file, 100_000)
    for line in lines_of(FEW, tmp_path, f"sqlite:{file}"):
        assert "restore it from a backup" in line


@pytest.mark.parametrize("place", ["/proc/points.sqlite", "/proc/none/points.sqlite"])
def test_a_place_where_nothing_can_be_made(tmp_path: Path, place: str) -> None:
    for line in lines_of((SERVE, MIGRATE, ("demo", "--port", "0")), tmp_path, place):
        assert "name another place with --database" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "data" / "points.sqlite"
    migrate(f"sqlite:{file}")
    file.chmod(0o400)
    file.parent.chmod(0o500)
    for line in lines_of(FEW, tmp_path, f"sqlite:{file}"):
        assert "must be able to" in line
    file.parent.chmod(0o700)


REFUSED: Sequence[tuple[Sequence[str], str]] = (
    (("serve", "--port", "70000"), "--port"),
    (("serve", "--workers", "many"), "--workers"),
    (("serve", "--workers", "2"), "need PostgreSQL"),
    (("serve", "--host", "a..b"), "cannot listen on a..b"),
    (("serve", "--host", "192.0.2.1"), "cannot listen on 192.0.2.1"),
    (("serve", "--loud"), "--loud"),
    (("serve", "--database"), "--database"),
    (("sreve",), "sreve"),
    (("keys", "create", "--name", "till"), "--scope"),
    (("keys", "create", "--name", "till", "--scope", "read", "--database", "x:y"), "x:"),
    (("users", "create", "--login", "a", "--password-file", "/none"), "/none"),
)


def test_a_setting_that_is_refused(tmp_path: Path) -> None:
    lines = lines_of([asked for asked, _ in REFUSED], tmp_path)
    for (_, what), line in zip(REFUSED, lines, strict=True):
        assert what in line


@pytest.mark.parametrize(
    "content", ["port = 70000", "log_level = 'loud'", "prot = 1", "port 1", "\x00"]
)
def test_a_file_of_settings_that_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "stampbook.toml").write_text(content, encoding="utf-8")
    for line in lines_of((("serve",), ("settings",)), tmp_path):
        assert "stampbook.toml" in line


def test_a_folder_in_the_place_of_settings(tmp_path: Path) -> None:
    (tmp_path / "stampbook.toml").mkdir()
    (line,) = lines_of([("settings",)], tmp_path)
    assert "cannot read stampbook.toml" in line
