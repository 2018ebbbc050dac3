"""What a cancel did, and what has become of what it, or a release or a commit, acted upon."""

from collections.abc import Mapping
from typing import Final

from stampbook.domain.model import (
    AVAILABLE,
    CREDITS,
    DEBITS,
    EXPIRED,
    OUTSIDE,
    OWED,
    REVOKED,
    Status,
    Transaction,
)
from stampbook.explaining.knowing import Known, moved, taken_back
from stampbook.explaining.sources import title
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief
from stampbook.speaking.speech import translatable

_CANCELS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): translatable("%(amount)s back"),
    (True, False): translatable("%(amount)s taken again"),
    (False, True): translatable("%(amount)s taken back"),
    (False, False): translatable("%(amount)s given again"),
}
"""What a cancel does: by whether its original takes points, and whether it takes that back."""


class Cancels:
    """The sentences of cancels, and of the fates of rows, in a voice."""

    def __init__(self, known: Known, voice: Voice) -> None:
        self._known = known
        self._voice = voice
        self.gettext = voice.speech.gettext

    def fate(self, seq: int) -> str:
        """What has become of the row; empty if it is in force as it was written."""
        movement = self._known.movements.get(seq)
        if movement is None:
            return ""
        if movement.cancelled and not movement.remaining and movement.cancelled_by:
            return self._cancelled_by(movement.cancelled_by)
        if movement.cancelled:
            amount = self._voice.amount(movement.cancelled)
            return self.gettext("%(amount)s of it cancelled.", amount=amount)
        if movement.status is Status.RELEASED and movement.released_by:
            released = self._known.briefs[movement.released_by]
            day = self._voice.day(released.recorded_at)
            return self.gettext("Released on %(day)s.", day=day)
        if movement.committed_by and movement.committed_by != seq:
            day = self._voice.day(self._known.briefs[movement.committed_by].recorded_at)
            return self.gettext("Confirmed on %(day)s.", day=day)
        return ""

    def fate_by(self, seq: int) -> int | None:
        """The row that `fate` is about; None if it is the row itself."""
        movement = self._known.movements.get(seq)
        if movement is None:
            return None
        if movement.cancelled:
            return movement.cancelled_by or None
        if movement.status is Status.RELEASED:
            return movement.released_by or None
        return movement.committed_by if movement.committed_by not in (0, seq) else None

    def _cancelled_by(self, seq: int) -> str:
        cancel = self._known.briefs[seq]
        who, day = self._voice.who(cancel), self._voice.day(cancel.recorded_at)
        if who:
            return self.gettext("Cancelled on %(day)s by %(who)s.", day=day, who=who)
        return self.gettext("Cancelled on %(day)s.", day=day)

    def texts(self, row: Transaction) -> list[str]:
        """What the cancel did."""
        root = self._known.briefs[row.root]
        movement = self._known.movements.get(row.target)
        whole = self._known.briefs[row.target].amount if movement is None else movement.base
        if row.link % 2 == 0:
            what = self.gettext("The cancel was undone")
        elif row.link > 1:
            what = self.gettext("Cancelled again")
        elif row.amount < whole:
            what = self.gettext("Cancelled in part")
        else:
            what = self.gettext("Cancelled")
        brief = self._known.briefs[row.seq]
        done = self._voice.done(what, self._voice.who(brief), self._voice.reason(brief))
        return [done, self._moved_by(row, root), *self._left_by(row, root)]

    def _moved_by(self, row: Transaction, root: Brief) -> str:
        """What the cancel did with the points of its original."""
        name = title(self._voice.source(root), self._voice.speech)
        takes_back = root.kind in CREDITS and row.link % 2 == 1
        amount = taken_back(row) if takes_back else row.amount
        word = _CANCELS[root.kind in DEBITS, row.link % 2 == 1]
        what = self.gettext(word, amount=self._voice.amount(amount))
        if name:
            return self.gettext("%(title)s: %(what)s.", title=name, what=what)
        return self.gettext("%(what)s.", what=what[:1].upper() + what[1:])

    def _left_by(self, row: Transaction, root: Brief) -> list[str]:
        """What a cancel could not move as asked, and what it made of debts."""
        amount = self._voice.amount
        more: list[str] = []
        if root.kind in DEBITS:
            expired = moved(row, {AVAILABLE}, {EXPIRED})
        elif row.link % 2 == 1:
            expired = row.amount - row.shortfall - taken_back(row)
        else:
            expired = moved(row, {REVOKED}, {EXPIRED})
        if expired > 0:
            more.append(self.gettext("%(amount)s of it had expired.", amount=amount(expired)))
        if row.shortfall:
            used = amount(row.shortfall)
            more.append(self.gettext("%(amount)s of it were used and stay used.", amount=used))
        debt = moved(row, {OUTSIDE}, {OWED}) - moved(row, {OWED}, {OUTSIDE})
        if debt > 0:
            more.append(self.gettext("%(amount)s became a debt.", amount=amount(debt)))
        return more
