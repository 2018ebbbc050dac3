"""What was taken back by hand comes back only while nothing of the order was refunded."""

from __future__ import annotations

from stampbook.domain.commands import Cancel
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Submission
from stampbook.loyalty.orders.model import Status
from tests.loyalty.orders.shop import TENANT, Shop


async def undo(shop: Shop, seq: int) -> Outcome:
    """Cancel a cancel, as any API does it."""
    account = await shop.account()
    return await shop.ledger.submit(Submission(TENANT, account.account_id, (Cancel(seq),)))


async def test_an_award(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    ((seq, _),) = await shop.awards()
    cancel = await shop.take(seq, 30)
    refund = await shop.refund(10_00)
    outcome = await undo(shop, cancel)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.NOT_CANCELLABLE
    assert await shop.in_force() == 70
    await shop.void(refund)
    await shop.do(Cancel(cancel))
    assert await shop.in_force() == 100


async def test_what_a_refund_took(shop: Shop) -> None:
    await shop.p()
    await shop.put("A", 100_00)
    refund = await shop.refund(10_00)
    (step,) = refund.effects.cascade
    assert isinstance(await undo(shop, step.cancel), Refusal)
    assert await shop.in_force() == 90


async def test_a_payment_while_the_order_is_paid_otherwise(shop: Shop) -> None:
    await shop.give(5000)
    await shop.put("A", 20_00, status=Status.CREATED)
    first = (await shop.pay()).payment
    cancel = await shop.take(first.seq)
    await shop.pay(max_amount=15_00)
    assert isinstance(await undo(shop, cancel), Refusal)
    assert await shop.active() == 3500


async def test_a_payment_that_is_still_to_be_made(shop: Shop) -> None:
    await shop.give(5000)
    await shop.put("A", 20_00, status=Status.CREATED)
    first = (await shop.pay()).payment
    cancel = await shop.take(first.seq)
    await shop.do(Cancel(cancel))
    assert await shop.active() == 3000
