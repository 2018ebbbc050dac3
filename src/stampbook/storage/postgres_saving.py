"""What the statement `save` is given: each batch as columns, one array for each."""

import re
from collections.abc import Callable, Iterable, Mapping, Set
from functools import cache

from msgspec.json import encode

from stampbook.storage.rows import Values, lot_values, movement_values, row_values
from stampbook.storage.store import AccountSave, Batch, LotSave

_WIDTHS = (19, 2, 2, 24, 18, 13, 5, 5, 3, 9, 9, 8, 6)
"""The columns of each part of the statement, in its order."""

_COLUMN = re.compile(r"\$([0-9]+)::(?:text::)?([a-z]+)\[\]")
"""Where the statement takes a column, and of which type its elements are."""


@cache
def _types(save: str) -> tuple[str, ...]:
    """The type of each column, in the statement's order."""
    types = {int(number): kind for number, kind in _COLUMN.findall(save)}
    return tuple(types[at] for at in range(2, sum(_WIDTHS) + 2))


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
            _WRITERS.get(kind, _numbers)(column)
            for column, kind in zip(columns, _types(save), strict=True)
        ),
    ]


def _numbers(column: Values) -> str:
    """Numbers, booleans and None as PostgreSQL reads an array: `{1,true,null}`.

    But for its brackets that is the JSON of it.
    """
    return "{" + encode(column)[1:-1].decode() + "}"


def _texts(column: Values) -> str:
    """Texts and None as PostgreSQL reads an array: `{"one",null}`.

    A column of NULLs alone is left to the server to fill up.
    """
    if column.count(None) == len(column):
        return "{}"
    if None not in column:
        joined = '","'.join(column)
        # No quotes but those between the texts, and no backslashes: there is nothing to escape.
        if "\\" not in joined and joined.count('"') == 2 * len(column) - 2:
            return '{"' + joined + '"}'
    return "{" + ",".join(["null" if text is None else _quoted(text) for text in column]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(column: Values) -> Values:
    """The driver's own array."""
    return column


_WRITERS: Mapping[str, Callable[[Values], object]] = {"text": _texts, "bytea": _bytes}
"""How a column of a type goes to the server, if not as numbers."""


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
