"""Writes of the ledger: create a transaction, and act upon one.

Bodies of the wire become commands here, which is pure: the scale and the actor are arguments. The
answers are made of the journal's rows alone, so that a retry is answered with the same bytes.
"""

from collections.abc import Callable

from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.finding import body_id
from stampbook.dialects.native.ledger import journal
from stampbook.dialects.native.problems import invalid_field, not_found, refused
from stampbook.dialects.native.wire.ledger import (
    CancelBody,
    CommitBody,
    Note,
    TransactionBody,
    TransferBody,
)
from stampbook.dialects.native.wire.transactions import (
    TransactionShape,
    TransferShape,
    forwarded_shape,
    transaction_shape,
)
from stampbook.dialects.native.wire.values import metadata_text, read_amount, read_instant
from stampbook.domain import commands
from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Redeem
from stampbook.domain.model import FOREVER, Kind, split_number
from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer

NEVER = "never"
BY_EVENT = "event"

PlainCommand = commands.Release | commands.Activate | commands.Expire
Maker = Callable[[int, commands.Note], PlainCommand]

_transaction_body = Decoder(TransactionBody)
_commit_body = Decoder(CommitBody)
_cancel_body = Decoder(CancelBody)
_note_body = Decoder(Note)
_transfer_body = Decoder(TransferBody)


async def create_transaction(call: Call) -> Reply:
    """Add a movement to the account's journal."""
    account = call.id(ids.ACCOUNT)
    scale = (await call.denomination(account)).scale
    body = read(_transaction_body, call.body)
    command = movement_command(body, account, scale, call.actor)
    return await _submit(call, account, scale, command)


async def commit_transaction(call: Call) -> Reply:
    """Without an amount the whole of it."""
    account, target, scale = await call.target()
    body = read(_commit_body, call.body or b"{}")
    return await _submit(call, account, scale, commit_command(body, target, scale, call.actor))


async def cancel_transaction(call: Call) -> Reply:
    """Without an amount all that is left of it."""
    account, target, scale = await call.target()
    body = read(_cancel_body, call.body or b"{}")
    return await _submit(call, account, scale, cancel_command(body, target, scale, call.actor))


async def release_transaction(call: Call) -> Reply:
    """What it reserved or promised is free again."""
    return await _act(call, make_release)


async def activate_transaction(call: Call) -> Reply:
    """Whatever date the pending points had."""
    return await _act(call, make_activate)


async def expire_transaction(call: Call) -> Reply:
    """Whatever date the available points had."""
    return await _act(call, make_expire)


async def _act(call: Call, make: Maker) -> Reply:
    account, target, scale = await call.target()
    body = read(_note_body, call.body or b"{}")
    return await _submit(call, account, scale, make(target, note_of(body, call.actor)))


async def _submit(call: Call, account: int, scale: int, command: Command) -> Reply:
    """The first row that the command wrote, as it was written. Raises Failure: refused."""
    outcome = await call.context.ledger.submit(
        Submission(
            call.caller.tenant, account, (command,), call.caller.program, call.key, call.dry_run
        )
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome, account=account, scale=scale)
    if outcome.expiries is None:
        outcome = await dated(call, outcome)
    return Reply(shapes_of(outcome)[0], outcome.replayed)


async def dated(call: Call, done: Done) -> Done:
    """The outcome with the expiries of its lots: those of an earlier request's are read."""
    if done.expiries is not None:
        return done
    return done._replace(expiries=await journal.expiries(call.context.store, done.transactions))


def shapes_of(done: Done) -> list[TransactionShape]:
    """The rows that a command wrote, as they were written: the same for each repetition. They are
    `dated`."""
    rows, expiries, scale = done.transactions, done.expiries, done.account.scale
    assert expiries is not None, "the outcome of an earlier request is dated first"
    shapes = [transaction_shape(row, scale, expiries, already=done.already) for row in rows]
    if len(rows) > 1 and not done.already:
        shapes[0] = replace(shapes[0], forwarded=forwarded_shape(rows, scale))
    return shapes


async def create_transfer(call: Call) -> Reply:
    """Both accounts belong to one program; lots keep their expiry."""
    body = read(_transfer_body, call.body)
    transfer, scale = await transfer_of(call, body, call.key)
    outcome = await call.context.ledger.transfer(transfer)
    if isinstance(outcome, Refusal):
        raise refused(outcome, account=transfer.source, scale=scale)
    source, receiver = shapes_of(await dated(call, outcome))[:2]
    return Reply(TransferShape(source, receiver), outcome.replayed)


async def transfer_of(
    call: Call, body: TransferBody, key: str | None, under: str = ""
) -> tuple[Transfer, int]:
    """A transfer between accounts that the caller may see, and the scale of its amount.

    Raises Failure (422, 404).
    """
    source = body_id(ids.ACCOUNT, body.from_account_id, f"{under}/from_account_id")
    receiver = body_id(ids.ACCOUNT, body.to_account_id, f"{under}/to_account_id")
    scale = (await call.denomination(source)).scale
    await call.denomination(receiver)
    amount = read_amount(body.amount, scale, f"{under}/amount")
    if amount <= 0:
        raise invalid_field(f"{under}/amount", "must be greater than zero")
    transfer = Transfer(
        tenant=call.caller.tenant,
        source=source,
        receiver=receiver,
        amount=amount,
        program=call.caller.program,
        key=key,
        dry_run=call.dry_run,
        note=note_of(body, call.actor, under),
    )
    return transfer, scale


# -- commands ------------------------------------------------------------


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
    if body.lot_id is not None:
        raise invalid_field(f"{under}/lot_id", "is for adjust only")
    if body.type == "accrue":
        return _accrual(body, amount, Kind.ACCRUE, actor, under)
    _refuse_accrual_fields(body, under)
    note = note_of(body, actor, under)
    if body.type == "hold":
        return Hold(amount, body.timeout_s, note)
    if body.timeout_s is not None:
        raise invalid_field(f"{under}/timeout_s", "is for what is temporary")
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
    if body.timeout_s is not None and not body.temporary:
        raise invalid_field(f"{under}/timeout_s", "is for what is temporary")
    activation, expiry = body.activates_at, body.expires_at
    return Accrue(
        amount,
        kind,
        None if activation is None else _activation(activation, f"{under}/activates_at"),
        None if expiry is None else _expiry(expiry, f"{under}/expires_at"),
        body.temporary,
        body.timeout_s,
        0,
        note_of(body, actor, under),
    )


def _activation(text: str, pointer: str) -> int | None:
    return FOREVER if text == BY_EVENT else read_instant(text, pointer)


def _expiry(text: str, pointer: str) -> int | None:
    if text == NEVER or instants.is_never(text):
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


def make_release(target: int, note: commands.Note) -> PlainCommand:
    return commands.Release(target, note)


def make_activate(target: int, note: commands.Note) -> PlainCommand:
    return commands.Activate(target, note)


def make_expire(target: int, note: commands.Note) -> PlainCommand:
    return commands.Expire(target, note)
