"""Which transaction a request means: by `transaction_id`, by `transaction_eid`, or by both."""

from typing import NamedTuple

from stampbook.dialects.altcraft.call import Call
from stampbook.dialects.altcraft.faults import incorrect, not_found
from stampbook.dialects.spelling.altcraft import read_transaction, write_transaction
from stampbook.domain.model import Kind, Transaction, split_number, transaction_number
from stampbook.ledger.journal import names, rows


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
    owner = await call.context.ledger.denominations.of(target.account)
    if owner is None or owner.tenant != call.caller.tenant:
        return None
    if call.caller.program not in (None, owner.program):
        return None
    recorded = call.context.ledger.recorded(target.account, target.seq)
    return recorded or await rows.row(call.context.store, target.account, target.seq)
