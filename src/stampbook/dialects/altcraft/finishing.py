"""Commit, roll back, cancel: what becomes of a transaction that the journal has."""

from typing import Final

from stampbook.dialects.altcraft.answers import balance_text, refused
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.faults import Fault, not_found
from stampbook.dialects.altcraft.resolving import Target, find_row, read_target
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.domain.commands import Cancel, Command, Commit, Note, Release
from stampbook.domain.model import DEBITS, transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission

_WITH_STATE: Final = frozenset(
    {Code.ALREADY_CANCELLED, Code.ALREADY_RELEASED, Code.ALREADY_COMMITTED}
)

_ROLLED_BACK_TOO_LATE: Final = "; use cancel_transaction"


async def cancel(call: Call) -> Success:
    """Cancel any transaction, temporary or permanent; a second time is an error with
    the state. Answers the id that was asked for, and the active balance."""
    target = await read_target(call)
    note = Note(actor=call.caller.actor)
    done = await _carry_out(call, target, Cancel(target.seq, note=note))
    return Success(_state_after(target.id, done))


async def commit(call: Call) -> Success:
    """Make a temporary transaction final. Answers the new transaction's id for an accrual,
    the original's for a redemption."""
    target = await read_target(call)
    note = Note(actor=call.caller.actor)
    done = await _carry_out(call, target, Commit(target.seq, note=note))
    row = done.transaction
    return Success(_state_after(await _committed(call, target, row.root, row.seq), done))


async def roll_back(call: Call) -> Success:
    """Take a temporary transaction back before it is final. Answers its id."""
    target = await read_target(call)
    note = Note(actor=call.caller.actor)
    release = Release(target.seq, note=note)
    done = await _carry_out(call, target, release, hint=_ROLLED_BACK_TOO_LATE)
    return Success(_state_after(target.id, done))


async def _carry_out(call: Call, target: Target, command: Command, *, hint: str = "") -> Done:
    """What the ledger has done. Raises Fault; `hint` ends the text for what is committed."""
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.caller.tenant,
            program=call.caller.program,
            account=target.account,
            commands=(command,),
            key=call.key,
        )
    )
    if isinstance(outcome, Refusal):
        raise await _refused(call, target, outcome, hint)
    if outcome.already:
        state = _state(target.id, outcome.account.active, outcome.account.scale)
        raise refused(Refusal(Code.ALREADY_CANCELLED, ""), data=state)
    return outcome


def _state_after(named: str, done: Done) -> dict[str, str]:
    """The balance is the one after the row, also when a repeat is answered."""
    return _state(named, done.transaction.balance_after, done.account.scale)


def _state(named: str, active: int, scale: int) -> dict[str, str]:
    return {"transaction_id": named, "balance": balance_text(active, scale)}


async def _committed(call: Call, target: Target, original: int, commit: int) -> str:
    """Of an accrual the commit's id, of a redemption the original's."""
    row = await find_row(call, target._replace(seq=original))
    assert row is not None
    seq = original if row.kind in DEBITS else commit
    return write_transaction(transaction_number(account=target.account, seq=seq))


async def _refused(call: Call, target: Target, refusal: Refusal, hint: str) -> Fault:
    """The refusal in words; with the state, if it is about what became of the transaction."""
    if refusal.code not in _WITH_STATE or refusal.active is None:
        return refused(refusal)
    owner = await call.context.ledger.denominations.of(target.account)
    if owner is None:
        return not_found("transaction")
    if refusal.code is not Code.ALREADY_COMMITTED:
        return refused(refusal, data=_state(target.id, refusal.active, owner.scale))
    named = target.id
    if refusal.related:
        row = await find_row(call, target)
        assert row is not None
        named = await _committed(call, target, row.root, refusal.related)
    return refused(refusal, data=_state(named, refusal.active, owner.scale), hint=hint)
