"""What cannot be used ends every command with status 2 and one line: `stampbook: WHAT. DO THIS.`"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.migrating import migrate
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.operating.fake_postgres import answering, broken_tls, old_server
from tests.operating.lines import (
    ALL,
    CHECK,
    CONNECTING,
    CREATING,
    MIGRATE,
    OPENING,
    PASSWORD,
    WRITING,
    lines_of,
)
from tests.process.forking import Forking


class Case(NamedTuple):
    """Commands that end in the same way, on one database, and what their lines say."""

    database: str
    commands: Sequence[Sequence[str]]
    said: str


# -- PostgreSQL --------------------------------------------------------------------

DATABASES = ("tls", "migrated", "older", "newer", "foreign", "fixed", "full", "empty")
HBA = (
    "hostssl tls all all password",
    "host trusting all all trust",
    f"host postgres,template1,none,{','.join(DATABASES[1:])} all all password",
)
SETTING_UP = f"""
    CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
    ALTER DATABASE fixed SET default_transaction_read_only = on
"""
FILLING_UP = """
    CREATE FUNCTION fill() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
    CREATE EVENT TRIGGER filling ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
    EXECUTE FUNCTION fill()
"""


def run_sql(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    run_apart(run())


@pytest.fixture(scope="module")
def server() -> Iterator[TemporaryPostgres]:
    """A cluster without TLS, which admits only encrypted connections to the database `tls`.

    The role `reader` may log in, and do nothing else.
    """
    with TemporaryPostgres(durable=False) as running:
        running.create_database("migrated")
        migrate(running.database_url("migrated"))
        for name in ("older", "newer", "fixed"):
            running.create_database(name, template="migrated")
        for name in ("tls", "foreign", "full", "empty"):
            running.create_database(name)
        last = "(SELECT max(version) FROM schema_migrations)"
        run_sql(
            running.database_url("older"),
            f"DELETE FROM schema_migrations WHERE version = {last}",
        )
        run_sql(
            running.database_url("newer"),
            "INSERT INTO schema_migrations (version) VALUES ('29990101000000')",
        )
        run_sql(running.database_url("foreign"), "CREATE TABLE songs (title text)")
        run_sql(running.database_url("full"), FILLING_UP)
        lines = ", ".join(f"('{line}')" for line in HBA)
        writing = f"EXECUTE format('COPY (VALUES {lines.replace(chr(39), chr(39) * 2)}) TO %L',"
        run_sql(
            running.url,
            SETTING_UP,
            f"DO $$ BEGIN {writing} current_setting('hba_file')); END $$",
            "SELECT pg_reload_conf()",
        )
        yield running


@pytest.fixture(scope="module")
def kept(
    server: TemporaryPostgres, forking: Forking, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A backup of a database on the server."""
    file = tmp_path_factory.mktemp("kept") / "points.backup"
    url = server.database_url("migrated")
    ended = forking.command("backup", str(file), "--database", url, cwd=file.parent)
    assert ended.returncode == 0, ended
    return file


def address(server: TemporaryPostgres, database: str) -> str:
    """The address that a case writes as `database`, `user:password@database` or `…?parameters`."""
    login, _, name = database.rpartition("@")
    url = server.database_url(name)
    if login:
        parts = urlsplit(url)
        url = parts._replace(netloc=f"{login}@{parts.hostname}:{parts.port}").geturl()
    return url


ON_POSTGRES = {
    "wrong password": Case(
        f"stampbook:{PASSWORD}@migrated", CONNECTING, "Correct user and password in the address"
    ),
    "missing password": Case(
        "stampbook@migrated", CONNECTING, "Correct user and password in the address"
    ),
    "no such role": Case(
        f"nobody:{PASSWORD}@migrated", CONNECTING, "Correct user and password in the address"
    ),
    "no such role, trusted": Case("nobody@trusting", CONNECTING, "Correct the user in the address"),
    "no such database": Case("none", OPENING[1:], "Run `stampbook migrate`"),
    "no such database, and no right to make it": Case(
        f"reader:{PASSWORD}@none", CREATING, "Give the user that right"
    ),
    "TLS needed": Case("tls", CONNECTING, "add ?sslmode=require to the address"),
    "TLS wanted": Case("migrated?sslmode=require", CONNECTING, "remove sslmode from the address"),
    "no right to read": Case(f"reader:{PASSWORD}@migrated", CONNECTING, "Give the user that right"),
    "no right to make tables": Case(
        f"reader:{PASSWORD}@empty", CREATING, "Give the user that right"
    ),
    "older schema": Case("older", OPENING, "stampbook migrate"),
    "newer schema": Case("newer", (*OPENING, MIGRATE, CHECK), "Run that version"),
    "another program's": Case("foreign", (*OPENING, MIGRATE, CHECK), "a database of its own"),
    "empty": Case("empty", OPENING[1:], "Run `stampbook migrate`"),
    "read-only": Case("fixed", WRITING, "Name the primary server, not a standby"),
    "disk full": Case("full", CREATING, "Make room"),
}


