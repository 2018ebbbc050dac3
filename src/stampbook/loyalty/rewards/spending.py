"""What the spending limits of a currency leave to an account, for payments and purchases alike."""

from typing import Final, NamedTuple

from stampbook.ledger.joint import Guard
from stampbook.ledger.journal.spent import spent
from stampbook.loyalty.judging.periods import bounds
from stampbook.loyalty.rewards.purchases import SUBJECT
from stampbook.loyalty.rules import currency_limits
from stampbook.storage.store import Store

OWNERS: Final = ("order:", SUBJECT)
"""The beginnings of the subjects of what counts."""


class Rest(NamedTuple):
    """The most that may be spent in one movement now (None: no limit), and the guards of what
    that was worked out from. `per_transaction` is the limit of one movement by itself."""

    points: int | None = None
    guards: tuple[Guard, ...] = ()
    per_transaction: int | None = None


async def rest(store: Store, account: int, currency: int, *, now: int, timezone: str) -> Rest:
    """What is left of the currency's spending limits. Payments for orders and purchases that are
    in force count, in the period in which they were recorded."""
    limits = (await currency_limits.get(store, currency)).spending
    least = [] if limits.per_transaction is None else [limits.per_transaction]
    guards: tuple[Guard, ...] = ()
    if limits.lifetime is not None or limits.period is not None:
        subject = f"spending:{account}"
        versions = await store.find_guards([subject])
        guards = (Guard(subject, versions.get(subject, 0)),)
    if limits.lifetime is not None:
        least.append(limits.lifetime - await spent(store, account, OWNERS, begin=0))
    if limits.period is not None:
        begin = bounds(limits.period.period, now, timezone).begin
        least.append(limits.period.max - await spent(store, account, OWNERS, begin=begin))
    return Rest(max(0, min(least)) if least else None, guards, limits.per_transaction)
