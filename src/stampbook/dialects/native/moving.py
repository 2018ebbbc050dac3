"""Writes of the ledger: create a transaction, and act upon one.

The answers are made of the journal's rows alone, so that a retry is answered with the same bytes.
The framework's routes and the short way of the hot paths read and word a `Move` alike.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec.json import Decoder

from stampbook.dialects.native import commands, ids, journal
from stampbook.dialects.native.answers import problem_answer, refusal_problem
from stampbook.dialects.native.bodies import read
from stampbook.dialects.native.call import Call, answer
from stampbook.dialects.native.finding import body_id
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.reading import denomination, denomination_of_transaction
from stampbook.dialects.native.wire_ledger import (
    CancelBody,
    CommitBody,
    Note,
    TransactionBody,
    TransactionShape,
    TransferBody,
    TransferShape,
    transaction_shape,
)
from stampbook.dialects.native.wire_programs import read_amount
from stampbook.domain.commands import Command
from stampbook.domain.model import split_number
from stampbook.domain.refusals import Refusal
from stampbook.edge.answers import Answer
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission, Transfer

_transaction_body = Decoder(TransactionBody)
_commit_body = Decoder(CommitBody)
_cancel_body = Decoder(CancelBody)
_note_body = Decoder(Note)
_transfer_body = Decoder(TransferBody)


class Move(NamedTuple):
    """How a write of one account is read: of which entity the path tells, and what it commands.

    `command` takes the request, the account, the transaction acted upon (0: a new one) and the
    scale of the account's amounts. `status` is that of success.
    """

    prefix: str
    status: int
    command: Callable[[Call, int, int, int], Command]


def _created(call: Call, account: int, _: int, scale: int) -> Command:
    body = read(_transaction_body, call.body)
    return commands.movement_command(body, account, scale, call.headers.actor)


def _committed(call: Call, _: int, target: int, scale: int) -> Command:
    body = read(_commit_body, call.body or b"{}")
    return commands.commit_command(body, target, scale, call.headers.actor)


def _cancelled(call: Call, _: int, target: int, scale: int) -> Command:
    body = read(_cancel_body, call.body or b"{}")
    return commands.cancel_command(body, target, scale, call.headers.actor)


def _acted(make: commands.Maker) -> Callable[[Call, int, int, int], Command]:
    def command(call: Call, _: int, target: int, __: int) -> Command:
        body = read(_note_body, call.body or b"{}")
        return make(target, commands.note_of(body, call.headers.actor))

    return command


CREATE: Final = Move(ids.ACCOUNT, 201, _created)
COMMIT: Final = Move(ids.TRANSACTION, 200, _committed)
CANCEL: Final = Move(ids.TRANSACTION, 200, _cancelled)
RELEASE: Final = Move(ids.TRANSACTION, 200, _acted(commands.make_release))
ACTIVATE: Final = Move(ids.TRANSACTION, 200, _acted(commands.make_activate))
EXPIRE: Final = Move(ids.TRANSACTION, 200, _acted(commands.make_expire))


async def create_transaction(call: Call) -> Answer:
    """`POST /accounts/{id}/transactions`."""
    return await _carry_out(call, CREATE)


async def commit_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/commit`."""
    return await _carry_out(call, COMMIT)


async def cancel_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/cancel`."""
    return await _carry_out(call, CANCEL)


async def release_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/release`."""
    return await _carry_out(call, RELEASE)


async def activate_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/activate`."""
    return await _carry_out(call, ACTIVATE)


async def expire_transaction(call: Call) -> Answer:
    """`POST /transactions/{id}/expire`."""
    return await _carry_out(call, EXPIRE)


async def _carry_out(call: Call, move: Move) -> Answer:
    account, _ = place = place_of(call, move)
    if move is CREATE:
        scale = (await denomination(call, account)).scale
    else:
        scale = (await denomination_of_transaction(call, account)).scale
    outcome = await call.context.ledger.submit(submission(call, move, place, scale))
    return await answer_to(call, move, account, outcome)


def place_of(call: Call, move: Move) -> tuple[int, int]:
    """The account of the path, and the transaction acted upon (0: none). Raises Failure (404)."""
    number = call.id(move.prefix)
    return (number, 0) if move.prefix == ids.ACCOUNT else split_number(number)


def submission(call: Call, move: Move, place: tuple[int, int], scale: int) -> Submission:
    """What the ledger is asked for. Raises Failure (422, 404)."""
    account, target = place
    return Submission(
        call.caller.tenant,
        account,
        (move.command(call, account, target, scale),),
        call.caller.program,
        call.headers.idempotency_key,
        call.dry_run,
    )


def answer_at_once(move: Move, outcome: Outcome) -> Answer | None:
    """The answer to what the ledger has just written; None: something must be looked up first."""
    if isinstance(outcome, Refusal) or outcome.expiries is None:
        return None
    shape = transaction_shape(
        outcome.transactions[0], outcome.account.scale, outcome.expiries, already=outcome.already
    )
    return answer(move.status, shape, replayed=outcome.replayed)


async def answer_to(call: Call, move: Move, account: int, outcome: Outcome) -> Answer:
    """The answer to whatever has come of it."""
    if isinstance(outcome, Refusal):
        return await refused(call, outcome, account)
    shape = await shape_of(call, outcome)
    return answer(move.status, shape, replayed=outcome.replayed)


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
