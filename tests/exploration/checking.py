"""The laws, checked on an account of the domain after every step of a history."""

from __future__ import annotations

from collections.abc import Iterable

from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Settle
from stampbook.domain.deciding import decide
from stampbook.domain.model import CREDITS, State, Status, Transaction
from tests.exploration.steps import Played, cancels_everything
from tests.ledgers.in_memory import audit


def check_rows(book: Book, since: int) -> None:
    """Check what must hold after each row, for everything that the rows after `since` touched.

    It is cheap enough for every step of a long history: laws 1, 2 (for each accrual and each
    redemption), 12 and 13, and the chain of balances.
    """
    lots: set[int] = set()
    redemptions: set[int] = set()
    for seq in range(since + 1, book.seq + 1):
        row = book.rows[seq]
        check_row(book, row)
        lots.update(posting.lot for posting in row.postings)
        redemptions.update(posting.redemption for posting in row.postings)
        if row.root in book.rows and book.rows[row.root].kind in CREDITS:
            lots.update(terms.lot for terms in book.rows[row.root].terms)
    lots.discard(0)
    redemptions.discard(0)
    accruals = set()
    for seq in lots:
        check_lot(book, seq)
        accruals.add(book.lots[seq].accrued_by)
    for seq in accruals:
        if book.rows[seq].kind in CREDITS:
            check_accrual(book, book.rows[seq])
    for seq in redemptions:
        paid = sum(book.redemptions[seq].parts.values())
        assert paid == book.movement(seq).remaining, f"law 2: redemption {seq} in force and paid"
    assert not (book.owed and book.split[State.AVAILABLE]), "a deficit while points are available"
    assert adds_up(book.split), "law 1: sums of the account"


def adds_up(split: list[int]) -> bool:
    """Law 1: the states add up to what was issued (`split[0]` is minus that); none is negative."""
    return sum(split) == 0 and min(split[1:]) >= 0


def check_row(book: Book, row: Transaction) -> None:
    for posting in row.postings:
        assert posting.amount > 0, f"law 12: a posting of {posting.amount}"
        assert posting.source != posting.target, "law 12: a posting that goes nowhere"
    before = book.rows[row.seq - 1].balance_after if row.seq > 1 else 0
    assert row.balance_before == before, "balances do not chain"


def check_lot(book: Book, seq: int) -> None:
    lot = book.lots[seq]
    assert adds_up(lot.split), f"law 1: lot {seq} {lot.split}"
    assert 0 <= lot.claimed <= lot.held + lot.spent, f"law 13: claims on lot {seq}"
    assert not (lot.claimed and (lot.pending or lot.available)), (
        f"law 13: points beside a claim {seq}"
    )
    assert 0 <= lot.reinstated <= lot.expired, f"reinstated points of lot {seq}"
    keys = [key for key in book.spendable.keys if key[1] == seq]
    assert keys == ([(book.expires_at(lot), seq)] if lot.available else []), "the spending order"


def check_accrual(book: Book, row: Transaction) -> None:
    """Law 2 for one accrual: cancelled = revoked + claimed + what had expired."""
    movement = book.movement(row.seq)
    lots = [book.lots[terms.lot] for terms in row.terms]
    if movement.status is Status.RELEASED:
        assert sum(lot.issued - lot.revoked for lot in lots) == 0, "law 2: released accrual"
        return
    absorbed = movement.cancelled - sum(lot.revoked + lot.claimed for lot in lots)
    assert absorbed >= 0, f"law 2: accrual {row.seq} lost {-absorbed} more than was cancelled"
    assert absorbed <= sum(lot.expired for lot in lots), (
        f"law 2: accrual {row.seq} keeps more than is in force of it"
    )


def check_all(book: Book) -> None:
    """Check every law that applies to a whole book, including law 8 (replay)."""
    audit(book)
    check_contents(book)


def check_contents(book: Book) -> None:
    """The same without law 8."""
    for seq in book.lots:
        check_lot(book, seq)
    for row in book.rows.values():
        if row.kind in CREDITS:
            check_accrual(book, row)


def standing(book: Book) -> object:
    """What a cancel and the cancel of that cancel must leave as it was (law 7).

    A lot that was created by grace and then revoked counts as never created.
    """
    gone = {seq for seq, lot in book.lots.items() if lot.grace and lot.revoked == lot.issued}
    return (
        {
            seq: (tuple(lot.split), lot.claimed, lot.reinstated, lot.activates_at, lot.locked)
            for seq, lot in book.lots.items()
            if seq not in gone
        },
        {seq: dict(redemption.parts) for seq, redemption in book.redemptions.items()},
        {
            seq: (book.movement(seq).remaining, book.movement(seq).deadline_at)
            for seq, row in book.rows.items()
            if row.root == seq and (row.kind in CREDITS or seq in book.redemptions)
        },
        book.owed,
    )


def emptied(book: Book) -> Iterable[str]:
    """What is left after everything was cancelled, but should not be."""
    if book.owed:
        yield "a deficit"
    for lot in book.lots.values():
        if lot.grace:
            continue
        if lot.pending or lot.available or lot.held:
            yield f"points of lot {lot.seq}"
        if not lot.expired and lot.revoked != lot.issued:
            yield f"lot {lot.seq} is not revoked"


def check_inverse(book: Book, row: Transaction, now: int) -> bool:
    """Law 7: a cancel of the row and the cancel of that change nothing. False: not cancellable."""
    twin = book.copy()
    decide(twin, Settle(), now)
    before = standing(twin)
    cancel = decide(twin, Cancel(row.seq), now)
    if not isinstance(cancel, Transaction):
        return False
    back = decide(twin, Cancel(cancel.seq), now)
    assert isinstance(back, Transaction), f"the cancel of {row.seq} cannot be undone: {back}"
    assert standing(twin) == before, f"law 7: the cancel of {row.seq} and its cancel"
    return True


def check_emptying(played: Played) -> None:
    """Law 3: cancelling everything leaves nothing behind."""
    check_all(when_emptied(played))


def when_emptied(played: Played) -> Book:
    """A copy of the book after everything was cancelled, which is checked to be empty."""
    twin = played.copy()
    twin.book.policy = twin.book.policy._replace(cancel_window_s=None)
    cancels_everything(twin)
    left = list(emptied(twin.book))
    assert not left, f"law 3: after everything was cancelled there is {', '.join(left)}"
    return twin.book
