"""What a row asks of the ledger."""

from typing import Final

from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.domain.model import FOREVER, MAX_AMOUNT, Kind
from stampbook.files.importing.identity import Identity
from stampbook.files.reading.columns import Kind as Rows
from stampbook.files.reading.items import EXPIRE, Item

BOTTOMLESS: Final = 1_000 * MAX_AMOUNT
"""The overdraft of an opening deficit, which is a fact and not a wish."""


HISTORY_US: Final = 7 * 86_400 * 1_000_000
"""How long points of a vendor's history that have expired since are there for its later rows, which
spend them or say that they expired. They are the first to be spent."""


def command_of(item: Item, identity: Identity, now: int, target: int = 0) -> Command:
    """The command of a row that moves points. `target` is what a cancel undoes.

    Opening lots keep their dates: nothing of them is counted anew from the currency's policy. What
    a row of transactions does not say is left to the policy.
    """
    note = Note(external_id=identity.external_id, reason=item.reason, effective_at=item.at)
    if item.kind is Rows.TRANSACTIONS:
        return _movement(item, note, target, now)
    if item.amount < 0:
        return Redeem(-item.amount, Kind.ADJUST_DEBIT, note, overdraft=BOTTOMLESS)
    activates_at = item.activates_at
    if activates_at is None:
        activates_at = now if item.at is None else min(item.at, now)
    expires_at = FOREVER if item.expires_at is None else item.expires_at
    return Accrue(item.amount, activates_at=activates_at, expires_at=expires_at, note=note)


def _movement(item: Item, note: Note, target: int, now: int) -> Command:
    if item.type == "cancel":
        return Cancel(target, item.amount, note=note)
    if item.type == "redeem":
        return Redeem(item.amount, note=note)
    if item.type == EXPIRE:
        return Redeem(item.amount, Kind.ADJUST_DEBIT, note)
    if item.amount < 0:
        return Redeem(-item.amount, Kind.ADJUST_DEBIT, note)
    expires_at = item.expires_at
    if item.historic and expires_at is not None and expires_at <= now:
        expires_at = now + HISTORY_US
    kind = Kind.ACCRUE if item.type == "accrue" else Kind.ADJUST_CREDIT
    return Accrue(
        item.amount,
        kind,
        activates_at=item.activates_at,
        expires_at=expires_at,
        note=note,
    )
