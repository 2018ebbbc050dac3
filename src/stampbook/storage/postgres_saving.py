"""What the statement `save` is given: each batch as columns, one array for each."""

from collections.abc import Iterable

from stampbook.storage.rows import Values, lot_values, movement_values, row_values
from stampbook.storage.store import AccountSave, Batch

_WIDTHS = (23, 2, 2, 24, 18, 18, 5, 5, 3, 9, 8, 6)
"""The columns of each part of the statement, in its order."""


def save_arguments(batch: Batch) -> list[object]:
    """The parameters of the statement `save`: the shard, then columns in the statement's order.

    Accounts are sorted: two batches that want the same ones take them in the same order.
    """
    new_parts, changed_parts, gone_parts = _divided_parts(batch)
    tables: tuple[Iterable[Values], ...] = (
        map(_account_values, sorted(batch.accounts, key=_number)),
        batch.visits,
        batch.policies,
        map(row_values, batch.rows),
        (lot_values(*save) for save in batch.new_lots),
        (lot_values(*save) for save in batch.changed_lots),
        new_parts,
        changed_parts,
        gone_parts,
        (movement_values(*save) for save in batch.movements),
        batch.keys,
        batch.external_ids,
    )
    arguments: list[object] = [batch.shard]
    for width, table in zip(_WIDTHS, tables, strict=True):
        arguments += list(zip(*table, strict=True)) or [()] * width
    return arguments


def _account_values(save: AccountSave) -> Values:
    facts, expected_version = save
    return (facts.number, *facts[2:6], expected_version, *facts[8:])


def _number(save: AccountSave) -> int:
    return save.facts.number


def _divided_parts(batch: Batch) -> tuple[list[Values], list[Values], list[Values]]:
    """Parts of redemptions that are new in this batch, other parts, and those that are gone."""
    recorded = {(row.account, row.seq) for row in batch.rows}
    new: list[Values] = []
    changed: list[Values] = []
    gone: list[Values] = []
    for part in batch.parts:
        is_new = (part.account, part.payee) in recorded
        if part.amount:
            (new if is_new else changed).append(part)
        elif not is_new:
            gone.append(part[:3])
    return new, changed, gone
