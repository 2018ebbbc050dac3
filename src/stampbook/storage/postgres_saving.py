"""What the statement `save` is given: each batch as columns, one array for each."""

import re
from collections.abc import Iterable, Set
from functools import cache

from stampbook.storage.rows import Values, lot_values, movement_values, row_values
from stampbook.storage.store import AccountSave, Batch, LotSave

_WIDTHS = (19, 2, 2, 24, 18, 13, 5, 5, 3, 9, 9, 8, 6)
"""The columns of each part of the statement, in its order."""

_NUMBERS = re.compile(r"\$([0-9]+)::text::(?:bigint|integer|smallint|boolean)\[\]")
"""Where the statement takes a column as the text of an array."""


@cache
def _as_text(save: str) -> tuple[bool, ...]:
    """Of each column, in the statement's order: whether it goes as a text."""
    numbers = {int(number) for number in _NUMBERS.findall(save)}
    return tuple(at in numbers for at in range(2, sum(_WIDTHS) + 2))


def save_arguments(save: str, batch: Batch) -> list[object]:
    """The parameters of the statement `save`: the shard, then columns in the statement's order.

    Accounts are sorted: two batches that want the same ones take them in the same order.
    """
    recorded = {(row.account, row.seq) for row in batch.rows}
    new_parts, changed_parts, gone_parts = _divided_parts(batch, recorded)
    new_movements, movements = _divided_movements(batch, recorded)
    tables: tuple[Iterable[Values], ...] = (
        map(_account_values, sorted(batch.accounts, key=_number)),
        batch.visits,
        batch.policies,
        map(row_values, batch.rows),
        (lot_values(*save) for save in batch.new_lots),
        map(_changed_lot_values, batch.changed_lots),
        new_parts,
        changed_parts,
        gone_parts,
        new_movements,
        movements,
        batch.keys,
        batch.external_ids,
    )
    columns: list[Values] = []
    for width, table in zip(_WIDTHS, tables, strict=True):
        columns += list(zip(*table, strict=True)) or [()] * width
    return [
        batch.shard,
        *(
            _text(column) if as_text else _unless_empty(column)
            for column, as_text in zip(columns, _as_text(save), strict=True)
        ),
    ]


def _text(column: Values) -> str:
    """Numbers, booleans and None as PostgreSQL reads an array: `{1,NULL}`."""
    return "{" + repr([*column])[1:-1].replace("None", "NULL") + "}" if column else "{}"


def _unless_empty(column: Values) -> Values:
    """Texts or bytes; a column of NULLs alone is left to the server to fill up."""
    return () if column.count(None) == len(column) else column


def _account_values(save: AccountSave) -> Values:
    facts, expected_version = save
    return (facts.number, expected_version, *facts[8:])


def _changed_lot_values(save: LotSave) -> Values:
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


def _number(save: AccountSave) -> int:
    return save.facts.number


def _divided_movements(
    batch: Batch, recorded: Set[tuple[int, int]]
) -> tuple[list[Values], list[Values]]:
    """Movements of what is recorded in this batch, and others."""
    new: list[Values] = []
    others: list[Values] = []
    for account, movement in batch.movements:
        is_new = (account, movement.seq) in recorded
        (new if is_new else others).append(movement_values(account, movement))
    return new, others


def _divided_parts(
    batch: Batch, recorded: Set[tuple[int, int]]
) -> tuple[list[Values], list[Values], list[Values]]:
    """Parts of redemptions that are new in this batch, other parts, and those that are gone."""
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
