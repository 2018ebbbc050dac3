"""Saving to SQLite: all waiting batches share one transaction, and so one flush to the disk."""

import re
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from stampbook.storage.rows import (
    external_id_values,
    lot_row_values,
    repeated_key_values,
    standing_values,
    transaction_values,
)
from stampbook.storage.sqlite.faults import NO_ROOM
from stampbook.storage.sqlite.loading import STATEMENTS
from stampbook.storage.store import Batch, Beside, BesideConflict, OutcomeUnknown, SaveConflict

Outcome = Exception | None

_PARAMETER: Final = re.compile(r"\$(?=[0-9])")


def save_all(connection: sqlite3.Connection, groups: Sequence[Sequence[Batch]]) -> list[Outcome]:
    """Save each group of batches whole or not at all; returns the outcomes in order.

    A group that fails (a conflict, say) leaves the others as they are.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        outcomes = [_save_group(connection, group) for group in groups]
    except BaseException:
        roll_back(connection)
        raise
    try:
        commit(connection)
    except OutcomeUnknown as unknown:
        return [unknown if outcome is None else outcome for outcome in outcomes]
    return outcomes


def _save_group(connection: sqlite3.Connection, group: Sequence[Batch]) -> Outcome:
    connection.execute("SAVEPOINT one_group")
    try:
        for batch in group:
            _save(connection, batch)
    except Exception as error:
        if not connection.in_transaction:  # rolled back as a whole, by a full disk for example
            raise
        connection.execute("ROLLBACK TO one_group")
        connection.execute("RELEASE one_group")
        if isinstance(error, sqlite3.OperationalError):  # the disk: no group can be saved
            raise
        return _conflict(error) or error
    connection.execute("RELEASE one_group")
    return None


def _conflict(error: Exception) -> SaveConflict | None:
    """A number, key or external id that was taken meanwhile is a conflict, not a bug."""
    if isinstance(error, sqlite3.IntegrityError) and "UNIQUE constraint" in str(error):
        return SaveConflict(str(error))
    return None


def commit(connection: sqlite3.Connection) -> None:
    """Commit the transaction. Raises OutcomeUnknown if it may have been written in spite of an
    error.

    After a failed write it was not: the log lacks the mark that makes a commit of its pages.
    """
    try:
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        roll_back(connection)
        if error.sqlite_errorname in NO_ROOM:
            raise
        raise OutcomeUnknown(str(error)) from error
    except sqlite3.Error:
        roll_back(connection)
        raise


def roll_back(connection: sqlite3.Connection) -> None:
    """Roll the transaction back, if one is open."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _save(connection: sqlite3.Connection, batch: Batch) -> None:
    """Guards first, then everything else, in any order."""
    shard, keys, records = batch.shard, batch.keys, batch.records
    _check_guards(connection, batch)
    many = connection.executemany
    if records:
        rows = [
            transaction_values(shard, each, keys.get((each.row.account, each.row.seq)))
            for each in records
        ]
        many(STATEMENTS["new_row"], rows)
    lots = [lot_row_values(shard, each.row, lot) for each in records for lot in each.lots]
    if lots:
        many(STATEMENTS["new_lot_row"], lots)
    standings = [
        standing_values(shard, each.row, standing)
        for each in records
        for standing in each.standings
    ]
    if standings:
        many(STATEMENTS["new_standing"], standings)
    if batch.due:
        due = [(due_at, shard, account) for account, due_at in batch.due]
        many(STATEMENTS["due"], due)
    if batch.repeated:
        many(STATEMENTS["repeated_key"], [repeated_key_values(key) for key in batch.repeated])
    if batch.external_ids:
        many(STATEMENTS["new_external_id"], [external_id_values(row) for row in batch.external_ids])
    for beside in batch.beside:
        _save_beside(connection, beside)


def _save_beside(connection: sqlite3.Connection, beside: Beside) -> None:
    try:
        touched = connection.executemany(positional(beside.sql), beside.rows).rowcount
    except sqlite3.IntegrityError as error:
        if "UNIQUE constraint" in str(error):
            raise BesideConflict(str(error)) from error
        raise
    if touched != len(beside.rows):
        raise BesideConflict(f"{touched} of {len(beside.rows)} rows were touched: {beside.sql}")


@lru_cache(maxsize=2048)
def positional(sql: str) -> str:
    """The statement with `?1` for `$1`, which SQLite takes for a name: the values of names are
    looked up one by one."""
    return _PARAMETER.sub("?", sql)


def _check_guards(connection: sqlite3.Connection, batch: Batch) -> None:
    """Raise SaveConflict unless the versions on which the batch rests are the present ones."""
    for policy in batch.policies:
        if not connection.execute(STATEMENTS["standing_policy"], policy).fetchone():
            raise SaveConflict(f"the policy of currency {policy[0]} has changed")
    for account in batch.accounts:
        place = (batch.shard, *account)
        if not connection.execute(STATEMENTS["standing_account"], place).fetchone():
            raise SaveConflict(f"the status of account {account[0]} has changed")
    for key in batch.key_texts:
        name = {"tenant": key.tenant, "key": key.text, "digest": key.digest}
        if connection.execute(STATEMENTS["other_key"], name).fetchone():
            raise SaveConflict("a key is taken")
    # No name for the cursor: the exception's frames would keep it, and another thread that drops
    # them last would reset the statement while it is used here.
    guards = batch.guards
    if guards and connection.executemany(STATEMENTS["save_guard"], guards).rowcount != len(guards):
        raise SaveConflict("a guard's version has moved")
