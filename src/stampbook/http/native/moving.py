"""Writes of the ledger: create a transaction, and act upon one.

The answers are made of the journal's rows alone, so that a retry is answered with the same bytes.
These functions serve the framework's routes and the short way of the hot paths alike.
"""

from msgspec.json import Decoder

from stampbook.domain.commands import Command
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Refusal
from stampbook.http import ids
from stampbook.http.bodies import read
from stampbook.http.native import commands, journal
from stampbook.http.native.answers import problem_answer, refusal_problem
from stampbook.http.native.call import Answer, Call, answer
from stampbook.http.native.finding import body_id
from stampbook.http.native.reading import denomination, denomination_of_transaction
from stampbook.http.native.wire_ledger import (
    CancelBody,
    CommitBody,
    Note,
    TransactionBody,
    TransactionShape,
    TransferBody,
    TransferShape,
    transaction_shape,
)
from stampbook.http.native.wire_programs import read_amount
from stampbook.http.problems import invalid_field
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission, Transfer

_transaction_body = Decoder(TransactionBody)
_commit_body = Decoder(CommitBody)
_cancel_body = Decoder(CancelBody)
_note_body = Decoder(Note)
_transfer_body = Decoder(TransferBody)


async def create_transaction(call: Call) -> Answer:
    """`POST /accounts/{id}/transactions`."""
    account = call.id(ids.ACCOUNT)
    scale = (await denomination(call, account)).scale
    body = read(_transaction_body, call.body)
    command = commands.movement_command(body, account, scale, call.headers.actor)
    return await _submit(call, account, command, 201)


async def commit_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/commit`."""
    account, target, scale = await _target(call)
    body = read(_commit_body, call.body or b"{}")
    command = commands.commit_command(body, target, scale, call.headers.actor)
    return await _submit(call, account, command, 200)


async def cancel_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/cancel`."""
    account, target, scale = await _target(call)
    body = read(_cancel_body, call.body or b"{}")
    command = commands.cancel_command(body, target, scale, call.headers.actor)
    return await _submit(call, account, command, 200)


async def release_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/release`."""
    return await _act(call, commands.make_release)


async def activate_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/activate`."""
    return await _act(call, commands.make_activate)


async def expire_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/expire`."""
    return await _act(call, commands.make_expire)


async def _act(call: Call, make: commands.Maker) -> Answer:
    account, target, _ = await _target(call)
    body = read(_note_body, call.body or b"{}")
    command = make(target, commands.note_of(body, call.headers.actor))
    return await _submit(call, account, command, 200)


async def _target(call: Call) -> tuple[int, int, int]:
    """The account, the sequence number and the scale of the transaction in the path."""
    account, seq = split_number(call.id(ids.TRANSACTION))
    return account, seq, (await denomination_of_transaction(call, account)).scale


async def _submit(call: Call, account: int, command: Command, status: int) -> Answer:
    caller = call.caller
    outcome = await call.context.ledger.submit(
        Submission(
            caller.tenant,
            account,
            (command,),
            caller.program,
            call.headers.idempotency_key,
            call.dry_run,
        )
    )
    if isinstance(outcome, Refusal):
        return await refused(call, outcome, account)
    shape = await shape_of(call, outcome)
    return answer(status, shape, replayed=outcome.replayed)


async def refused(call: Call, refusal: Refusal, account: int) -> Answer:
    """A refusal as a problem."""
    scale = (await denomination(call, account)).scale
    return problem_answer(
        refusal_problem(refusal, account=account, scale=scale, request_id=call.request_id)
    )


async def shape_of(call: Call, done: Done) -> TransactionShape:
    """The first row that a command wrote, as it was written."""
    row = done.transactions[0]
    expiries = done.expiries
    if expiries is None:
        expiries = await journal.expiries(call.context.store, (row,))
    return transaction_shape(row, done.account.scale, expiries, already=done.already)


async def create_transfer(call: Call) -> Answer:
    """`POST /transfers`."""
    body = read(_transfer_body, call.body)
    transfer = await transfer_of(call, body, call.headers.idempotency_key)
    outcome = await call.context.ledger.transfer(transfer)
    if isinstance(outcome, Refusal):
        return await refused(call, outcome, transfer.source)
    return answer(200, await transfer_shape(call, outcome), replayed=outcome.replayed)


async def transfer_of(call: Call, body: TransferBody, key: str | None, under: str = "") -> Transfer:
    """A transfer between accounts that the caller may see. Raises Failure (422, 404)."""
    source = body_id(ids.ACCOUNT, body.from_account_id, f"{under}/from_account_id")
    receiver = body_id(ids.ACCOUNT, body.to_account_id, f"{under}/to_account_id")
    scale = (await denomination(call, source)).scale
    await denomination(call, receiver)
    amount = read_amount(body.amount, scale, f"{under}/amount")
    if amount <= 0:
        raise invalid_field(f"{under}/amount", "must be greater than zero")
    return Transfer(
        tenant=call.caller.tenant,
        source=source,
        receiver=receiver,
        amount=amount,
        program=call.caller.program,
        key=key,
        dry_run=call.dry_run,
        note=commands.note_of(body, call.headers.actor, under),
    )


async def transfer_shape(call: Call, done: Done) -> TransferShape:
    """Both legs as they were written: of a transfer or of its repetition."""
    expiries = done.expiries
    if expiries is None:
        expiries = await journal.expiries(call.context.store, done.transactions)
    source, receiver = (
        transaction_shape(row, done.account.scale, expiries) for row in done.transactions[:2]
    )
    return TransferShape(source, receiver)
