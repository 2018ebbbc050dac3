"""Keys and users created on the command line, and what they give access to."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.process.running import command, forked


def commands(*asked: Sequence[str], cwd: Path) -> list[subprocess.CompletedProcess[str]]:
    """Several commands, one after the other."""
    return [forked(*each, cwd=cwd) for each in asked]


def test_a_key_is_made_listed_and_revoked(folder: Path) -> None:
    made = forked(
        *("keys", "create", "--name", "till", "--scope", "read", "--scope", "ledger:write"),
        "--json",
        cwd=folder,
    )
    key = json.loads(made.stdout)
    assert made.returncode == 0
    assert key["secret"].startswith("sbk_")
    assert key["scopes"] == ["ledger:write", "read"]
    listed = forked("keys", "list", "--json", cwd=folder)
    del key["secret"]
    assert json.loads(listed.stdout) == [key]
    revoked = forked("keys", "revoke", key["id"], cwd=folder)
    assert revoked.returncode == 0
    (after,) = json.loads(forked("keys", "list", "--json", cwd=folder).stdout)
    assert after["revoked_at"] is not None
    assert "till" in forked("keys", "list", cwd=folder).stdout


def test_only_the_secret_goes_to_standard_output(folder: Path) -> None:
    made = command("keys", "create", "--name", "till", "--scope", "admin", cwd=folder)
    assert made.stdout.startswith("sbk_")
    assert made.stdout.count("\n") == 1
    assert "not shown again" in made.stderr


def test_a_key_cannot_be_made_for_what_does_not_exist(folder: Path) -> None:
    asked = ("keys", "create", "--name", "till", "--scope", "read", "--program")
    for program in ("prg_5", "nonsense"):
        ended = forked(*asked, program, cwd=folder)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert f"there is no program {program}" in ended.stderr
    unknown = forked("keys", "create", "--name", "till", "--scope", "everything", cwd=folder)
    assert unknown.returncode == 2
    assert forked("keys", "revoke", "key_77", cwd=folder).returncode == 1
    assert forked("keys", "create", "--name", "till", cwd=folder).returncode == 2


def test_migrate_says_what_it_did_and_would_do(tmp_path: Path) -> None:
    checked = forked("migrate", "--check", "--json", cwd=tmp_path)
    assert checked.returncode == 1
    pending = json.loads(checked.stdout)["pending"]
    assert pending
    applied = forked("migrate", "--json", cwd=tmp_path)
    assert (applied.returncode, json.loads(applied.stdout)) == (0, {"applied": pending})
    again = forked("migrate", "--check", cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "the schema is up to date\n")
    assert json.loads(forked("migrate", "--json", cwd=tmp_path).stdout) == {"applied": []}


def test_every_command_explains_itself(tmp_path: Path) -> None:
    names = ("serve", "demo", "worker", "migrate", "verify", "settings", "keys", "users")
    shown = command("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for name in names:
        assert name in shown.stdout
    assert command("--version", cwd=tmp_path).stdout.startswith("stampbook ")
    assert command("frobnicate", cwd=tmp_path).returncode == 2


def test_paragraphs_of_help_fill_their_lines(tmp_path: Path) -> None:
    """The line breaks of a docstring are not those of the page."""
    shown = forked("verify", "--help", cwd=tmp_path).stdout
    assert "Servers can keep running. The status is 1 if anything is wrong." in shown


def test_a_key_with_bounds(folder: Path) -> None:
    made, dated = commands(
        (
            *("keys", "create", "--name", "till", "--scope", "metrics", "--json"),
            *("--rate-limit", "60", "--expires", "2099-12-30"),
            *("--addresses", "198.51.100.0/24", "--addresses", "::1"),
        ),
        (
            *("keys", "create", "--name", "till", "--scope", "read", "--json"),
            *("--expires", "2099-12-31T10:00:00+02:00"),
        ),
        cwd=folder,
    )
    key = json.loads(made.stdout)
    assert key["expires_at"] == "2099-12-31T00:00:00Z"
    assert (key["rate_limit"], key["addresses"]) == (60, ["198.51.100.0/24", "::1/128"])
    assert key["prefix"] == key["secret"][:8]
    assert json.loads(dated.stdout)["expires_at"] == "2099-12-31T08:00:00Z"


@pytest.mark.parametrize(
    "wrong",
    [
        ("--name", ""),
        ("--name", " "),
        ("--name", "x" * 256),
        ("--name", "till", "--expires", "tomorrow"),
        ("--name", "till", "--expires", "2020-01-01"),
        ("--name", "till", "--rate-limit", "-1"),
        ("--name", "till", "--addresses", "198.51.100.7/24"),
    ],
)
def test_a_key_that_cannot_be_made(folder: Path, wrong: tuple[str, ...]) -> None:
    ended = forked("keys", "create", "--scope", "read", *wrong, cwd=folder)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("stampbook: ")


async def test_a_key_is_rotated(folder: Path) -> None:
    made = json.loads(
        forked("keys", "create", "--name", "till", "--scope", "read", "--json", cwd=folder).stdout
    )
    plain, as_json, wrong, unknown, revoked, again = commands(
        ("keys", "rotate", made["id"]),
        ("keys", "rotate", made["id"], "--overlap", "0", "--json"),
        ("keys", "rotate", made["id"], "--overlap", "8d"),
        ("keys", "rotate", "key_77"),
        ("keys", "revoke", made["id"], "--json"),
        ("keys", "rotate", made["id"]),
        cwd=folder,
    )
    assert (plain.returncode, plain.stdout.count("\n")) == (0, 1)
    assert plain.stdout.startswith("sbk_")
    rotated = json.loads(as_json.stdout)
    secrets = {made["secret"], plain.stdout.strip(), rotated["secret"]}
    assert len(secrets) == 3
    assert rotated["prefix"] == rotated["secret"][:8]
    assert rotated["old_secret_until"] is not None
    assert (wrong.returncode, unknown.returncode, again.returncode) == (2, 1, 1)
    shown = json.loads(revoked.stdout)
    assert (revoked.returncode, shown["id"]) == (0, made["id"])
    assert shown["revoked_at"] is not None
    assert "secret" not in shown


def test_the_last_admin_key_is_not_revoked(folder: Path) -> None:
    admin = ("keys", "create", "--scope", "admin", "--name")
    _, refused, _, done = commands(
        (*admin, "office"),
        ("keys", "revoke", "key_1"),
        (*admin, "other"),
        ("keys", "revoke", "key_1"),
        cwd=folder,
    )
    assert refused.returncode == 1
    assert "last_admin" in refused.stderr
    assert done.returncode == 0
