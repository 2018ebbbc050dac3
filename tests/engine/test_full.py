"""What an account can hold at most: decision 0001, 24."""

from __future__ import annotations

from stampbook.domain.commands import Accrue, Redeem
from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.refusals import Code
from stampbook.storage.store import Store
from tests.laws.histories import PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger

FULL = 9 * 10**18


async def test_an_account_never_issues_more_than_fits(store: Store) -> None:
    """Sums stay within 64 bits on both stores; what is refused changes nothing."""
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN))
    ledger.set_clock(START)
    asked = [("a", Accrue(MAX_AMOUNT), f"key-{turn}") for turn in range(FULL // MAX_AMOUNT)]
    answers = await ledger.submit_all(asked, atomic=False)
    assert all(answer.refused is None for answer in answers)
    assert (await ledger.submit("a", Accrue(1))).refused is Code.ACCOUNT_FULL
    assert (await ledger.submit("a", Redeem(MAX_AMOUNT))).refused is None
    assert (await ledger.submit("a", Accrue(1))).refused is Code.ACCOUNT_FULL
    balance = await ledger.balance("a")
    assert (balance.issued, balance.active) == (FULL, FULL - MAX_AMOUNT)
    await ledger.finish()
