"""Requests that were carried out before: how they are recognized, and answered again with the rows
that were written then and the present figures.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.outcomes import Done
from stampbook.ledger.refused import REUSED, TAKEN, Reused
from stampbook.ledger.submission import Submission, Transfer, account_of, external_ids_of
from stampbook.ledger.work import Fingerprinted, expiries_of, view_of
from stampbook.ledger.writing import Writing
from stampbook.storage.store import ExternalIdRow, Key, KeyRow, LedgerStore

USED: Final = (Code.IDEMPOTENCY_KEY_REUSED, Code.EXTERNAL_ID_TAKEN)
"""A key or an external id was used for a different request before."""


def earlier_use(
    work: Fingerprinted, item: Submission | Transfer, knowing: Knowing, writing: Writing
) -> KeyRow | None:
    """The earlier use of the item's key, or else of its external id, saved or to be saved.

    A new key with a repeated external id is used up, too: it now has the same answer. A dry run
    has no key. Raises Reused when the earlier use was for a different request.
    """
    key = None if item.dry_run else work.key()
    if key is not None:
        new = writing.keys.get(key.digest)
        used = knowing.key(key) if new is None else new[1]
        if used is not None:
            if not work.is_of_key(used.fingerprint):
                raise Reused(REUSED)
            return used
    external_ids = external_ids_of(item)
    taken = _taken(item, external_ids, knowing, writing) if external_ids else None
    if taken is None:
        return None
    if not work.is_of_external_id(taken.fingerprint):
        raise Reused(TAKEN)
    known = as_key(item, taken)
    if key is not None:
        writing.use(key, known._replace(digest=key.digest, fingerprint=work.fingerprint()))
    return known


def _taken(
    item: Submission | Transfer, external_ids: list[str], knowing: Knowing, writing: Writing
) -> ExternalIdRow | None:
    """The movement that took one of the item's external ids, if the caller may know of it."""
    book = knowing.book(account_of(item))
    if book is None or book.tenant != item.tenant:
        return None
    for external_id in external_ids:
        name = book.program, external_id
        known = writing.external_ids.get(name) or knowing.external_id(name)
        if known is not None:
            return known
    return None


def as_key(item: Submission | Transfer, known: ExternalIdRow) -> KeyRow:
    """An external id's earlier use in the form of a key's; the digest is empty."""
    return KeyRow(
        digest=b"",
        fingerprint=known.fingerprint,
        shard=known.shard,
        account=known.account,
        seq=known.seq,
        count=1 if isinstance(item, Transfer) else len(item.commands),
        already=False,
        named=True,
    )


def remembered(book: Book | None, known: KeyRow, now: int) -> Done | None:
    """The answer from the cached book, if the book has all of it and nothing is due.

    The rows never change; the figures are right as long as the account's last row in the store is
    the book's last row.
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
        named=known.named,
        expiries=expiries_of(book, rows),
    )


async def account_before_merge(
    store: LedgerStore, read: Callable[..., Awaitable[Book | None]], item: Submission
) -> int | None:
    """The account that used the item's key, or else its external id, if the item's account has
    taken over from it since. A request of that account is a repeat, or it is refused."""
    used: list[int] = []
    if item.key is not None:
        used += (row.account for row in await store.find_keys([Key(item.tenant, item.key)]))
    own = await read(item.account, tenant=item.tenant, program=item.program)
    if own is not None and not used:
        names = [(own.program, each) for each in external_ids_of(item)]
        used += (row.account for row in await store.find_external_ids(names) if names)
    for first in used:
        reached = first
        while reached and reached != item.account:
            book = await read(reached, tenant=item.tenant, program=item.program)
            reached = 0 if book is None else book.merged_into
        if reached and first != item.account:
            return first
    return None
