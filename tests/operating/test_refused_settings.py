"""Ports and settings that cannot be used end every command with status 2 and one line."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.operating.lines import (
    ALL,
    DEMO,
    LINE,
    MIGRATE,
    SERVE,
    lines_of,
)
from tests.process.forking import Forking
from tests.process.running import Running

LOW_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def test_a_port_that_is_taken(forking: Forking, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        asked = [("serve", "--port", port), ("demo", "--port", port)]
        for line in lines_of(forking, asked, tmp_path):
            assert "Address already in use" in line
            assert "Choose others with --host and --port" in line


@pytest.mark.skipif(
    not LOW_PORTS.exists() or int(LOW_PORTS.read_text()) <= 81, reason="no port is forbidden here"
)
def test_a_port_that_is_forbidden(restricted: Forking, tmp_path: Path) -> None:
    for line in lines_of(
        restricted, [("serve", "--port", "81"), ("demo", "--port", "81")], tmp_path
    ):
        assert "Permission denied" in line


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
    (("bench", "--scenario", "loud"), "loud"),
    (("bench", "--database", "sqlite:a"), "--sqlite"),
)


def test_what_is_refused(forking: Forking, tmp_path: Path) -> None:
    lines = lines_of(forking, [asked for asked, _ in REFUSED], tmp_path)
    for (_, what), line in zip(REFUSED, lines, strict=True):
        assert what in line


@pytest.mark.parametrize(
    "content", ["drain_s = 70000", "log_level = 'loud'", "prot = 1", "port 1", "\x00"]
)
def test_a_file_of_settings_that_is_refused(content: str, forking: Forking, tmp_path: Path) -> None:
    (tmp_path / "stampbook.toml").write_text(content, encoding="utf-8")
    for line in lines_of(forking, (*ALL, ("settings",)), tmp_path):
        assert "stampbook.toml" in line


def test_a_folder_in_the_place_of_settings(forking: Forking, tmp_path: Path) -> None:
    (tmp_path / "stampbook.toml").mkdir()
    (line,) = lines_of(forking, [("settings",)], tmp_path)
    assert "cannot read stampbook.toml" in line


def test_a_variable_that_is_refused(forking: Forking, tmp_path: Path) -> None:
    for words in (*ALL, ("settings",)):
        ended = forking.command(*words, cwd=tmp_path, environment={"STAMPBOOK_DRAIN_S": "soon"})
        assert ended.returncode == 2
        assert ended.stderr.startswith("stampbook: drain_s (STAMPBOOK_DRAIN_S) must be a number")
        assert ended.stderr.endswith(". Correct STAMPBOOK_DRAIN_S.\n")


def test_a_key_of_anchors_that_cannot_be_read(forking: Forking, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("secret\n", encoding="utf-8")
    for file, what in (("none", "No such file"), ("short", "must have at least 16 bytes")):
        (tmp_path / "stampbook.toml").write_text(f"anchor_key_file = '{file}'", encoding="utf-8")
        asked = [SERVE, DEMO, ("worker",), ("anchor",)]
        for line in lines_of(forking, asked, tmp_path):
            assert f"anchor_key_file {file}" in line
            assert what in line
    assert not (tmp_path / ".stampbook").exists()


def test_a_variable_that_is_unknown_is_one_warning(forking: Forking, tmp_path: Path) -> None:
    environment = {"STAMPBOOK_PROT": "1", "STAMPBOOK_DATABSE_URL": "x"}
    warning = (
        "stampbook: warning: STAMPBOOK_DATABSE_URL, STAMPBOOK_PROT are not settings."
        " See `stampbook settings`.\n"
    )
    ended = forking.command("settings", cwd=tmp_path, environment=environment)
    assert (ended.returncode, ended.stderr) == (0, warning)
    with Running(*SERVE, cwd=tmp_path, environment=environment) as serving:
        serving.wait_until_ready()
        assert serving.stop() == 0
        assert serving.errors == warning


def test_the_traceback_is_shown_to_those_who_debug(forking: Forking, tmp_path: Path) -> None:
    environment = {"STAMPBOOK_LOG_LEVEL": "debug"}
    for words in (MIGRATE, SERVE, DEMO):
        ended = forking.command(
            *words, "--database", "/proc/points.sqlite", cwd=tmp_path, environment=environment
        )
        assert ended.returncode == 2
        line, *rest = ended.stderr.splitlines()
        assert LINE.fullmatch(line)
        assert rest[0] == "Traceback (most recent call last):"


def test_every_command_has_a_page_of_help(forking: Forking, tmp_path: Path) -> None:
    others = (("bench",), ("restore",), ("doctor",), ("settings",), ("keys",), ("users",), ())
    for words in (*ALL, *others):
        short = forking.command(*words, "-h", cwd=tmp_path)
        long = forking.command(*words, "--help", cwd=tmp_path)
        assert (short.returncode, short.stdout) == (0, long.stdout)
        assert "Usage: stampbook" in short.stdout
