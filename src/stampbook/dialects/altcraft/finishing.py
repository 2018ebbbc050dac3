"""Commit, roll back, cancel: what becomes of a transaction that the journal has.

A request means it by `transaction_id`, by `transaction_eid`, or by both.
"""

from typing import Final, NamedTuple

from stampbook.dialects.altcraft.answers import balance_text, refused
from stampbook.dialects.altcraft.call import Call, Success
from stampbook.dialects.altcraft.faults import Fault, incorrect, not_found
from stampbook.dialects.spelling.altcraft import read_transaction, write_transaction
from stampbook.domain.commands import Cancel, Command, Commit, Note, Release
from stampbook.domain.model import DEBITS, Kind, Transaction, split_number, transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal import names, rows
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission

_WITH_STATE: Final = frozenset(
    {Code.ALREADY_CANCELLED, Code.ALREADY_RELEASED, Code.ALREADY_COMMITTED}
)

_ROLLED_BACK_TOO_LATE: Final = "; use cancel_transaction"


class Target(NamedTuple):
    """A transaction of an account. It may turn out not to exist, or to be another tenant's."""

    account: int
    seq: int

    @property
    def id(self) -> str:
        return write_transaction(transaction_number(account=self.account, seq=self.seq))


async def read_target(call: Call) -> Target:
    """The transaction that the request names, by either id. Raises Fault (400, 404).

    Both given: they must name one movement, or the answer is 400, even if nothing has the
    `transaction_eid`. A committed temporary transaction and its commit are one, so their ids agree.
    """
    named, eid = call.fields.text("transaction_id"), call.fields.text("transaction_eid")
    if not named and not eid:
        raise incorrect("transaction_id", "or transaction_eid is required")
    if not named:
        return await _by_eid(call, eid or "")
    number = read_transaction(named)
    if number is None:
        raise not_found("transaction")
    target = Target(*split_number(number))
    if eid:
        movement = await _movement(call, target)
        # Several programs may have the external id: the other id says which one is meant.
        named_by_eid = [await _movement(call, each) for each in await _all_by_eid(call, eid)]
        if movement not in named_by_eid:
            raise incorrect("transaction_eid", "names another transaction than transaction_id")
    return target


async def _by_eid(call: Call, eid: str) -> Target:
    found = await _all_by_eid(call, eid)
    if not found:
        raise not_found("transaction")
    if len(found) > 1:
        raise incorrect("transaction_eid", "is known in two programs; use transaction_id")
    return found[0]


async def _all_by_eid(call: Call, eid: str) -> list[Target]:
    """Looked up in all programs that the token sees."""
    found = await names.by_external_id(
        call.context.store,
        eid,
        tenant=call.caller.tenant,
        program=call.caller.program,
        deleted=False,
    )
    return [Target(*each) for each in found]


async def _movement(call: Call, target: Target) -> Target:
    """The original of a commit; of anything else itself."""
    row = await find_row(call, target)
    if row is None:
        raise not_found("transaction")
    return target._replace(seq=row.root) if row.kind is Kind.COMMIT else target


async def find_row(call: Call, target: Target) -> Transaction | None:
    """The journal row, if the token may see its account."""
    denominations = call.context.ledger.denominations
    owner = denominations.known(target.account) or await denominations.of(target.account)
    if owner is None or owner.tenant != call.caller.tenant:
        return None
    if call.caller.program not in (None, owner.program):
        return None
    recorded = call.context.ledger.recorded(target.account, target.seq)
    return recorded or await rows.row(call.context.store, target.account, target.seq)


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
    denominations = call.context.ledger.denominations
    owner = denominations.known(target.account) or await denominations.of(target.account)
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
