"""`verify`: check that a database agrees with its journal."""

import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from stampbook.commands.deployment import in_force
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
from stampbook.storage.store import Store

MAX_FAULTS: Final = 100
"""The verification stops after this many faults."""


class Found(NamedTuple):
    """The result of a verification."""

    accounts: int
    transactions: int
    faults: list[JournalFault]

    def with_account(self, transactions: int, faults: list[JournalFault]) -> "Found":
        """The result with one more account, which has this many sound transactions."""
        return Found(self.accounts + 1, self.transactions + transactions, self.faults + faults)


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
    key = _key_of(settings) if anchors is not None else None
    if anchors is not None:
        _check_readable(anchors)
    found = run(_verify(settings, number, anchors, key, progress=sys.stderr.isatty()))
    if as_json:
        say_json(_described(found))
    else:
        for fault in found.faults:
            say(_worded(fault))
    if found.faults:
        raise No("the database does not agree with its journal")
    if not as_json:
        say(_sound(found))


def _sound(found: Found) -> str:
    accounts = "1 account" if found.accounts == 1 else f"{found.accounts} accounts"
    rows = "1 transaction" if found.transactions == 1 else f"{found.transactions} transactions"
    verb = "is" if found.accounts == 1 else "are"
    return f"{accounts} with {rows} {verb} sound"


def _key_of(settings: Settings) -> bytes | None:
    """The key of anchors; without one, their signatures are not checked."""
    from stampbook.verifying.anchor_lines import BadKey, read_key

    try:
        return read_key(settings.anchor_key_file)
    except BadKey as error:
        raise WrongUse(str(error)) from None


def _check_readable(anchors: Path) -> None:
    """Raises WrongUse before the long work, not after it."""
    from stampbook.verifying.anchor_lines import BadLine
    from stampbook.verifying.anchored import lines_of

    try:
        if not any(True for _ in lines_of(anchors)):
            raise WrongUse(f"{anchors} has no anchor")
    except BadLine as error:
        raise WrongUse(str(error)) from None


async def _verify(
    settings: Settings,
    program: int | None,
    anchors: Path | None,
    key: bytes | None,
    *,
    progress: bool,
) -> Found:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from stampbook.verifying.accounts import verify_accounts
    from stampbook.verifying.anchored import verify_anchors
    from stampbook.verifying.audit_log import verify_audit
    from stampbook.verifying.directories import verify_directories
    from stampbook.verifying.projections import verify_projections
    from stampbook.wiring import opened_store

    found = Found(0, 0, [])
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not progress, transient=True)
    async with opened_store(settings) as store:
        total = await _count(store, program)
        with bar:
            task = bar.add_task("accounts", total=total)
            for shard in range(store.shards):
                async with aclosing(verify_accounts(store, shard, program=program)) as accounts:
                    async for account in accounts:
                        bar.advance(task)
                        found = found.with_account(account.transactions, account.faults)
                        if len(found.faults) >= MAX_FAULTS:
                            return found
        if program is None:
            async with store.snapshot() as reading:
                found.faults.extend([fault async for fault in verify_directories(reading)])
            async with aclosing(verify_projections(store)) as faults:
                async for fault in faults:
                    found.faults.append(fault)
                    if len(found.faults) >= MAX_FAULTS:
                        return found
            found.faults.extend([fault async for fault in verify_audit(store)])
        if anchors is not None:
            async with aclosing(verify_anchors(store, anchors, key=key)) as faults:
                async for fault in faults:
                    found.faults.append(fault)
                    if len(found.faults) >= MAX_FAULTS:
                        return found
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
