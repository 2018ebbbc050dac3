"""People made and changed on the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from stampbook.programs.people import attempts, proving
from stampbook.programs.roles import Role
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.process.running import forked

PASSWORD = "correct horse\n"


def create(folder: Path, login: str, *more: str, password: str = PASSWORD) -> Any:
    return forked("users", "create", "--login", login, *more, cwd=folder, stdin=password)


async def opened(folder: Path) -> Store:
    return await open_store(f"sqlite:{folder}/.stampbook/stampbook.sqlite")


def listed(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(forked("users", "list", "--json", cwd=folder).stdout)
    return found


async def test_a_password_comes_from_input_or_file(folder: Path) -> None:
    asked = ("users", "create", "--login", "Anna@Cafe.example")
    piped = forked(*asked, cwd=folder, stdin=PASSWORD)
    assert (piped.returncode, piped.stdout) == (0, "usr_1\n")
    (folder / "password").write_text("fröhlicher Tag\r\nnot this\n", encoding="utf-8")
    filed = create(folder, "till", "--password-file", "password", "--name", "Till", "--json")
    till = json.loads(filed.stdout)
    assert (till["id"], till["role"], till["name"]) == ("usr_2", "support", "Till")
    store = await opened(folder)
    try:
        anna = await proving.authenticate(
            store, login="anna@cafe.example", password="correct horse"
        )
        assert anna is not None
        assert anna.user.role is Role.ADMIN  # the very first person
        assert (
            await proving.authenticate(store, login="till", password="fröhlicher Tag") is not None
        )
        assert await proving.authenticate(store, login="till", password="not this") is None
    finally:
        await store.close()


async def test_a_user_with_bounds(folder: Path) -> None:
    from stampbook.programs import currencies, programs
    from stampbook.programs.policies import Terms

    store = await opened(folder)
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="A", now=0)
        await currencies.create(writing, program, name="Points", scale=2, terms=Terms(), now=0)
    await store.close()
    made = create(
        folder,
        "boss",
        *("--role", "manager", "--program", "prg_1"),
        *("--limit", "cur_1=500/2000.50", "--json"),
    )
    boss = json.loads(made.stdout)
    assert (boss["role"], boss["program_ids"]) == ("manager", ["prg_1"])
    assert boss["limits"] == [
        {"currency_id": "cur_1", "per_transaction": "500.00", "per_day": "2000.50"}
    ]
    for more, status, text in (
        (("--program", "prg_7"), 1, "there is no program prg_7"),
        (("--limit", "cur_7=1"), 1, "there is no currency cur_7"),
        (("--limit", "cur_1"), 2, "CUR=AMOUNT"),
        (("--limit", "cur_1=1.001"), 2, "cur_1=1.001"),
        (("--limit", "cur_1=-1"), 2, "limits"),
        (("--role", "owner"), 2, "role must be one of"),
    ):
        ended = create(folder, "other", *more)
        assert (ended.returncode, ended.stdout) == (status, ""), ended.stderr
        assert text in ended.stderr
    assert [each["login"] for each in listed(folder)] == ["boss"]


def test_users_that_cannot_be_made(folder: Path) -> None:
    assert create(folder, "anna").returncode == 0
    taken = create(folder, "ANNA")
    assert taken.returncode == 1
    assert "taken" in taken.stderr
    assert create(folder, "bert", password="").returncode == 2
    assert create(folder, "bert", password="too short").returncode == 2
    assert create(folder, "bert.example", password="Bert.Example").returncode == 2
    assert create(folder, " ").returncode == 2
    missing = create(folder, "bert", "--password-file", "none")
    assert missing.returncode == 2
    assert "password" in missing.stderr


def test_changing_people(folder: Path) -> None:
    for login in ("anna", "berta"):
        assert create(folder, login).returncode == 0

    def change(what: str, *more: str, login: str = "Anna") -> subprocess.CompletedProcess[str]:
        stdin = "battery staple" if what == "passwd" else ""
        return forked("users", what, "--login", login, *more, cwd=folder, stdin=stdin)

    for what, more in (
        ("disable", ()),
        ("role", ("--role", "support")),
    ):
        refused = change(what, *more)
        assert refused.returncode == 1
        assert "last_admin" in refused.stderr
    assert change("role", "--role", "admin", login="berta").returncode == 0
    assert json.loads(change("disable", "--json").stdout)["status"] == "disabled"
    assert [each["status"] for each in listed(folder)] == ["disabled", "active"]
    assert change("enable").returncode == 0
    assert change("passwd").returncode == 0
    assert change("unlock").returncode == 0
    assert change("role", "--role", "owner").returncode == 2
    for what in ("passwd", "disable", "enable", "unlock"):
        unknown = change(what, login="nobody")
        assert unknown.returncode == 1
        assert "there is no user nobody" in unknown.stderr
    assert change("role", "--role", "viewer", login="nobody").returncode == 1
    weak = forked("users", "passwd", "--login", "anna", cwd=folder, stdin="short")
    assert weak.returncode == 2
    assert "anna" in forked("users", "list", cwd=folder).stdout


async def test_unlocking(folder: Path) -> None:
    assert create(folder, "anna").returncode == 0
    store = await opened(folder)
    try:
        for _ in range(attempts.FREE):
            async with store.transaction() as writing:
                await attempts.begin(writing, login="anna", address="a", now=10**18)
        assert await attempts.locks_of(store, ["anna"], now=0) != {}
        ended = forked("users", "unlock", "--login", "ANNA", cwd=folder)
        assert ended.returncode == 0
        assert await attempts.locks_of(store, ["anna"], now=0) == {}
    finally:
        await store.close()


async def test_a_new_password_is_the_only_one(folder: Path) -> None:
    assert create(folder, "anna").returncode == 0
    changed = forked("users", "passwd", "--login", "anna", cwd=folder, stdin="battery staple\n")
    assert changed.returncode == 0
    store = await opened(folder)
    try:
        for password, right in (("battery staple", True), ("correct horse", False)):
            known = await proving.authenticate(store, login="anna", password=password)
            assert (known is not None) == right
    finally:
        await store.close()
