"""Answers to requests that were carried out before: what was written then, and figures of now."""

from stampbook.domain.book import Book
from stampbook.domain.model import Transaction
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer
from stampbook.ledger.work import expiries_of, view_of
from stampbook.storage.store import ExternalIdRow, KeyRow


def as_key(item: Submission | Transfer, known: ExternalIdRow) -> KeyRow:
    """An external id's earlier use in the form of a key's; the digest is empty."""
    return KeyRow(
        digest=b"",
        fingerprint=known.fingerprint,
        shard=known.shard,
        account=known.account,
        seq=known.seq,
        count=1 if isinstance(item, Transfer) else max(1, len(item.commands)),
        already=False,
    )


def remembered(book: Book | None, known: KeyRow, now: int) -> Done | None:
    """The answer that the cached book gives, if it has all of it and nothing is due.

    Its rows never change; its figures are right as long as the store's last row of the account is
    the book's.
    """
    if book is None or book.number != known.account or book.records:
        return None
    rows: list[Transaction] = []
    for seq in range(known.seq, known.seq + known.count):
        row = book.rows.get(seq)
        if row is None or row.peer:
            return None
        rows.append(row)
    if any(
        posting.lot and posting.lot not in book.lots for row in rows for posting in row.postings
    ):
        return None
    if book.next_due_at <= now:
        return None
    return Done(
        view_of(book),
        tuple(rows),
        replayed=True,
        already=known.already,
        expiries=expiries_of(book, rows),
    )
