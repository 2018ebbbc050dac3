"""What a row of a journal did, in a sentence or two."""

from collections.abc import Callable, Mapping
from typing import Final

from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    DEBITS,
    EXPIRED,
    FOREVER,
    OUTSIDE,
    OWED,
    PENDING,
    Kind,
    Transaction,
)
from stampbook.explaining.cancels import Cancels
from stampbook.explaining.knowing import PAYERS, Known, moved, payers
from stampbook.explaining.sources import (
    Origin,
    Source,
    earned_with,
    meant_for,
    thing,
    title,
)
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief


class Telling:
    """The sentences of the rows that are known, in a voice."""

    def __init__(self, known: Known, voice: Voice) -> None:
        self._known = known
        self._voice = voice
        self.gettext = voice.speech.gettext
        self._cancels = Cancels(known, voice)

    def text(self, seq: int) -> str:
        """What the row did."""
        row = self._known.rows[seq]
        return " ".join(TEXTS[row.kind](self, row))

    def fate(self, seq: int) -> str:
        """What has become of the row; empty if it is in force as it was written."""
        return self._cancels.fate(seq)

    def fate_by(self, seq: int) -> int | None:
        """The row that `fate` is about; None if it is the row itself."""
        return self._cancels.fate_by(seq)

    # -- what points are given ------------------------------------------------------------------

    def _accrue(self, row: Transaction) -> list[str]:
        brief = self._known.briefs[row.seq]
        source = self._voice.source(brief)
        what = self.gettext("%(what)s.", what=self._earned(row.amount, source))
        reason = self._voice.reason(brief, source.name, thing(source, self._voice.speech))
        if source.origin is Origin.WELCOME:
            reason = ""
        return [what, *self._when(row), *self._debt_paid(row), *self._beside(brief, reason)]

    def _earned(self, amount: int, source: Source) -> str:
        written = self._voice.amount(amount)
        with_ = earned_with(source, self._voice.speech)
        if with_:
            return self.gettext("%(amount)s earned %(source)s", amount=written, source=with_)
        return self.gettext("%(amount)s earned", amount=written)

    def _when(self, row: Transaction) -> list[str]:
        """When what the row gives becomes usable, if it is not at once."""
        pending = moved(row, {OUTSIDE}, {PENDING})
        if not pending:
            return []
        terms = row.terms[0]
        if terms.locked:
            if row.deadline_at == FOREVER:
                return [self.gettext("To be confirmed.")]
            until = self._voice.moment(row.deadline_at)
            return [self.gettext("To be confirmed by %(moment)s.", moment=until)]
        if terms.activates_at == FOREVER:
            return [self.gettext("Usable after an event.")]
        return [self.gettext("Usable from %(day)s.", day=self._voice.day(terms.activates_at))]

    def _debt_paid(self, row: Transaction) -> list[str]:
        paid = moved(row, {OWED}, {OUTSIDE})
        if not paid or row.kind in DEBITS:
            return []
        return [self.gettext("%(amount)s of it paid a debt.", amount=self._voice.amount(paid))]

    def _adjust_credit(self, row: Transaction) -> list[str]:
        what = self.gettext("%(amount)s given", amount=self._voice.amount(row.amount))
        return [self._done(row, what), *self._when(row), *self._debt_paid(row)]

    def _reinstate(self, row: Transaction) -> list[str]:
        what = self.gettext("%(amount)s that had expired given back", amount=self._amount(row))
        return [self._done(row, what), *self._debt_paid(row)]

    def _transfer_in(self, row: Transaction) -> list[str]:
        brief = self._known.briefs[row.seq]
        other = self._voice.source(brief).name
        text = self.gettext(
            "%(amount)s received from %(name)s.", amount=self._amount(row), name=other
        )
        return [text, *self._debt_paid(row), *self._beside(brief, self._voice.reason(brief))]

    # -- what points are taken ------------------------------------------------------------------

    def _redeem(self, row: Transaction) -> list[str]:
        brief = self._known.briefs[row.seq]
        source = self._voice.source(brief)
        name = title(source, self._voice.speech)
        amount, parts, is_one = self._amount(row), self._parts(row), len(payers(row)) == 1
        if name and is_one:
            text = self.gettext(
                "%(title)s took %(amount)s, all %(parts)s.", title=name, amount=amount, parts=parts
            )
        elif name:
            text = self.gettext(
                "%(title)s took %(amount)s: %(parts)s.", title=name, amount=amount, parts=parts
            )
        elif is_one:
            text = self.gettext("%(amount)s used, all %(parts)s.", amount=amount, parts=parts)
        else:
            text = self.gettext("%(amount)s used: %(parts)s.", amount=amount, parts=parts)
        reason = self._voice.reason(brief, source.name, name)
        return [text, *self._beside(brief, reason)]

    def _hold(self, row: Transaction) -> list[str]:
        brief = self._known.briefs[row.seq]
        source = self._voice.source(brief)
        until = self._voice.moment(row.deadline_at) if row.deadline_at != FOREVER else ""
        what = self._held(row.amount, source)
        text = (
            self.gettext("%(what)s until %(moment)s.", what=what, moment=until)
            if until
            else self.gettext("%(what)s.", what=what)
        )
        reason = self._voice.reason(brief, source.name, title(source, self._voice.speech))
        return [text, *self._beside(brief, reason)]

    def _held(self, amount: int, source: Source) -> str:
        written = self._voice.amount(amount)
        for_ = meant_for(source, self._voice.speech)
        if for_:
            return self.gettext("%(amount)s on hold %(source)s", amount=written, source=for_)
        return self.gettext("%(amount)s on hold", amount=written)

    def _adjust_debit(self, row: Transaction) -> list[str]:
        what = self.gettext("%(amount)s taken", amount=self._amount(row))
        return [self._done(row, what)]

    def _transfer_out(self, row: Transaction) -> list[str]:
        brief = self._known.briefs[row.seq]
        other = self._voice.source(brief).name
        text = self.gettext(
            "%(amount)s transferred to %(name)s.", amount=self._amount(row), name=other
        )
        return [text, *self._beside(brief, self._voice.reason(brief))]

    def _parts(self, row: Transaction) -> str:
        """The lots that paid: 80.00 from 3 Oct, 20.50 from 9 Oct. One lot alone without its amount,
        which is the whole."""
        paid = payers(row)
        shown, rest = paid[:PAYERS], paid[PAYERS:]
        if len(paid) == 1:
            lot = paid[0][0]
            return (
                self.gettext("from %(day)s", day=self._accrued(lot))
                if lot
                else self.gettext("as debt")
            )
        parts = []
        for lot, part in shown:
            amount = self._voice.amount(part)
            if lot:
                day = self._accrued(lot)
                parts.append(self.gettext("%(amount)s from %(day)s", amount=amount, day=day))
            else:
                parts.append(self.gettext("%(amount)s as debt", amount=amount))
        if rest:
            amount = self._voice.amount(sum(part for _, part in rest))
            ngettext = self._voice.speech.ngettext
            parts.append(
                ngettext(
                    "%(amount)s from %(num)s other lot",
                    "%(amount)s from %(num)s other lots",
                    len(rest),
                    amount=amount,
                )
            )
        return ", ".join(parts)

    def _accrued(self, lot: int) -> str:
        return self._voice.day(self._known.briefs[self._known.accrued[lot]].effective_at)

    # -- what becomes of them -------------------------------------------------------------------

    def _expire(self, row: Transaction) -> list[str]:
        amount = self._amount(row)
        if not row.by_clock:
            return [self._done(row, self.gettext("%(amount)s expired early", amount=amount))]
        earned = self._earned_on(row)
        local = self._voice.speech.local(row.recorded_at)
        if local.hour or local.minute:
            at = self._voice.speech.time(row.recorded_at)
            return [
                self.gettext(
                    "%(amount)s expired at %(time)s, %(earned)s.",
                    amount=amount,
                    time=at,
                    earned=earned,
                )
            ]
        return [
            self.gettext(
                "%(amount)s expired at midnight, %(earned)s.", amount=amount, earned=earned
            )
        ]

    def _earned_on(self, row: Transaction) -> str:
        root = self._root(row)
        day = self._voice.day(root.effective_at)
        if root.kind not in CREDITS:
            return self.gettext("returned %(day)s", day=day)
        with_ = earned_with(self._voice.source(root), self._voice.speech)
        if with_:
            return self.gettext("earned %(day)s %(source)s", day=day, source=with_)
        return self.gettext("earned %(day)s", day=day)

    def _activate(self, row: Transaction) -> list[str]:
        amount = self._amount(row)
        what = self.gettext(
            "%(amount)s became usable, %(earned)s", amount=amount, earned=self._earned_on(row)
        )
        text = self.gettext("%(what)s.", what=what)
        beside = [] if row.by_clock else self._beside(self._known.briefs[row.seq])
        expired = moved(row, {AVAILABLE}, {EXPIRED})
        at_once = self.gettext(
            "%(amount)s of it expired at once.", amount=self._voice.amount(expired)
        )
        return [text, *([at_once] if expired else []), *self._debt_paid(row), *beside]

    def _commit(self, row: Transaction) -> list[str]:
        root = self._root(row)
        source = self._voice.source(root)
        brief = self._known.briefs[row.seq]
        if root.kind in DEBITS:
            what = self._used(row.amount, source)
            left = root.amount - row.amount
            free = self.gettext("%(amount)s are free again.", amount=self._voice.amount(left))
            more = [free] if left > 0 else []
        else:
            what = self.gettext("%(what)s, confirmed", what=self._earned(row.amount, source))
            more = [*self._when_confirmed(row), *self._debt_paid(row)]
        text = self.gettext("%(what)s.", what=what)
        return [text, *more, *self._beside(brief, self._voice.reason(brief))]

    def _used(self, amount: int, source: Source) -> str:
        """What a commit uses of a hold."""
        written = self._voice.amount(amount)
        for_ = meant_for(source, self._voice.speech)
        if for_:
            return self.gettext(
                "%(amount)s of the hold %(source)s used", amount=written, source=for_
            )
        return self.gettext("%(amount)s of a hold used", amount=written)

    def _when_confirmed(self, row: Transaction) -> list[str]:
        dates = {terms.activates_at for terms in row.terms}
        if moved(row, {PENDING}, {AVAILABLE}) or not dates:
            return []
        day = min(dates)
        if day == FOREVER:
            return [self.gettext("Usable after an event.")]
        return [self.gettext("Usable from %(day)s.", day=self._voice.day(day))]

    def _release(self, row: Transaction) -> list[str]:
        root = self._root(row)
        source = self._voice.source(root)
        if root.kind in DEBITS:
            what = self.gettext("%(what)s, released", what=self._held(row.amount, source))
            reason = self.gettext("the time ran out") if row.by_clock else ""
        else:
            what = self.gettext("%(what)s, taken back", what=self._earned(row.amount, source))
            reason = self.gettext("not confirmed in time") if row.by_clock else ""
        if row.by_clock:
            return [self._voice.done(what, "", reason)]
        return [self._done(row, what)]

    # -- cancels --------------------------------------------------------------------------------

    def _cancel(self, row: Transaction) -> list[str]:
        return self._cancels.texts(row)

    # -- common ---------------------------------------------------------------------------------

    def _amount(self, row: Transaction) -> str:
        return self._voice.amount(row.amount)

    def _root(self, row: Transaction) -> Brief:
        return self._known.briefs[row.root]

    def _done(self, row: Transaction, what: str) -> str:
        brief = self._known.briefs[row.seq]
        return self._voice.done(what, self._voice.who(brief), self._voice.reason(brief))

    def _beside(self, brief: Brief, reason: str | None = None) -> list[str]:
        shown = self._voice.reason(brief) if reason is None else reason
        return self._voice.beside(self._voice.who(brief), shown)


TEXTS: Final[Mapping[Kind, Callable[[Telling, Transaction], list[str]]]] = {
    Kind.ACCRUE: Telling._accrue,
    Kind.REDEEM: Telling._redeem,
    Kind.HOLD: Telling._hold,
    Kind.COMMIT: Telling._commit,
    Kind.RELEASE: Telling._release,
    Kind.ACTIVATE: Telling._activate,
    Kind.EXPIRE: Telling._expire,
    Kind.CANCEL: Telling._cancel,
    Kind.ADJUST_CREDIT: Telling._adjust_credit,
    Kind.ADJUST_DEBIT: Telling._adjust_debit,
    Kind.REINSTATE: Telling._reinstate,
    Kind.TRANSFER_OUT: Telling._transfer_out,
    Kind.TRANSFER_IN: Telling._transfer_in,
}
"""How each kind of row is put into words."""
