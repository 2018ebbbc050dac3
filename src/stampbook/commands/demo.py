"""`demo`: a server with sample data, to try things out."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import anchor_key, in_force
from stampbook.commands.serving import PortOption, base_url, bound_socket, serve_until_stopped
from stampbook.commands.terminal import WrongUse, command, run, say
from stampbook.settings import Settings
from stampbook.storage.address import DATA_FOLDER, without_password

if TYPE_CHECKING:
    from stampbook.console.front.guide import Guide
    from stampbook.demonstration.facts import Facts

LOOPBACK = "127.0.0.0/8,::1/128"
"""Webhooks of a demo may be sent to this machine."""

_DEMO_FILE = re.compile(r"demo-([0-9]+)\.sqlite(-wal|-shm)?")


@command
def demo(
    port: PortOption = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="An empty database to fill and keep."),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="Write all ids and secrets to this file, as JSON."
        ),
    ] = None,
) -> None:
    """Serve a demo: a chain of coffee houses, and three requests to paste.

    Its database is a file in ./.stampbook/ that is removed at the end.
    """
    found = in_force(
        port=port,
        database_url=database,
        workers=1,
        host="127.0.0.1",
        webhook_allow=LOOPBACK,
    ).settings
    anchor_key(found)
    with _demo_database(database) as url:
        settings = replace(found, database_url=url, replica_url="")
        with bound_socket(settings) as listening:
            facts, guide = run(_fill(settings, base_url(settings, listening)))
            serve_until_stopped(
                settings, listening, lambda: _present(facts, json_file), guide=guide
            )


@contextmanager
def _demo_database(given: str | None) -> Iterator[str]:
    """The address of an empty database: the given one, or a file that lasts as long as the demo."""
    if given is not None:
        from stampbook.storage.migrating import is_empty

        if not is_empty(given):
            raise WrongUse(f"{without_password(given)} is not empty. Name an empty database")
        yield given
        return
    folder = Path.cwd() / DATA_FOLDER
    _remove_demos(folder, lambda pid: not _is_alive(pid))
    try:
        yield str(folder / f"demo-{os.getpid()}.sqlite")
    finally:
        _remove_demos(folder, lambda pid: pid == os.getpid())


def _remove_demos(folder: Path, whose: Callable[[int], bool]) -> None:
    """Remove the databases of demos whose process `whose` accepts."""
    for file in folder.glob("demo-*"):
        name = _DEMO_FILE.fullmatch(file.name)
        if name and whose(int(name[1])):
            file.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _fill(settings: Settings, url: str) -> "tuple[Facts, Guide]":
    from stampbook.demonstration.facts import facts_of
    from stampbook.demonstration.guide import guide_for
    from stampbook.demonstration.seeding import seed
    from stampbook.wiring import running_ledger

    async with running_ledger(settings, create=True) as ledger:
        demo = await seed(ledger)
    facts = facts_of(demo, url)
    return facts, guide_for(demo, facts)


def _present(facts: "Facts", json_file: Path | None) -> None:
    """Print what there is to try, now that the server is ready."""
    from stampbook.demonstration.facts import commands

    if json_file is not None:
        _write(json_file, facts)
    console = facts["console"]
    say(f"Stampbook's demo is ready: {facts['base_url']}\n")
    say("A cancel in each vendor's API. Paste any of these into another terminal:\n")
    for title, line in commands(facts).items():
        say(f"# {title}\n{line}\n")
    say(f"Console: {console['url']}")
    say(f"Sign in there, or by Altegio's API, as {console['login']}, {console['password']}")
    say(f"API reference: {facts['base_url']}/docs")
    say(f"Admin's API key: {facts['api_key']}")
    say("Press Ctrl-C to end the demo.")


def _write(file: Path, facts: "Facts") -> None:
    """Write the file whole or not at all, readable only by its owner: it contains secrets."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(facts, stream, indent=1)
            stream.write("\n")
        beside.replace(file)
    except OSError as error:
        raise WrongUse(f"cannot write {file}: {error.strerror}. Name another file") from None
