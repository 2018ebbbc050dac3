"""What the statement `save` is given: each batch as columns, one array for each."""

from collections.abc import Iterable, Sequence, Set
from itertools import compress

from stampbook.storage.rows import Values, lot_values, movement_values, row_values
from stampbook.storage.save_statements import PARTS, save_statement
from stampbook.storage.store import AccountSave, Batch, LotSave


def save_call(batch: Batch) -> tuple[str, list[object]]:
    """The statement that saves the batch, and its parameters: the shard, then columns.

    Accounts are sorted: two batches that want the same ones take them in the same order.
    """
    recorded = {(row.account, row.seq) for row in batch.rows}
    new_parts, changed_parts, gone_parts = _divided_parts(batch, recorded)
    new_movements, movements = _divided_movements(batch, recorded)
    tables: tuple[Sequence[Values], ...] = (
        [_account_values(save) for save in sorted(batch.accounts, key=_number)],
        batch.visits,
        batch.policies,
        [row_values(row) for row in batch.rows],
        [lot_values(*save) for save in batch.new_lots],
        [_changed_lot_values(save) for save in batch.changed_lots],
        new_parts,
        changed_parts,
        gone_parts,
        new_movements,
        movements,
        batch.keys,
        batch.external_ids,
    )
    present = (True, *map(bool, tables[1:]))
    arguments: list[object] = [batch.shard]
    for part, table in zip(compress(PARTS, present), compress(tables, present), strict=True):
        columns: Iterable[Values] = zip(*table, strict=True) if table else [()] * len(part.as_text)
        arguments += [
            _text(column) if as_text else _unless_empty(column)
            for column, as_text in zip(columns, part.as_text, strict=True)
        ]
    return save_statement(present), arguments


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
