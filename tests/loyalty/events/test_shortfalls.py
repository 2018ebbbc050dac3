"""Under `clamp`, what is said to be taken is what could be taken."""

from __future__ import annotations

import pytest

from stampbook.domain.commands import Redeem
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events import cancelling
from stampbook.storage.store import Store
from tests.loyalty.events.world import World


@pytest.mark.parametrize(("policy", "taken"), [("debt", 100), ("clamp", 20)])
async def test_the_cancel_of_an_event(store: Store, world: World, policy: str, taken: int) -> None:
    await store.execute(
        "UPDATE currencies SET spent_accrual = $1 WHERE currency_id = $2",
        policy,
        world.currency.currency_id,
    )
    await world.rule(100)
    judged = await world.play()
    account = judged.awards[0].account
    await world.ledger.submit(Submission(1, account, (Redeem(80),)))
    found = await cancelling.cancel(world.awarding, judged.event.event_id, tenant=1)
    (take,) = found.takes
    assert (take.was, take.amount) == (100, taken)
    assert await world.active() == 20 - taken
    back = await cancelling.restore(world.awarding, judged.event.event_id, tenant=1)
    assert [(each.was, each.amount) for each in back.takes] == [(0, 100)]
    assert await world.active() == 20
