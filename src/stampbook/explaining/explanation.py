"""Why the balance of an account is what it is: its parts, and what changed it last."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from stampbook.domain.balance import Balance, balance_of
from stampbook.domain.book import Book
from stampbook.domain.model import FOREVER
from stampbook.domain.policy import zone
from stampbook.explaining.knowing import known_of, named_by
from stampbook.explaining.parts import Debtors, Part, needed, parts_of, sum_text
from stampbook.explaining.rows import Telling
from stampbook.explaining.voice import Voice
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal import figures
from stampbook.ledger.journal.briefs import Brief, brief_of, briefs, left_owing
from stampbook.ledger.journal.rows import newest
from stampbook.pacing import LARGE, apart
from stampbook.speaking.languages import Language
from stampbook.speaking.speech import Speech
from stampbook.storage.store import Store

CHANGES: Final = 20
"""How many of the newest changes are answered."""

TRACED: Final = 20
"""How many debts are followed to what caused them."""


class Change(NamedTuple):
    """A row of the journal in words. `transaction` is its number, `effect` what it did to the
    active balance (smallest units), `fate` what has become of it, or empty."""

    transaction: int
    at: int
    effect: int
    text: str
    fate: str


class Explanation(NamedTuple):
    """Why the active balance is what it is at `as_of`.

    The lots of `parts` less its deficits are the active balance, to the last digit; its pending
    parts and its holds are those figures. `total` says the sum in words. `changes` are the newest
    rows up to `as_of`, newest first.
    """

    account: int
    as_of: int
    book: Book
    balance: Balance
    parts: Sequence[Part]
    total: str
    changes: Sequence[Change]


async def explain(
    ledger: Ledger,
    account: int,
    *,
    tenant: int,
    program: int | None = None,
    at: int | None = None,
    language: Language,
    most: int | None = None,
    book: Book | None = None,
) -> Explanation | None:
    """The explanation as of `at`, or of now; None if the tenant has no such account. At most
    `most` lots are named; the others are one part. `book` is the account at that instant, if it has
    been read already.

    Due events are written into the journal first, as before every list of it.
    """
    store = ledger.store
    now = ledger.clock()
    owner = await ledger.denominations.of(account)
    if owner is None or owner.tenant != tenant or program not in (None, owner.program):
        return None
    due = await figures.due_among(store, [account], now)
    if due:
        await ledger.settle(due)
    if book is None:
        book = await ledger.read(account, tenant=tenant, program=program, at=at)
    assert book is not None, "accounts stay"
    as_of = max(now, book.clock) if at is None else at
    speech = Speech(language, zone(book.policy.timezone))
    known = await _debtors(store, book, most)
    names = await named_by(store, [*known.rows.values(), *known.left_by.values()], tenant=tenant)
    voice = Voice(speech, book.policy.scale, as_of, names)
    large = book.size > LARGE
    given = book, known, voice, most
    parts = await apart(parts_of, *given) if large else parts_of(*given)
    return Explanation(
        account,
        as_of,
        book,
        balance_of(book),
        parts,
        sum_text(parts, voice),
        await _changes(store, account, voice, is_past=at is not None and at < now, tenant=tenant),
    )


async def _debtors(store: Store, book: Book, most: int | None) -> Debtors:
    rows = await briefs(store, book.number, needed(book, most))
    rows |= {row.seq: brief_of(row) for row in book.new_rows}
    left_by: dict[int, Brief] = {}
    for _, seq in book.owing.keys[:TRACED]:
        cause = await left_owing(store, book.number, seq, upto=book.seq)
        if cause is not None:
            left_by[seq] = cause
    return Debtors(rows, left_by)


async def _changes(
    store: Store, account: int, voice: Voice, *, is_past: bool, tenant: int
) -> list[Change]:
    """The newest rows up to the voice's now. Of a past instant nothing is known that came later."""
    until = min(voice.now + 1, FOREVER)
    seqs = [current.row.seq async for current in newest(store, account, until=until, limit=CHANGES)]
    if not seqs:
        return []
    known = await known_of(store, account, seqs, tenant=tenant)
    telling = Telling(known, replace(voice, names=known.names))
    return [
        Change(
            known.rows[seq].number,
            known.rows[seq].recorded_at,
            known.rows[seq].effect,
            telling.text(seq),
            "" if is_past else telling.fate(seq),
        )
        for seq in seqs
    ]
