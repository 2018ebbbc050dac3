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


class Cap(NamedTuple):
    """A spending limit of a currency, and what is spent of it. `kind`: PER_TRANSACTION, of one
    movement by itself, LIFETIME or PERIOD."""

    kind: str
    max: int
    spent: int = 0

    @property
    def left(self) -> int:
        return max(0, self.max - self.spent)


PER_TRANSACTION: Final = "per_transaction"
LIFETIME: Final = "lifetime"
PERIOD: Final = "period"


class Rest(NamedTuple):
    """What spending limits leave, and the guards of what that was worked out from."""

    caps: tuple[Cap, ...] = ()
    guards: tuple[Guard, ...] = ()

    @property
    def strictest(self) -> Cap | None:
        """The limit that leaves the least."""
        return min(self.caps, key=lambda cap: cap.left, default=None)

    @property
    def points(self) -> int | None:
        """The most that may be spent in one movement now; None: no limit."""
        return None if self.strictest is None else self.strictest.left


async def rest(store: Store, account: int, currency: int, *, now: int, timezone: str) -> Rest:
    """What is left of the currency's spending limits. Payments for orders and purchases that are
    in force count, in the period in which they were recorded."""
    limits = (await currency_limits.get(store, currency)).spending
    caps = []
    if limits.per_transaction is not None:
        caps.append(Cap(PER_TRANSACTION, limits.per_transaction))
    guards: tuple[Guard, ...] = ()
    if limits.lifetime is not None or limits.period is not None:
        subject = f"spending:{account}"
        versions = await store.find_guards([subject])
        guards = (Guard(subject, versions.get(subject, 0)),)
    if limits.lifetime is not None:
        total = await spent(store, account, OWNERS, begin=0)
        caps.append(Cap(LIFETIME, limits.lifetime, total))
    if limits.period is not None:
        begin = bounds(limits.period.period, now, timezone).begin
        total = await spent(store, account, OWNERS, begin=begin)
        caps.append(Cap(PERIOD, limits.period.max, total))
    return Rest(tuple(caps), guards)
