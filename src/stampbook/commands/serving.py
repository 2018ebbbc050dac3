"""`serve` and `worker`: the long-running processes."""

import asyncio
import gc
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import anchor_key, in_force, warn_of_variables
from stampbook.commands.terminal import (
    WRONG_USE,
    DatabaseOption,
    WrongUse,
    command,
    explain,
    run,
    say,
)
from stampbook.settings import Settings
from stampbook.storage.address import is_postgres, sqlite_path, without_password
from stampbook.watching import logs
from stampbook.watching.counting import MEMORY
from stampbook.watching.tracing import warn_if_missing

if TYPE_CHECKING:
    from stampbook.console.front.guide import Guide
    from stampbook.edge.pace.buckets import Buckets
    from stampbook.ledger.owners.mailboxes import Mailbox

HostOption = Annotated[str | None, typer.Option("--host", help="The address to listen on.")]
PortOption = Annotated[
    int | None, typer.Option("--port", min=0, max=65_535, help="The port; 0 chooses a free one.")
]


@command
def serve(
    host: HostOption = None,
    port: PortOption = None,
    database: DatabaseOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, max=64, help="Processes; more than 1 requires PostgreSQL."
        ),
    ] = None,
) -> None:
    """Serve the native API and the vendors' APIs, with a background worker.

    Without --database it uses a SQLite file in ./.stampbook/. It creates the schema in an empty
    database. It prints one line when it accepts requests; SIGTERM or Ctrl-C stops it after open
    requests are finished.
    """
    settings = in_force(host=host, port=port, database_url=database, workers=workers).settings
    warn_of_variables()
    check_workers(settings)
    anchor_key(settings)
    with bound_socket(settings) as listening:
        serve_until_stopped(settings, listening, lambda: say(ready_line(settings, listening)))


@command
def worker(database: DatabaseOption = None) -> None:
    """Run only the background worker, for deployments that separate it.

    Every `serve` has a worker of its own; any number of workers can run at once.
    """
    settings = in_force(database_url=database).settings
    anchor_key(settings)
    start_logging(settings)
    from stampbook.wiring import run_worker, stop_on_signals

    def ready() -> None:
        _warn_of_readers(settings)
        say(f"Stampbook works on {without_password(settings.database_url)}")

    async def work() -> None:
        await run_worker(settings, on_ready=ready, stopping=stop_on_signals())

    run(work())


def check_workers(settings: Settings) -> None:
    """Refuse several workers on SQLite, which has one writer. Raises WrongUse."""
    if settings.workers > 1 and not is_postgres(settings.database_url):
        raise WrongUse(
            f"{settings.workers} workers need PostgreSQL: a SQLite file has one writer, so one"
            " process is the fastest. Omit --workers, or use --database postgresql://…"
        )


def bound_socket(settings: Settings) -> socket.socket:
    """The socket of host and port, bound but not yet listening. Raises WrongUse."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a host name"
        raise WrongUse(
            f"cannot listen on {settings.host} port {settings.port} ({reason})."
            " Choose others with --host and --port"
        ) from None
    return bound


def base_url(settings: Settings, listening: socket.socket) -> str:
    """The URL to call. For a server that listens on all addresses, it is the local one."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def ready_line(settings: Settings, listening: socket.socket) -> str:
    place = without_password(settings.database_url)
    return f"Stampbook serves {base_url(settings, listening)} on {place}"


def serve_until_stopped(
    settings: Settings,
    listening: socket.socket,
    on_ready: Callable[[], None],
    *,
    guide: "Guide | None" = None,
) -> None:
    """Serve in this process, or in several child processes of this one. `guide`: of a demo."""
    gc.disable()
    start_logging(settings)
    MEMORY.share(settings.workers)
    _raise_the_file_limit()

    def ready() -> None:
        _warn_of_readers(settings)
        on_ready()

    from stampbook.edge.pace.buckets import Buckets

    buckets = Buckets()
    if settings.workers == 1:
        _serve_one(settings, listening, buckets, sweeps=True, on_ready=ready, guide=guide)
        return
    import stampbook.dialects.table  # noqa: F401 - imported once, before the children share it
    from stampbook.commands.processes import Family, Once
    from stampbook.ledger.owners.mailboxes import Mailboxes
    from stampbook.wiring import create_if_empty

    explaining = Once()
    mailboxes = Mailboxes(settings.workers)

    def child(number: int, life: int, ready: Callable[[], None]) -> int:
        MEMORY.become(number)
        try:
            _serve_one(
                settings,
                listening,
                buckets,
                sweeps=number == 0,
                on_ready=ready,
                life=life,
                mailbox=mailboxes.of(number),
            )
        except Exception as error:
            # What is wrong for one is wrong for all of them: one says it.
            return explain(error) if explaining.take() else WRONG_USE
        return 0

    run(create_if_empty(settings))
    sys.stdout.flush()
    with closing(mailboxes):
        status = Family(settings.workers, child, listening).run(on_ready)
    if status:
        raise typer.Exit(status)


def _raise_the_file_limit() -> None:
    """Raise the soft limit of open files to the hard one: every connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # Some systems report a hard limit that they do not grant; then the soft limit remains.
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _serve_one(
    settings: Settings,
    listening: socket.socket,
    buckets: "Buckets",
    *,
    sweeps: bool,
    on_ready: Callable[[], None],
    life: int | None = None,
    mailbox: "Mailbox | None" = None,
    guide: "Guide | None" = None,
) -> None:
    """Run a server in this process. It stops when the file descriptor `life` reads its end."""
    from stampbook.wiring import run_server, stop_on_signals

    async def work() -> None:
        stopping = stop_on_signals()
        if life is not None:
            asyncio.get_running_loop().add_reader(life, stopping.set)
        await run_server(
            settings,
            listening,
            sweeps=sweeps,
            on_ready=on_ready,
            stopping=stopping,
            buckets=buckets,
            mailbox=mailbox,
            guide=guide,
        )

    run(work())


def start_logging(settings: Settings) -> None:
    """Log to standard error, in the format that the settings name."""
    logs.start(settings.log_level, settings.log_format)
    warn_if_missing()


def _warn_of_readers(settings: Settings) -> None:
    """Log if other users can read the database, once it is known to be one."""
    from stampbook.storage.sqlite.privacy import log_rights_of_others

    if not is_postgres(settings.database_url):
        log_rights_of_others(sqlite_path(settings.database_url))
