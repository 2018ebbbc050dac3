"""Commit, roll back, cancel: what becomes of a transaction that stands in the journal."""

from collections.abc import Callable
from typing import Final, NamedTuple

from stampbook.dialects.altcraft.answers import Answer, balance_text, refused
from stampbook.dialects.altcraft.exchange import Call
from stampbook.dialects.altcraft.faults import Fault, not_found
from stampbook.dialects.altcraft.ids import write_transaction
from stampbook.dialects.altcraft.resolving import Target, find_row, read_target
from stampbook.domain.commands import Cancel, Command, Commit, Note, Release
from stampbook.domain.model import DEBITS, Transaction, transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission

_TELLS_STATE = frozenset({Code.ALREADY_CANCELLED, Code.ALREADY_RELEASED, Code.ALREADY_COMMITTED})


class Finish(NamedTuple):
    """What may become of a transaction. `of_temporary`: only of a temporary one."""

    command: Callable[[int, Note], Command]
    of_temporary: bool = False
    hint: str = ""
    """What a refusal of what is committed already ends with."""


CANCEL: Final = Finish(lambda target, note: Cancel(target, note=note))
COMMIT: Final = Finish(lambda target, note: Commit(target, note=note), of_temporary=True)
ROLL_BACK: Final = Finish(
    lambda target, note: Release(target, note=note),
    of_temporary=True,
    hint="; use cancel_transaction",
)


async def cancel(call: Call) -> Answer:
    """Cancel any transaction, temporary or permanent; a second time is an error that tells
    the state. Answers the id that was asked for, and the active balance."""
    return await _carry_out(call, CANCEL)


async def commit(call: Call) -> Answer:
    """Make a temporary transaction final. Answers the new transaction's id for an accrual,
    the original's for a redemption."""
    return await _carry_out(call, COMMIT)


async def roll_back(call: Call) -> Answer:
    """Take a temporary transaction back before it is final. Answers its id."""
    return await _carry_out(call, ROLL_BACK)


async def _carry_out(call: Call, finish: Finish) -> Answer:
    target = await read_target(call)
    outcome = await call.context.ledger.submit(submission(call, finish, target))
    return await answer_to(call, finish, target, outcome)


def submission(call: Call, finish: Finish, target: Target) -> Submission:
    """What the ledger is asked for."""
    return Submission(
        tenant=call.caller.tenant,
        program=call.caller.program,
        account=target.account,
        commands=(finish.command(target.seq, _note(call)),),
        key=call.key,
    )


def answer_at_once(call: Call, finish: Finish, target: Target, outcome: Outcome) -> Answer | None:
    """The answer to what the ledger has done; None: something must be looked up first.

    Raises Fault for what had been cancelled before.
    """
    if isinstance(outcome, Refusal):
        return None
    if outcome.already:
        raise refused(
            Refusal(Code.ALREADY_CANCELLED, ""),
            data=_data(target.id, outcome.account.active, outcome.account.scale),
        )
    if finish is not COMMIT:
        return _done(target.id, outcome)
    row = outcome.transaction
    original = call.context.ledger.recorded(target.account, row.root)
    return None if original is None else _done(_committed(target, original, row.seq), outcome)


async def answer_to(call: Call, finish: Finish, target: Target, outcome: Outcome) -> Answer:
    """The answer to whatever has come of it. Raises Fault."""
    if isinstance(outcome, Refusal):
        raise await _refused(call, finish, target, outcome)
    answer = answer_at_once(call, finish, target, outcome)
    if answer is not None:
        return answer
    row = outcome.transaction
    return _done(await _committed_id(call, target, row.seq, original=row.root), outcome)


def _note(call: Call) -> Note:
    return Note(actor=call.caller.actor)


def _done(named: str, done: Done) -> Answer:
    """The balance is the one after the row, also when a repeat is answered."""
    return Answer(_data(named, done.transaction.balance_after, done.account.scale))


def _data(named: str, active: int, scale: int) -> dict[str, str]:
    return {"transaction_id": named, "balance": balance_text(active, scale)}


async def _committed_id(call: Call, target: Target, committed: int, *, original: int) -> str:
    """Of an accrual the commit's id, of a redemption the original's."""
    row = await find_row(call, target._replace(seq=original))
    assert row is not None
    return _committed(target, row, committed)


def _committed(target: Target, original: Transaction, committed: int) -> str:
    seq = original.seq if original.kind in DEBITS else committed
    return write_transaction(transaction_number(account=target.account, seq=seq))


async def _refused(call: Call, finish: Finish, target: Target, refusal: Refusal) -> Fault:
    """The refusal's text, and where it tells what has become of the transaction, the state."""
    if refusal.code is Code.NOT_FOUND and finish.of_temporary and await find_row(call, target):
        return refused(Refusal(Code.NOT_TEMPORARY, ""))
    if refusal.code not in _TELLS_STATE or refusal.active is None:
        return refused(refusal)
    scale = await call.context.ledger.denominations.of(target.account)
    if scale is None:
        return not_found("transaction")
    named = target.id
    if refusal.code is Code.ALREADY_COMMITTED and refusal.related:
        row = await find_row(call, target)
        assert row is not None
        named = await _committed_id(call, target, refusal.related, original=row.root)
    return refused(
        refusal,
        data=_data(named, refusal.active, scale.scale),
        hint=finish.hint if refusal.code is Code.ALREADY_COMMITTED else "",
    )
