"""Saving to SQLite: all batches that wait share one transaction, and so one flush to the disk."""

import sqlite3
from collections.abc import Sequence

from stampbook.storage.rows import lot_values, movement_values, row_values
from stampbook.storage.sqlite_faults import NO_ROOM
from stampbook.storage.sqlite_loading import STATEMENTS
from stampbook.storage.store import Batch, OutcomeUnknown, SaveConflict

Outcome = Exception | None


def save_all(connection: sqlite3.Connection, groups: Sequence[Sequence[Batch]]) -> list[Outcome]:
    """Save each group of batches whole or not at all; what came of each, in order.

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
        if not connection.in_transaction:  # a full disk, for one, has rolled all of it back
            raise
        connection.execute("ROLLBACK TO one_group")
        connection.execute("RELEASE one_group")
        if isinstance(error, sqlite3.OperationalError):  # the disk: no group can be saved
            raise
        return _conflict(error) or error
    connection.execute("RELEASE one_group")
    return None


def _conflict(error: Exception) -> SaveConflict | None:
    """A number, key or external id that somebody else took is a conflict, not a bug."""
    if isinstance(error, sqlite3.IntegrityError) and "UNIQUE constraint" in str(error):
        return SaveConflict(str(error))
    return None


def commit(connection: sqlite3.Connection) -> None:
    """Commit what is open. Raises OutcomeUnknown if it may have been written all the same.

    If a write failed it was not: the log lacks the mark that makes a commit of its pages.
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
    """Undo what is open, if anything is."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _save(connection: sqlite3.Connection, batch: Batch) -> None:
    """Guards first, then everything; the order within a transaction is nobody's concern."""
    shard = batch.shard
    _save_guarded(connection, batch)
    many = connection.executemany
    if batch.rows:
        many(STATEMENTS["new_row"], [(shard, *row_values(row)) for row in batch.rows])
    if batch.new_lots:
        many(STATEMENTS["new_lot"], [(shard, *lot_values(*save)) for save in batch.new_lots])
    if batch.changed_lots:
        many(
            STATEMENTS["changed_lot"],
            [
                (*values[3:5], *values[8:11], *values[12:], shard, *values[:2])
                for values in (lot_values(*save) for save in batch.changed_lots)
            ],
        )
    parts = [(shard, *part) for part in batch.parts if part.amount]
    if parts:
        many(STATEMENTS["saved_part"], parts)
    gone = [(shard, *part[:3]) for part in batch.parts if not part.amount]
    if gone:
        many(STATEMENTS["gone_part"], gone)
    if batch.movements:
        movements = [(shard, *movement_values(*save)) for save in batch.movements]
        many(STATEMENTS["saved_movement"], movements)
    if batch.keys:
        many(STATEMENTS["new_key"], batch.keys)
    if batch.external_ids:
        many(STATEMENTS["new_external_id"], batch.external_ids)


def _save_guarded(connection: sqlite3.Connection, batch: Batch) -> None:
    """Write what carries a version. Raises SaveConflict unless each version still stands."""
    for policy in batch.policies:
        if not connection.execute(STATEMENTS["standing_policy"], policy).fetchone():
            raise SaveConflict(f"the policy of currency {policy[0]} has changed")
    accounts = [
        (*facts[8:], batch.shard, facts.number, version) for facts, version in batch.accounts
    ]
    if accounts:
        saved = connection.executemany(STATEMENTS["save_account"], accounts)
        if saved.rowcount != len(accounts):
            raise SaveConflict("an account's version has moved")
    if batch.guards:
        saved = connection.executemany(STATEMENTS["save_guard"], batch.guards)
        if saved.rowcount != len(batch.guards):
            raise SaveConflict("a guard's version has moved")
