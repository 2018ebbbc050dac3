"""The parts of a balance: what each lot, each hold and each debt adds to it, or takes from it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    FOREVER,
    Kind,
    Lot,
    Redemption,
    transaction_number,
)
from stampbook.explaining.sources import Origin, came_from, meant_for, thing
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief
from stampbook.speaking.formats import MINUS

TERMS: Final = 8
"""How many lots, or debts, a sum names."""


class PartKind(StrEnum):
    """Lots count in the active balance and deficits are taken off it; what is pending or held is
    shown beside it."""

    LOT = "lot"
    PENDING = "pending"
    HELD = "held"
    DEFICIT = "deficit"


class Part(NamedTuple):
    """One part. `amount` is in smallest units and positive. `lot` is the lot's number, None for
    holds and debts; `transaction` the number of the accrual, or of what holds or owes. Where lots
    are too many, one part is for `lots` of them: it has no lot, and its transaction is 0."""

    kind: PartKind
    lot: int | None
    transaction: int
    amount: int
    text: str
    lots: int = 1


class Debtors(NamedTuple):
    """Rows of the book's account that its parts name, by number: accruals of its lots, what holds
    and owes; and the row that left each debt, if that is known."""

    rows: Mapping[int, Brief]
    left_by: Mapping[int, Brief]


def needed(book: Book, most: int | None = None) -> set[int]:
    """The numbers of the rows that the parts of the book name, of lots at most `most`."""
    named = None if most is None else most + 1  # see _cut
    lots = (book.lots[seq].accrued_by for _, seq in book.spendable.keys[:named])
    return {*lots, *(seq for _, seq in book.deadlines.keys), *(seq for _, seq in book.owing.keys)}


def parts_of(book: Book, known: Debtors, voice: Voice, most: int | None = None) -> list[Part]:
    """The parts of a settled book: lots in the order in which they pay, what is pending by its
    date, holds by their deadlines, debts from the oldest on. Of lots that pay and of those that
    wait, `most` are parts of their own; the others are one."""
    return [
        *_lots(book, known, voice, most),
        *_pending(book, voice, most),
        *_holds(book, known, voice),
        *_debts(book, known, voice),
    ]


def _lots(book: Book, known: Debtors, voice: Voice, most: int | None) -> list[Part]:
    found = [book.lots[seq] for _, seq in book.spendable.keys]
    named, others = _cut(found, most)
    parts = [
        Part(
            PartKind.LOT,
            transaction_number(account=book.number, seq=lot.seq),
            transaction_number(account=book.number, seq=lot.accrued_by),
            lot.available,
            _lot_text(book, lot, known, voice, is_first=at == 0 and len(found) > 1),
        )
        for at, lot in enumerate(named)
    ]
    if others:
        amount = sum(lot.available for lot in others)
        text = voice.speech.ngettext(
            "%(amount)s in %(num)s other lot, used later.",
            "%(amount)s in %(num)s other lots, used later.",
            len(others),
            amount=voice.amount(amount),
        )
        parts.append(Part(PartKind.LOT, None, 0, amount, text, len(others)))
    return parts


def _cut(lots: Sequence[Lot], most: int | None) -> tuple[Sequence[Lot], Sequence[Lot]]:
    """Those that are named, and the others: never a single one."""
    if most is None or len(lots) <= most + 1:
        return lots, ()
    return lots[:most], lots[most:]


def _lot_text(book: Book, lot: Lot, known: Debtors, voice: Voice, *, is_first: bool) -> str:
    ngettext = voice.speech.ngettext
    what = lot_name(voice, lot.available, known.rows[lot.accrued_by])
    digits = voice.digits(lot.available)
    expires_at = book.expires_at(lot)
    if expires_at == FOREVER:
        if is_first:
            return ngettext(
                "%(what)s – never expires, used first.",
                "%(what)s – never expire, used first.",
                digits,
                what=what,
            )
        return ngettext("%(what)s – never expires.", "%(what)s – never expire.", digits, what=what)
    day = voice.day(expires_at)
    if is_first:
        return ngettext(
            "%(what)s – expires on %(day)s, used first.",
            "%(what)s – expire on %(day)s, used first.",
            digits,
            what=what,
            day=day,
        )
    return ngettext(
        "%(what)s – expires on %(day)s.",
        "%(what)s – expire on %(day)s.",
        digits,
        what=what,
        day=day,
    )


def lot_name(voice: Voice, amount: int, accrual: Brief) -> str:
    """An amount of a lot, and where it came from: 80.00 from order 1001 (3 Oct)."""
    gettext = voice.speech.gettext
    source = voice.source(accrual)
    from_ = came_from(source, voice.speech)
    written, day = voice.amount(amount), voice.day(accrual.effective_at)
    if accrual.kind not in CREDITS:  # a lot that a cancel made, by the policy `grace`
        return gettext("%(amount)s returned %(day)s", amount=written, day=day)
    if source.origin is Origin.WELCOME:
        return gettext("%(amount)s %(source)s", amount=written, source=from_)
    if from_:
        return gettext("%(amount)s %(source)s (%(day)s)", amount=written, source=from_, day=day)
    return gettext("%(amount)s from %(day)s", amount=written, day=day)


def _pending(book: Book, voice: Voice, most: int | None) -> list[Part]:
    waiting = [book.lots[seq] for seq in book.open_lots if book.lots[seq].pending]
    waiting.sort(key=lambda lot: (FOREVER if lot.locked else lot.activates_at, lot.seq))
    named, others = _cut(waiting, most)
    parts = [
        Part(
            PartKind.PENDING,
            transaction_number(account=book.number, seq=lot.seq),
            transaction_number(account=book.number, seq=lot.accrued_by),
            lot.pending,
            _pending_text(book, lot, voice),
        )
        for lot in named
    ]
    if others:
        amount = sum(lot.pending for lot in others)
        text = voice.speech.ngettext(
            "%(amount)s in %(num)s other lot that waits.",
            "%(amount)s in %(num)s other lots that wait.",
            len(others),
            amount=voice.amount(amount),
        )
        parts.append(Part(PartKind.PENDING, None, 0, amount, text, len(others)))
    return parts


def _pending_text(book: Book, lot: Lot, voice: Voice) -> str:
    ngettext = voice.speech.ngettext
    digits, amount = voice.digits(lot.pending), voice.amount(lot.pending)
    movement = book.movements.get(lot.accrued_by)
    deadline = FOREVER if movement is None else movement.deadline_at
    if lot.locked or lot.activates_at == FOREVER:
        if deadline == FOREVER:
            return ngettext(
                "%(amount)s becomes usable after an event.",
                "%(amount)s become usable after an event.",
                digits,
                amount=amount,
            )
        until = voice.moment(deadline)
        if lot.locked:
            return ngettext(
                "%(amount)s becomes usable if confirmed by %(moment)s.",
                "%(amount)s become usable if confirmed by %(moment)s.",
                digits,
                amount=amount,
                moment=until,
            )
        return ngettext(
            "%(amount)s becomes usable after an event, by %(moment)s.",
            "%(amount)s become usable after an event, by %(moment)s.",
            digits,
            amount=amount,
            moment=until,
        )
    return ngettext(
        "%(amount)s becomes usable on %(day)s.",
        "%(amount)s become usable on %(day)s.",
        digits,
        amount=amount,
        day=voice.day(lot.activates_at),
    )


def _holds(book: Book, known: Debtors, voice: Voice) -> list[Part]:
    return [
        Part(
            PartKind.HELD,
            None,
            transaction_number(account=book.number, seq=seq),
            book.movement(seq).remaining,
            _hold_text(book.movement(seq).remaining, known.rows[seq], deadline, voice),
        )
        for deadline, seq in book.deadlines.keys
        if known.rows[seq].kind is Kind.HOLD
    ]


def _hold_text(amount: int, hold: Brief, deadline: int, voice: Voice) -> str:
    gettext = voice.speech.gettext
    for_ = meant_for(voice.source(hold), voice.speech)
    written, until = voice.amount(amount), voice.moment(deadline)
    if for_:
        return gettext(
            "%(amount)s on hold %(source)s until %(moment)s.",
            amount=written,
            source=for_,
            moment=until,
        )
    return gettext("%(amount)s on hold until %(moment)s.", amount=written, moment=until)


def _debts(book: Book, known: Debtors, voice: Voice) -> list[Part]:
    return [
        Part(
            PartKind.DEFICIT,
            None,
            transaction_number(account=book.number, seq=seq),
            book.redemptions[seq].parts[0],
            debt_text(book.redemptions[seq], known, voice),
        )
        for _, seq in book.owing.keys
    ]


def debt_text(owing: Redemption, known: Debtors, voice: Voice) -> str:
    """Why the redemption lacks points, and what pays it."""
    gettext = voice.speech.gettext
    row, cause = known.rows[owing.seq], known.left_by.get(owing.seq)
    what = thing(voice.source(row), voice.speech)
    if not what:
        what = gettext("the payment of %(day)s", day=voice.day(row.effective_at))
    amount = voice.amount(owing.parts[0])
    if cause is not None and cause.kind is Kind.CANCEL and cause.link % 2 == 1:
        who, day = voice.who(cause), voice.day(cause.recorded_at)
        if who:
            return gettext(
                "Debt of %(amount)s: %(what)s was paid with points that were cancelled on %(day)s"
                " by %(who)s. The next points pay it.",
                amount=amount,
                what=what,
                day=day,
                who=who,
            )
        return gettext(
            "Debt of %(amount)s: %(what)s was paid with points that were cancelled on %(day)s."
            " The next points pay it.",
            amount=amount,
            what=what,
            day=day,
        )
    if cause is not None and cause.kind in DEBITS:
        return gettext(
            "Debt of %(amount)s: %(what)s took more than there was. The next points pay it.",
            amount=amount,
            what=what,
        )
    return gettext(
        "Debt of %(amount)s: nothing pays %(what)s yet. The next points pay it.",
        amount=amount,
        what=what,
    )


def sum_text(parts: Sequence[Part], voice: Voice) -> str:
    """The active balance as a sum: 80.00 + 40.00 − 25.00 = 95.00 available."""
    lots = [part for part in parts if part.kind is PartKind.LOT]
    debts = [part for part in parts if part.kind is PartKind.DEFICIT]
    active = voice.amount(_sum(lots) - _sum(debts))
    if len(lots) + len(debts) <= 1:
        return voice.speech.gettext("%(amount)s available", amount=active)
    terms = " + ".join(_terms(lots, voice))
    terms += "".join(f" {MINUS} {term}" for term in _terms(debts, voice))
    if not lots:  # the sum begins with its sign
        terms = f"{MINUS}{terms.removeprefix(f' {MINUS} ')}"
    return voice.speech.gettext("%(sum)s = %(amount)s available", sum=terms, amount=active)


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.amount for part in parts)


def _terms(parts: Sequence[Part], voice: Voice) -> list[str]:
    """The terms of a sum; those that are too many to read are one."""
    named = list(parts if len(parts) <= TERMS else parts[: TERMS - 1])
    if named and named[-1].lots > 1:
        named.pop()
    terms = [voice.amount(part.amount) for part in named]
    rest = parts[len(named) :]
    if rest:
        terms.append(
            voice.speech.ngettext(
                "%(amount)s (%(num)s other)",
                "%(amount)s (%(num)s others)",
                sum(part.lots for part in rest),
                amount=voice.amount(_sum(rest)),
            )
        )
    return terms
