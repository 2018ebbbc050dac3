"""Commit, roll back, cancel: what becomes of a transaction that stands in the journal."""

from stampbook.domain.commands import Cancel, Command, Commit, Note, Release
from stampbook.domain.model import DEBITS, transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altcraft.answers import Answer, balance_text, refused
from stampbook.http.altcraft.exchange import Call
from stampbook.http.altcraft.faults import Fault, not_found
from stampbook.http.altcraft.ids import write_transaction
from stampbook.http.altcraft.resolving import Target, find_row, read_target
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission

_TELLS_STATE = frozenset({Code.ALREADY_CANCELLED, Code.ALREADY_RELEASED, Code.ALREADY_COMMITTED})

_USE_CANCEL = "; use cancel_transaction"


async def cancel(call: Call) -> Answer:
    """Cancel any transaction, temporary or permanent; a second time is an error that tells
    the state. Answers the id that was asked for, and the active balance."""
    target = await read_target(call)
    outcome = await _submit(call, target, Cancel(target.seq, note=_note(call)))
    if isinstance(outcome, Refusal):
        raise await _refused(call, target, outcome)
    if outcome.already:
        raise refused(
            Refusal(Code.ALREADY_CANCELLED, ""),
            data=_data(target.id, outcome.account.active, outcome.account.scale),
        )
    return _done(target.id, outcome)


async def commit(call: Call) -> Answer:
    """Make a temporary transaction final. Answers the new transaction's id for an accrual,
    the original's for a redemption."""
    target = await read_target(call)
    outcome = await _submit(call, target, Commit(target.seq, note=_note(call)))
    if isinstance(outcome, Refusal):
        raise await _refused(call, target, outcome, of_temporary=True)
    row = outcome.transaction
    return _done(await _committed_id(call, target, row.seq, original=row.root), outcome)


async def roll_back(call: Call) -> Answer:
    """Take a temporary transaction back before it is final. Answers its id."""
    target = await read_target(call)
    outcome = await _submit(call, target, Release(target.seq, note=_note(call)))
    if isinstance(outcome, Refusal):
        raise await _refused(call, target, outcome, of_temporary=True, hint=_USE_CANCEL)
    return _done(target.id, outcome)


async def _submit(call: Call, target: Target, command: Command) -> Outcome:
    return await call.context.ledger.submit(
        Submission(
            tenant=call.caller.tenant,
            program=call.caller.program,
            account=target.account,
            commands=(command,),
            key=call.key,
        )
    )


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
    seq = original if row.kind in DEBITS else committed
    return write_transaction(transaction_number(account=target.account, seq=seq))


async def _refused(
    call: Call, target: Target, refusal: Refusal, *, of_temporary: bool = False, hint: str = ""
) -> Fault:
    """The refusal's text, and where it tells what has become of the transaction, the state."""
    if refusal.code is Code.NOT_FOUND and of_temporary and await find_row(call, target):
        return refused(Refusal(Code.NOT_TEMPORARY, ""))
    if refusal.code not in _TELLS_STATE or refusal.active is None:
        return refused(refusal)
    scale = await call.context.scales.of(target.account)
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
        hint=hint if refusal.code is Code.ALREADY_COMMITTED else "",
    )
