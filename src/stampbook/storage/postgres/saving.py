"""The parameters of the statement `save`: each part of a batch as the text of an array of records.

For numbers alone that is `{"(1,2,)","(3,4,5)"}`. Texts are quoted in their record, and once more
with the record in the array. Numbers and booleans come first (storage.tables).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec.json import encode

from stampbook.storage.rows import (
    external_id_values,
    lot_row_values,
    repeated_key_values,
    standing_values,
    transaction_values,
)
from stampbook.storage.statements import Statement
from stampbook.storage.store import Batch
from stampbook.storage.tables import (
    EXTERNAL_IDS,
    LOT_ROWS,
    REPEATED_KEYS,
    STANDINGS,
    TRANSACTIONS,
    Table,
    Values,
)

if TYPE_CHECKING:
    pass

NONE: Final = "{}"

WRITTEN: Final[Mapping[str, Table]] = {
    table.name: table for table in (TRANSACTIONS, LOT_ROWS, STANDINGS, REPEATED_KEYS, EXTERNAL_IDS)
}
"""The tables whose rows come as texts of their own row types."""

GIVEN: Final = {TRANSACTIONS.name: 1}
"""Columns after ours that the database gives: a journal row's position."""

WIDTHS: Final = """
    SELECT c.relname AS name, count(*)::integer AS columns
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[])
      AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname
"""
"""How many columns the tables have: a newer schema may have added some after ours."""


def ends_of(widths: Mapping[str, int]) -> Mapping[str, str]:
    """What comes after our columns in each table's records: a comma for each empty one.

    `widths`: the numbers of the tables' columns, where they can differ from those of this code.
    """
    return {
        name: "," * (widths[name] - len(table.columns) if name in widths else GIVEN.get(name, 0))
        for name, table in WRITTEN.items()
    }


ENDS: Final = ends_of({})
"""Those of tables with the columns of this code."""


def save_arguments(save: Statement, batch: Batch, ends: Mapping[str, str] = ENDS) -> list[object]:
    """The parameters of the statement `save`, in its order. `ends` are those of the tables."""
    shard, keys, records = batch.shard, batch.keys, batch.records
    transactions = [
        transaction_values(shard, each, keys.get((each.row.account, each.row.seq)))
        for each in records
    ]
    lot_rows = [lot_row_values(shard, each.row, lot) for each in records for lot in each.lots]
    standings = [
        standing_values(shard, each.row, standing)
        for each in records
        for standing in each.standings
    ]
    values = {
        **_guarded(batch, ends),
        "transactions": _records(len(TRANSACTIONS.numbers), transactions, ends["transactions"]),
        "lot_rows": _records(len(LOT_ROWS.numbers), lot_rows, ends["lot_rows"]),
        "standings": _records(len(STANDINGS.numbers), standings, ends["standings"]),
    }
    return save.arguments(values)


def citus_save_arguments(save: Statement, batch: Batch) -> list[object]:
    """The parameters of the statement `save` of a distributed journal, in its order."""
    keys = [
        (key.account, key.seq, key.count, key.shard, key.digest, key.fingerprint)
        for key in batch.keys.values()
    ]
    newest = {
        (each.row.account, standing.target): (
            each.row.account,
            standing.base,
            standing.cancelled,
            standing.target,
            each.row.seq,
            batch.shard,
        )
        for each in batch.records
        for standing in each.standings
    }
    values = {
        **_guarded(batch, ENDS),
        "transaction_keys": _records(4, keys),
        "newest_standings": _numbers([newest[place] for place in sorted(newest)]),
        "row_count": len(batch.records),
    }
    return save.arguments(values)


def _guarded(batch: Batch, ends: Mapping[str, str]) -> dict[str, object]:
    """What is guarded and written beside the journal.

    Accounts are sorted: two batches with the same accounts lock them in the same order. Keys of new
    rows need no look at those of rows, and share their turn: there a unique index refuses what is
    taken.
    """
    of_rows = {key.digest for key in batch.keys.values()} if batch.keys else ()
    return {
        "shard": batch.shard,
        "due": _numbers(sorted(batch.due)),
        "due_count": len(batch.due),
        "accounts": _numbers(batch.accounts),
        "account_count": len(batch.accounts),
        "guards": _records(1, [(guard.version, guard.subject) for guard in batch.guards]),
        "guard_count": len(batch.guards),
        "policies": _numbers(batch.policies),
        "policy_count": len(batch.policies),
        "key_tenants": [key.tenant for key in batch.key_texts],
        "key_digests": [key.digest for key in batch.key_texts],
        "key_texts": [key.text for key in batch.key_texts],
        "other_digests": [key.digest for key in batch.key_texts if key.digest not in of_rows],
        "repeated_keys": _records(
            len(REPEATED_KEYS.numbers),
            [repeated_key_values(key) for key in batch.repeated],
            ends["repeated_keys"],
        ),
        "external_ids": _records(
            len(EXTERNAL_IDS.numbers),
            [external_id_values(row) for row in batch.external_ids],
            ends["external_ids"],
        ),
    }


# -- the text of an array ------------------------------------------------------------------


def _numbers(rows: Sequence[Values]) -> str:
    """Records of numbers, booleans and None: their JSON, but for the brackets."""
    if not rows:
        return NONE
    return '{"(' + _inner(rows).replace("],[", ')","(') + ')"}'


def _records(numbers: int, rows: Sequence[Values], end: str = "") -> str:
    """Records of numbers, then texts and bytes; `end` comes after the last column of each."""
    if not rows:
        return NONE
    lines = _inner([row[:numbers] for row in rows]).split("],[")
    texts = [["" if each is None else _field(each) for each in row[numbers:]] for row in rows]
    records = [f"{line},{','.join(fields)}{end}" for line, fields in zip(lines, texts, strict=True)]
    return '{"(' + ')","('.join(records) + ')"}'


def _inner(rows: Sequence[Values]) -> str:
    """`1,2,],[3,,true`: None becomes empty."""
    return encode(rows)[2:-2].decode().replace("null", "")


def _field(value: str | bytes) -> str:
    """A text or bytes in a record in an array: both take a backslash and a quote away."""
    if isinstance(value, bytes):
        return rf"\\\\x{value.hex()}"
    if '"' in value or "\\" in value:
        value = value.replace("\\", r"\\\\").replace('"', r"\"\"")
    return rf"\"{value}\""
