"""`verify`: check that a database agrees with its journal."""

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from stampbook.commands.deployment import anchor_key, in_force
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    run,
    say,
    say_json,
)
from stampbook.dialects.native import ids
from stampbook.domain.audit import JournalFault
from stampbook.domain.model import transaction_number
from stampbook.settings import Settings
from stampbook.storage.store import Store, Unavailable

if TYPE_CHECKING:
    from stampbook.verifying.sharing import Part

MAX_FAULTS: Final = 100
"""The verification stops after this many faults."""


class Found(NamedTuple):
    """The result of a verification. `erased`: how many transactions have lost their texts, because
    somebody was erased."""

    accounts: int
    transactions: int
    erased: int
    faults: list[JournalFault]


class Asked(NamedTuple):
    """What is to be verified: one program, or all; with which anchors and their key; in how many
    processes."""

    program: int | None
    anchors: Path | None
    key: bytes | None
    processes: int


EVERYTHING: Final = Asked(None, None, None, 0)
"""The whole database, in as many processes as there are processors."""


@command
def verify(
    database: DatabaseOption = None,
    program: Annotated[
        str | None,
        typer.Option("--program", metavar="ID", help="Only the accounts of this program (prg_…)."),
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(
            "--anchors",
            metavar="FILE",
            help="Also compare the database with these anchors, kept elsewhere: JSON Lines.",
        ),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            "--processes",
            min=0,
            max=64,
            help="Processes to use; 0: one for each processor, if there is much to do.",
        ),
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Replay every journal and compare the result with the rest of the database.

    Names the first row that differs in each account. Servers can keep running. The status is 1 if
    anything is wrong.
    """
    number = None if program is None else ids.read(ids.PROGRAM, program)
    if program is not None and number is None:
        raise No(f"there is no program {program}")
    settings = in_force(database_url=database).settings
    key = anchor_key(settings) if anchors is not None else None
    if anchors is not None:
        _check_readable(anchors)
    asked = Asked(number, anchors, key, processes)
    found = run(verified(settings, asked, progress=sys.stderr.isatty()))
    if as_json:
        say_json(_described(found))
    else:
        for fault in found.faults:
            say(_worded(fault))
    if found.faults:
        raise No("the database does not agree with its journal")
    if not as_json:
        say(sound(found))


def sound(found: Found) -> str:
    """The sentence about a database without faults."""
    accounts = "1 account" if found.accounts == 1 else f"{found.accounts} accounts"
    rows = "1 transaction" if found.transactions == 1 else f"{found.transactions} transactions"
    verb = "is" if found.accounts == 1 else "are"
    texts = f"; the texts of {found.erased} were erased" if found.erased else ""
    return f"{accounts} with {rows} {verb} sound{texts}"


def _check_readable(anchors: Path) -> None:
    """Raises WrongUse before the long work, not after it."""
    from stampbook.verifying.anchor_lines import BadLine
    from stampbook.verifying.anchored import lines_of

    try:
        if not any(True for _ in lines_of(anchors)):
            raise WrongUse(f"{anchors} has no anchor")
    except BadLine as error:
        raise WrongUse(str(error)) from None


async def _verify(settings: Settings, asked: "Asked", *, progress: bool) -> Found:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from stampbook.wiring import opened_store

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not progress, transient=True)
    accounts, transactions, erased, faults = 0, 0, 0, list[JournalFault]()

    def heard(part: "Part") -> None:
        nonlocal accounts, transactions, erased
        accounts += part.accounts
        transactions += part.transactions
        erased += part.erased
        bar.advance(task, part.accounts)

    async with opened_store(settings) as store:
        task = bar.add_task("accounts", total=await _count(store, asked.program))
        with bar:
            async with aclosing(_faults(store, settings, asked, heard)) as found:
                async for fault in found:
                    faults.append(fault)
                    if len(faults) >= MAX_FAULTS:
                        break
    return Found(accounts, transactions, erased, faults)


async def _faults(
    store: Store, settings: Settings, asked: "Asked", heard: "Callable[[Part], None]"
) -> AsyncGenerator[JournalFault, None]:
    from stampbook.verifying.anchored import verify_anchors
    from stampbook.verifying.whole import verify_database, verify_program

    url, processes = settings.database_url, asked.processes
    if asked.program is None:
        found = verify_database(store, url, processes=processes, heard=heard)
    else:
        found = verify_program(store, url, asked.program, processes=processes, heard=heard)
    async with aclosing(found):
        async for fault in found:
            yield fault
    if asked.anchors is not None:
        async for fault in verify_anchors(store, asked.anchors, key=asked.key):
            yield fault


async def verified(settings: Settings, asked: "Asked", *, progress: bool) -> Found:
    """The result, which servers show in their metrics if it is that of the whole database."""
    from stampbook.verifying.results import keep
    from stampbook.wiring import clock, opened_store

    found = await _verify(settings, asked, progress=progress)
    if asked.program is None:
        async with opened_store(settings) as store:
            with suppress(Unavailable):  # a standby can be verified, but not written
                await keep(store, len(found.faults), now=clock())
    return found


async def _count(store: Store, program: int | None) -> int:
    """The number of accounts to verify. Raises No if the program does not exist."""
    if program is None:
        row = await store.fetch_one("SELECT count(*) AS accounts FROM accounts")
    else:
        row = await store.fetch_one(
            """
            SELECT (SELECT count(*) FROM accounts WHERE program_id = $1) AS accounts
            FROM programs WHERE program_id = $1
            """,
            program,
        )
    if row is None:
        raise No(f"there is no program {ids.write(ids.PROGRAM, program or 0)}")
    count: int = row["accounts"]
    return count


def _described(found: Found) -> dict[str, object]:
    return {
        "sound": not found.faults,
        "accounts": found.accounts,
        "transactions": found.transactions,
        "erased": found.erased,
        "faults": [
            {
                "account_id": ids.write(ids.ACCOUNT, fault.account) if fault.account else None,
                "transaction_id": _transaction(fault),
                "seq": fault.seq or None,
                "what": fault.what,
            }
            for fault in found.faults
        ],
    }


def _worded(fault: JournalFault) -> str:
    if not fault.account:
        return fault.what
    account = ids.write(ids.ACCOUNT, fault.account)
    if not fault.seq:
        return f"{account}: {fault.what}"
    return f"{account}, transaction {fault.seq} ({_transaction(fault)}): {fault.what}"


def _transaction(fault: JournalFault) -> str | None:
    if not fault.seq:
        return None
    return ids.write(ids.TRANSACTION, transaction_number(account=fault.account, seq=fault.seq))
