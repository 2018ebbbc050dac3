"""Writes of the ledger: create a transaction, and act upon one.

The answers are made of the journal's rows alone, so that a retry is answered with the same bytes.
"""

from msgspec.json import Decoder
from msgspec.structs import replace

from stampbook.dialects.native import ids
from stampbook.dialects.native.bodies import read
from stampbook.dialects.native.call import Call, Reply
from stampbook.dialects.native.finding import body_id
from stampbook.dialects.native.ledger import commands, journal
from stampbook.dialects.native.ledger.reading import denomination, target_of
from stampbook.dialects.native.problems import invalid_field, refused
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
from stampbook.dialects.native.wire.values import read_amount
from stampbook.domain.commands import Command
from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer

_transaction_body = Decoder(TransactionBody)
_commit_body = Decoder(CommitBody)
_cancel_body = Decoder(CancelBody)
_note_body = Decoder(Note)
_transfer_body = Decoder(TransferBody)


async def create_transaction(call: Call) -> Reply:
    """Add a movement to the account's journal."""
    account = call.id(ids.ACCOUNT)
    scale = (await denomination(call, account)).scale
    body = read(_transaction_body, call.body)
    command = commands.movement_command(body, account, scale, call.actor)
    return await _submit(call, account, scale, command)


async def commit_transaction(call: Call) -> Reply:
    """Without an amount the whole of it."""
    account, target, scale = await target_of(call)
    body = read(_commit_body, call.body or b"{}")
    return await _submit(
        call, account, scale, commands.commit_command(body, target, scale, call.actor)
    )


async def cancel_transaction(call: Call) -> Reply:
    """Without an amount all that is left of it."""
    account, target, scale = await target_of(call)
    body = read(_cancel_body, call.body or b"{}")
    return await _submit(
        call, account, scale, commands.cancel_command(body, target, scale, call.actor)
    )


async def release_transaction(call: Call) -> Reply:
    """What it reserved or promised is free again."""
    return await _act(call, commands.make_release)


async def activate_transaction(call: Call) -> Reply:
    """Whatever date the pending points had."""
    return await _act(call, commands.make_activate)


async def expire_transaction(call: Call) -> Reply:
    """Whatever date the available points had."""
    return await _act(call, commands.make_expire)


async def _act(call: Call, make: commands.Maker) -> Reply:
    account, target, scale = await target_of(call)
    body = read(_note_body, call.body or b"{}")
    return await _submit(call, account, scale, make(target, commands.note_of(body, call.actor)))


async def _submit(call: Call, account: int, scale: int, command: Command) -> Reply:
    """The first row that the command wrote, as it was written. Raises Failure: refused."""
    outcome = await call.context.ledger.submit(
        Submission(
            call.caller.tenant, account, (command,), call.caller.program, call.key, call.dry_run
        )
    )
    if isinstance(outcome, Refusal):
        raise refused(outcome, account=account, scale=scale)
    return Reply((await shapes_of(call, outcome))[0], outcome.replayed)


async def shapes_of(call: Call, done: Done) -> list[TransactionShape]:
    """The rows that a command wrote, as they were written: the same for each repetition."""
    rows, expiries, scale = done.transactions, done.expiries, done.account.scale
    if expiries is None:
        expiries = await journal.expiries(call.context.store, rows)
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
    source, receiver = (await shapes_of(call, outcome))[:2]
    return Reply(TransferShape(source, receiver), outcome.replayed)


async def transfer_of(
    call: Call, body: TransferBody, key: str | None, under: str = ""
) -> tuple[Transfer, int]:
    """A transfer between accounts that the caller may see, and the scale of its amount.

    Raises Failure (422, 404).
    """
    source = body_id(ids.ACCOUNT, body.from_account_id, f"{under}/from_account_id")
    receiver = body_id(ids.ACCOUNT, body.to_account_id, f"{under}/to_account_id")
    scale = (await denomination(call, source)).scale
    await denomination(call, receiver)
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
        note=commands.note_of(body, call.actor, under),
    )
    return transfer, scale
