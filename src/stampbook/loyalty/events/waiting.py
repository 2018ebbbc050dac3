"""Points that wait for an event: they become available when it comes, before it gives anything."""

from collections.abc import Collection, Iterable

from stampbook.domain.book import Book
from stampbook.domain.commands import Activate
from stampbook.domain.model import FOREVER
from stampbook.domain.policy import PendingType
from stampbook.ledger.joint import Acting, JointRefused
from stampbook.programs import accounts, currencies
from stampbook.storage.store import Store


async def waiting_accounts(
    store: Store, member: int, types: Collection[str], *, tenant: int
) -> tuple[int, ...]:
    """The member's accounts whose points wait for an event of one of these types."""
    if not types:
        return ()
    found: list[int] = []
    for account in await accounts.of_member(store, member):
        currency = await currencies.get(store, account.currency_id, tenant=tenant)
        if currency is None:
            continue
        pending = currency.terms.pending
        if pending.type is PendingType.EVENT and not set(types).isdisjoint(pending.event_types):
            found.append(account.account_id)
    return tuple(found)


def activate_waiting(acting: Acting, held: Iterable[int], types: Collection[str]) -> None:
    """Make what waits in the accounts available. What the account refuses keeps waiting: that is no
    reason to refuse the event."""
    for account in held:
        book = acting.book(account)
        pending = book.policy.pending
        if pending.type is not PendingType.EVENT or set(types).isdisjoint(pending.event_types):
            continue  # the policy has changed meanwhile
        for accrual in _waiting(book):
            try:
                acting.do(account, Activate(accrual))
            except JointRefused:
                continue


def _waiting(book: Book) -> list[int]:
    """The accruals of which points wait for no date, oldest first."""
    return sorted(
        {
            lot.accrued_by
            for lot in book.lots.values()
            if lot.pending and not lot.locked and lot.activates_at == FOREVER
        }
    )
