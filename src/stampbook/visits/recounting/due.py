"""What a visit is worth in cashback: its terms on each card, and the points at given totals."""

from collections.abc import Iterable
from typing import NamedTuple

from stampbook.storage.store import Store
from stampbook.visits import cards, promotions, reading
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.promotion import Cashback, Effect, Totals, cashback
from stampbook.visits.reading import Credit
from stampbook.visits.recounting.completions import Completion

Due = dict[int, dict[int, int]]
"""Points in hundredths, by account and promotion."""


class Worth(NamedTuple):
    """The terms of a completed visit's cashback."""

    terms: tuple[Cashback, ...] = ()

    def due(self, totals: Totals) -> Due:
        """The points at these totals, up to and with the visit."""
        found: Due = {}
        for each in self.terms:
            amount = each.amount(totals)
            if amount:
                found.setdefault(each.account, {})[each.promotion] = amount
        return found


async def offered(store: Store, visit: Visit, guest: int) -> Worth:
    """By the promotions that there are now, for the open cards of the guest: the visit's member, or
    who has taken over from them."""
    if not visit.member or not is_completed(visit):
        return Worth()
    offers = [
        each
        for each in await promotions.of_program(store, visit.program)
        if each.effect is Effect.CASHBACK and visit.location in each.locations
    ]
    if not offers:
        return Worth()
    types = await cards.card_types(store, visit.program)
    return Worth(
        tuple(
            cashback(offer, visit, card.account_id, types[card.currency_id].unit)
            for card in await reading.open_cards(store, guest)
            for offer in offers
            if card.currency_id in offer.currencies and card.currency_id in types
        )
    )


async def kept(
    store: Store, visit: Visit, completion: Completion | None, credits: Iterable[Credit]
) -> Worth:
    """By what has credited the visit, whatever became of those promotions and cards since."""
    if not visit.member or not is_completed(visit):
        return Worth()
    frozen = {} if completion is None else {(t.account, t.promotion): t for t in completion.terms}
    units = {(each.account, each.promotion): each.unit for each in credits if not each.is_referral}
    units |= {key: each.unit for key, each in frozen.items()}
    known = await promotions.named(store, [promotion for _, promotion in units])
    terms = []
    for (account, promotion), unit in units.items():
        if promotion in known:
            now = cashback(known[promotion], visit, account, unit)
            terms.append(frozen.get((account, promotion), now)._replace(counts=now.counts))
    return Worth(tuple(terms))
