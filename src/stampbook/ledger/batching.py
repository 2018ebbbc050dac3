"""What the books of one shard have changed, as the store saves it."""

from collections.abc import Iterable, Mapping

from stampbook.domain.book import Book
from stampbook.domain.model import Record
from stampbook.storage.store import Batch, ExternalIdRow, Key, KeyRow


def batch_of(
    shard: int,
    books: Iterable[Book],
    keys: Mapping[Key, KeyRow],
    external_ids: Iterable[ExternalIdRow],
) -> Batch:
    """The batch of these books.

    `keys` and `external_ids` are of all shards. What guards the batch is in it: the versions of
    accounts and of policies.
    """
    records: list[Record] = []
    accounts: list[tuple[int, int]] = []
    due: list[tuple[int, int]] = []
    policies: set[tuple[int, int]] = set()
    for book in books:
        records.extend(book.records)
        accounts.append((book.number, book.version))
        policies.add((book.currency, book.policy.version))
        due_at = book.records[-1].sums.due_at
        if due_at < book.saved_due_at:
            due.append((book.number, due_at))
    ours = {key: row for key, row in keys.items() if row.shard == shard}
    of_rows, repeated = _divided(ours.values(), records) if ours else ({}, [])
    return Batch(
        shard=shard,
        records=records,
        accounts=accounts,
        due=due,
        keys=of_rows,
        repeated=repeated,
        key_texts=list(ours),
        external_ids=[row for row in external_ids if row.shard == shard],
        policies=sorted(policies),
    )


def _divided(
    keys: Iterable[KeyRow], records: Iterable[Record]
) -> tuple[dict[tuple[int, int], KeyRow], list[KeyRow]]:
    """The keys of the rows that are written, one for each, and those that name another row."""
    new = {(record.row.account, record.row.seq) for record in records}
    of_rows: dict[tuple[int, int], KeyRow] = {}
    repeated: list[KeyRow] = []
    for key in keys:
        place = key.account, key.seq
        if place in new and place not in of_rows and not key.already:
            of_rows[place] = key
        else:
            repeated.append(key)
    return of_rows, repeated