@pytest.mark.postgres
@pytest.mark.parametrize("name", ON_POSTGRES)
def test_a_server_that_cannot_be_used(
    name: str, server: TemporaryPostgres, kept: Path, forking: Forking, tmp_path: Path
) -> None:
    case = ON_POSTGRES[name]
    asked = list(case.commands)
    if case.commands is CREATING or case.commands is CONNECTING:
        asked.append(("restore", str(kept)))
    for line in lines_of(forking, asked, tmp_path, address(server, case.database)):
        assert case.said in line


def test_no_server(forking: Forking, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        url = f"postgresql://anna:{PASSWORD}@127.0.0.1:{taken.getsockname()[1]}/points"
        for line in lines_of(forking, CONNECTING, tmp_path, url):
            assert "Start it, or correct the address" in line


def test_an_unknown_host(forking: Forking, tmp_path: Path) -> None:
    for line in lines_of(forking, CONNECTING, tmp_path, "postgresql://anna@nowhere.invalid/points"):
        assert "the host is not known" in line


def test_a_server_that_is_too_old(forking: Forking, tmp_path: Path) -> None:
    with answering(old_server) as url:
        for line in lines_of(forking, CONNECTING, tmp_path, url):
            assert "is PostgreSQL 14. Upgrade it to version 15 or newer" in line


def test_a_server_whose_encryption_fails(forking: Forking, tmp_path: Path) -> None:
    with answering(broken_tls) as url:
        for line in lines_of(forking, CONNECTING, tmp_path, f"{url}?sslmode=require"):
            assert "Correct the server's certificate" in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna@127.0.0.1/points?sslmode=loud",
        "postgresql://anna:gehe/im@127.0.0.1/points",
        "postgresql://anna@[::1/points",
        "postgresql://anna@127.0.0.1:many/points",
    ],
)
def test_an_address_that_leads_nowhere(url: str, forking: Forking, tmp_path: Path) -> None:
    (line,) = lines_of(forking, [MIGRATE], tmp_path, url)
    assert "address" in line or "Write postgresql://" in line
    assert "gehe" not in line


# -- SQLite ------------------------------------------------------------------------


def older(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "DELETE FROM schema_migrations WHERE version ="
            " (SELECT max(version) FROM schema_migrations)"
        )


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations (version) VALUES ('29990101000000')")


def damaged(file: Path) -> None:
    os.truncate(file, 100_000)


def text(file: Path) -> None:
    file.write_text("buy milk\n" * 100, encoding="utf-8")


def folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


FILES = {
    "no SQLite file": (text, ALL, "is not a SQLite file"),
    "a folder": (folder, ALL, "is a folder. Name a file in it"),
    "damaged": (damaged, OPENING, "Restore it from a backup"),
    "older schema": (older, OPENING, "stampbook migrate"),
    "newer schema": (newer, (*OPENING, MIGRATE, CHECK), "Run that version"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_used(
    name: str, forking: Forking, sqlite_template: Path, tmp_path: Path
) -> None:
    file = shutil.copyfile(sqlite_template, tmp_path / "points.sqlite")
    change, asked, said = FILES[name]
    change(file)
    for line in lines_of(forking, asked, tmp_path, f"sqlite:{file}"):
        assert said in line


def test_a_missing_file(forking: Forking, tmp_path: Path) -> None:
    for line in lines_of(forking, OPENING[1:], tmp_path):
        assert "does not exist. Run `stampbook migrate`" in line
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_not_made(forking: Forking, tmp_path: Path) -> None:
    for line in lines_of(forking, ALL[:-1], tmp_path, "sqlite:data/points.sqlite"):
        assert "data" in line
        assert "stampbook migrate" in line or "Make it, or name another place" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["/proc/points.sqlite", "/proc/.stampbook/points.sqlite"])
def test_a_place_where_nothing_can_be_made(place: str, forking: Forking, tmp_path: Path) -> None:
    for line in lines_of(forking, CREATING, tmp_path, place):
        assert "Name another place with --database" in line


def test_a_working_folder_that_cannot_be_written(restricted: Forking, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for line in lines_of(restricted, CREATING, tmp_path):
        assert "ame another place" in line
    tmp_path.chmod(0o700)


def test_a_file_that_cannot_be_written(restricted: Forking, tmp_path: Path) -> None:
    file = tmp_path / "points.sqlite"
    migrate(f"sqlite:{file}")
    file.chmod(0o400)
    for line in lines_of(restricted, OPENING, tmp_path, f"sqlite:{file}"):
        assert "Give this user the right to" in line
    file.chmod(0o000)
    for line in lines_of(restricted, ALL, tmp_path, f"sqlite:{file}"):
        assert "Give this user the right to" in line


def test_a_full_disk(cramped: Forking, tmp_path: Path) -> None:
    for line in lines_of(cramped, CREATING, tmp_path):
        assert "has no room to grow" in line


@pytest.mark.postgres
def test_processes_that_cannot_start_say_it_once(
    server: TemporaryPostgres, forking: Forking, tmp_path: Path
) -> None:
    asked = [("serve", "--port", "0", "--workers", "3")]
    (line,) = lines_of(forking, asked, tmp_path, server.database_url("fixed"))
    assert "Name the primary server" in line
