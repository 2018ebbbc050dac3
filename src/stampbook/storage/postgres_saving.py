"""What the statement `save` is given: each part of a batch as the text of an array of records.

Of numbers alone that is `{"(1,2,)","(3,4,5)"}`. Texts are quoted in their record, and once more
with it in the array. The records' types, and so the order of their fields, are in the migration
that makes them (20261121004000_saving.sql): what is a number or a boolean comes first.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Final

from msgspec.json import encode

from stampbook.storage.rows import Values, lot_values, movement_values, row_values
from stampbook.storage.statements import Statement
from stampbook.storage.store import (
    AccountSave,
    Batch,
    ExternalIdRow,
    KeyRow,
    LotSave,
    MovementSave,
    PartSave,
)

Record = tuple[Values, Iterable[str | bytes | None]]
"""A record's numbers and booleans, and the rest of it."""

ROW_NUMBERS: Final = 16
"""So many of a journal row's columns are numbers or booleans; the others follow."""

NONE: Final = "{}"


def save_arguments(save: Statement, batch: Batch) -> list[object]:
    """The parameters of the statement `save`, in its order.

    Accounts are sorted: two batches that want the same ones take them in the same order.
    """
    recorded = {(row.account, row.seq) for row in batch.rows}
    new_parts, changed_parts, gone_parts = _divided_parts(batch.parts, recorded)
    new_movements, changed_movements = _divided_movements(batch.movements, recorded)
    values = {
        "shard": batch.shard,
        "accounts": _records([_account(save) for save in sorted(batch.accounts, key=_number)]),
        "account_count": len(batch.accounts),
        "guards": _records([((guard.version,), (guard.subject,)) for guard in batch.guards]),
        "guard_count": len(batch.guards),
        "policies": _numbers(batch.policies),
        "policy_count": len(batch.policies),
        "rows": _records([_divided(row_values(row)) for row in batch.rows]),
        "new_lots": _numbers([lot_values(*save) for save in batch.new_lots]),
        "changed_lots": _numbers([_changed_lot(save) for save in batch.changed_lots]),
        "changed_lot_count": len(batch.changed_lots),
        "new_parts": _numbers(new_parts),
        "changed_parts": _numbers(changed_parts),
        "gone_parts": _numbers(gone_parts),
        "new_movements": _numbers(new_movements),
        "changed_movements": _numbers(changed_movements),
        "keys": _records([_key(row) for row in batch.keys]),
        "external_ids": _records([_external_id(row) for row in batch.external_ids]),
    }
    return save.arguments(values)


# -- the text of an array ------------------------------------------------------------------


def _numbers(rows: Sequence[Values]) -> str:
    """Records of numbers, booleans and None: but for the brackets that is the JSON of them."""
    if not rows:
        return NONE
    return '{"(' + _inner(rows).replace("],[", ')","(') + ')"}'


def _records(rows: Sequence[Record]) -> str:
    """Records with texts and bytes."""
    if not rows:
        return NONE
    numbers = _inner([numbers for numbers, _ in rows]).split("],[")
    records = [
        ",".join([line, *map(_field, others)])
        for line, (_, others) in zip(numbers, rows, strict=True)
    ]
    return '{"(' + ')","('.join(records) + ')"}'


def _inner(rows: Sequence[Values]) -> str:
    """`1,2,],[3,,true`. Nothing stands for None."""
    return encode(rows)[2:-2].decode().replace("null", "")


def _field(value: str | bytes | None) -> str:
    """A text or bytes in a record in an array: both take a backslash and a quote away."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return r"\\\\x" + value.hex()
    return r"\"" + value.replace("\\", r"\\\\").replace('"', r"\"\"") + r"\""


# -- records -------------------------------------------------------------------------------


def _account(save: AccountSave) -> Record:
    facts, expected_version = save
    _, _, _, _, _, _, _, _, seq, lots, clock, head, *amounts = facts
    return (facts.number, expected_version, seq, lots, clock, *amounts), (head,)


def _number(save: AccountSave) -> int:
    return save.facts.number


def _divided(values: Values) -> Record:
    return values[:ROW_NUMBERS], values[ROW_NUMBERS:]


def _changed_lot(save: LotSave) -> Values:
    """The account, and what of a lot may change."""
    account, lot = save
    return (
        account,
        lot.seq,
        lot.activates_at,
        lot.expires_at,
        lot.locked,
        lot.doomed,
        lot.reinstated,
        *lot.split[1:],
    )


def _key(row: KeyRow) -> Record:
    numbers = row.tenant, row.shard, row.account, row.seq, row.count, row.already
    return numbers, (row.fingerprint, row.key)


def _external_id(row: ExternalIdRow) -> Record:
    return (row.program, row.shard, row.account, row.seq), (row.fingerprint, row.external_id)


def _divided_movements(
    movements: Sequence[MovementSave], recorded: Set[tuple[int, int]]
) -> tuple[list[Values], list[Values]]:
    """Movements of what is recorded in this batch, and others."""
    new: list[Values] = []
    others: list[Values] = []
    for account, movement in movements:
        is_new = (account, movement.seq) in recorded
        (new if is_new else others).append(movement_values(account, movement))
    return new, others


def _divided_parts(
    parts: Sequence[PartSave], recorded: Set[tuple[int, int]]
) -> tuple[list[Values], list[Values], list[Values]]:
    """Parts of redemptions that are new in this batch, other parts, and those that are gone."""
    new: list[Values] = []
    changed: list[Values] = []
    gone: list[Values] = []
    for part in parts:
        is_new = (part.account, part.payee) in recorded
        if part.amount:
            (new if is_new else changed).append(part)
        elif not is_new:
            gone.append(part[:3])
    return new, changed, gone
