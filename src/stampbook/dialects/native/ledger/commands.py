"""Bodies of the wire → commands of the ledger. Pure: the scale and the actor are arguments."""

from collections.abc import Callable

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import invalid_field, not_found
from stampbook.dialects.native.wire.ledger import CancelBody, CommitBody, Note, TransactionBody
from stampbook.dialects.native.wire.values import metadata_text, read_amount, read_instant
from stampbook.domain import commands
from stampbook.domain.commands import Accrue, Cancel, Commit, Hold, Redeem
from stampbook.domain.model import FOREVER, Kind, split_number

NEVER = "never"
BY_EVENT = "event"


def note_of(body: Note, actor: str | None, under: str = "") -> commands.Note:
    """What the caller wants written beside the transaction. Raises Failure (422).

    `under` is the pointer to the body's place in a larger one.
    """
    return commands.Note(
        body.external_id,
        body.reason,
        actor,
        metadata_text(body.metadata, f"{under}/metadata") if body.metadata else None,
        None
        if body.effective_at is None
        else read_instant(body.effective_at, f"{under}/effective_at"),
    )


def movement_command(
    body: TransactionBody, account: int, scale: int, actor: str | None, under: str = ""
) -> Accrue | Redeem | Hold:
    """The command of `POST /accounts/{id}/transactions`. Raises Failure (422, 404)."""
    amount = read_amount(body.amount, scale, f"{under}/amount")
    if amount <= 0 and (body.type != "adjust" or amount == 0):
        raise invalid_field(f"{under}/amount", "must be greater than zero")
    if body.type == "adjust":
        return _adjustment(body, amount, account, actor, under)
    _refuse(body.lot_id is not None, f"{under}/lot_id", "is for adjust only")
    if body.type == "accrue":
        return _accrual(body, amount, Kind.ACCRUE, actor, under)
    _refuse_accrual_fields(body, under)
    note = note_of(body, actor, under)
    if body.type == "hold":
        return Hold(amount, body.timeout_s, note)
    _refuse(body.timeout_s is not None, f"{under}/timeout_s", "is for what is temporary")
    return Redeem(amount, Kind.REDEEM, note)


def _adjustment(
    body: TransactionBody, amount: int, account: int, actor: str | None, under: str
) -> Accrue | Redeem:
    _refuse(body.reason is None, f"{under}/reason", "is missing: an adjustment says why")
    if amount < 0:
        _refuse(body.lot_id is not None, f"{under}/lot_id", "needs a positive amount")
        _refuse_accrual_fields(body, under)
        _refuse(body.timeout_s is not None, f"{under}/timeout_s", "is for what is temporary")
        return Redeem(-amount, Kind.ADJUST_DEBIT, note_of(body, actor, under))
    if body.lot_id is None:
        return _accrual(body, amount, Kind.ADJUST_CREDIT, actor, under)
    _refuse(body.temporary, f"{under}/temporary", "cannot be combined with lot_id")
    command = _accrual(body, amount, Kind.REINSTATE, actor, under)
    number = ids.read(ids.LOT, body.lot_id)
    of, lot = split_number(number or 0)
    if of != account:
        raise not_found(f"{under}/lot_id: the account has no such lot")
    return command._replace(reinstates=lot)


def _accrual(
    body: TransactionBody, amount: int, kind: Kind, actor: str | None, under: str
) -> Accrue:
    _refuse(
        body.timeout_s is not None and not body.temporary,
        f"{under}/timeout_s",
        "is for what is temporary",
    )
    return Accrue(
        amount,
        kind,
        _activation(body.activates_at, f"{under}/activates_at"),
        _expiry(body.expires_at, f"{under}/expires_at"),
        body.temporary,
        body.timeout_s,
        0,
        note_of(body, actor, under),
    )


def _activation(text: str | None, pointer: str) -> int | None:
    return FOREVER if text == BY_EVENT else read_instant(text, pointer)


def _expiry(text: str | None, pointer: str) -> int | None:
    if text is not None and (text == NEVER or instants.is_never(text)):
        return FOREVER
    return read_instant(text, pointer)


def _refuse_accrual_fields(body: TransactionBody, under: str) -> None:
    if body.activates_at is not None or body.expires_at is not None or body.temporary:
        for name in ("activates_at", "expires_at", "temporary"):
            if getattr(body, name):
                raise invalid_field(f"{under}/{name}", f"is not for {body.type}")


def _refuse(wrong: bool, pointer: str, detail: str) -> None:
    if wrong:
        raise invalid_field(pointer, detail)


def _part(value: str | int, scale: int, under: str) -> int:
    """How much a commit or cancel is of. Raises Failure (422)."""
    amount = read_amount(value, scale, f"{under}/amount")
    _refuse(amount <= 0, f"{under}/amount", "must be greater than zero")
    return amount


def commit_command(
    body: CommitBody, target: int, scale: int, actor: str | None, under: str = ""
) -> Commit:
    amount = None if body.amount is None else _part(body.amount, scale, under)
    return Commit(target, amount, note_of(body, actor, under))


def cancel_command(
    body: CancelBody, target: int, scale: int, actor: str | None, under: str = ""
) -> Cancel:
    amount = None if body.amount is None else _part(body.amount, scale, under)
    return Cancel(target, amount, note=note_of(body, actor, under))


PlainCommand = commands.Release | commands.Activate | commands.Expire
Maker = Callable[[int, commands.Note], PlainCommand]


def make_release(target: int, note: commands.Note) -> PlainCommand:
    return commands.Release(target, note)


def make_activate(target: int, note: commands.Note) -> PlainCommand:
    return commands.Activate(target, note)


def make_expire(target: int, note: commands.Note) -> PlainCommand:
    return commands.Expire(target, note)
