"""Decides whether a movement of a purchase may come back in force, by the cancel of its cancel.

It may as long as nothing of the purchase was refunded. Otherwise the member would pay for pieces
that have returned to the stock.
"""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.ledger.guarding import Change
from stampbook.loyalty.rewards import purchases
from stampbook.storage.store import Store


class Bought(NamedTuple):
    """A purchase as it was read; None: it does not exist, or is another tenant's."""

    version: int
    refunded: int | None

    def objection(self, restored: Change, earlier: Sequence[Change]) -> str | None:
        """Why the movement cannot come back; see ledger.guarding.Owner."""
        if self.refunded is None:
            return "the purchase is not there any more"
        if self.refunded:
            return "the purchase was refunded; buy the reward again"
        return None


class PurchaseGuardian:
    """The ledger's guardian of purchases."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def guard_of(self, subject: str | None) -> str | None:
        """The guard of the purchase that a movement of this subject belongs to."""
        number = purchases.purchase_of(subject)
        return None if number is None else purchases.subject_of(number)

    def guard_moved(self, subject: str | None) -> str | None:
        """None: a refund looks by itself at what is in force of the movements."""
        return None

    async def owner(self, guard: str, *, tenant: int) -> Bought:
        """The tenant's purchase as it is now. Its version is read before all that it guards."""
        versions = await self._store.find_guards([guard])
        number = purchases.purchase_of(guard)
        assert number is not None
        found = await purchases.get(self._store, number, tenant=tenant)
        return Bought(versions.get(guard, 0), None if found is None else found.refunded)
