"""What the books of one shard have changed, as the store saves it."""

from collections.abc import Iterable

from stampbook.domain.book import AccountFacts, Book
from stampbook.domain.model import Transaction
from stampbook.storage.store import (
    AccountSave,
    Batch,
    ExternalIdRow,
    KeyRow,
    LotSave,
    MovementSave,
    PartSave,
)


def batch_of(
    shard: int,
    books: Iterable[tuple[Book, AccountFacts]],
    keys: Iterable[KeyRow],
    external_ids: Iterable[ExternalIdRow],
) -> Batch:
    """The batch of these books, each with the row that its account is to have.

    `keys` and `external_ids` are of all shards. What guards the batch is in it: the versions of
    accounts and of policies.
    """
    accounts: list[AccountSave] = []
    rows: list[Transaction] = []
    lots: list[LotSave] = []
    changed: list[LotSave] = []
    parts: list[PartSave] = []
    movements: list[MovementSave] = []
    policies: set[tuple[int, int]] = set()
    for book, facts in books:
        accounts.append(AccountSave(facts, book.saved_version))
        policies.add((book.currency, book.policy.version))
        rows.extend(book.new_rows)
        number = book.number
        lots.extend(LotSave(number, book.lots[seq]) for seq in book.new_lots)
        changed.extend(
            LotSave(number, book.lots[seq]) for seq in book.changed_lots.difference(book.new_lots)
        )
        for payee_seq, lot in book.changed_parts:
            payee = book.payees[payee_seq]
            parts.append(PartSave(number, payee_seq, lot, payee.parts.get(lot, 0), payee.held))
        movements.extend(
            MovementSave(number, book.movements[seq]) for seq in book.changed_movements
        )
    return Batch(
        shard=shard,
        accounts=accounts,
        rows=rows,
        new_lots=lots,
        changed_lots=changed,
        parts=parts,
        movements=movements,
        keys=[key for key in keys if key.shard == shard],
        external_ids=[row for row in external_ids if row.shard == shard],
        policies=sorted(policies),
    )
