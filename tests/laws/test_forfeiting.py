"""Laws of forfeits (domain/decisions/forfeiting.py): whatever an account has lived through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from stampbook.domain.policy import Policy
from stampbook.ledger.joint import Acting, Joint, Planned
from tests.laws.conftest import StoredPlace
from tests.laws.histories import Act, Teller, histories, policies
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan
from tests.migration.checking import faults

pytestmark = pytest.mark.hypothesis

Open = Callable[[], StoreLedger]

LIVING = ("accrue", "accrue", "redeem", "cancel", "activate", "expire", "wait")


async def law_nothing_is_left_and_the_journal_is_sound(
    open_ledger: Open, history: Sequence[Act], policy: Policy
) -> None:
    teller = Teller(open_ledger())
    await teller.begin(Plan({"points": policy}, {"a": AccountPlan("a", "points")}))
    try:
        await teller.tell(history)
        ledger = teller.ledger
        assert isinstance(ledger, StoreLedger)
        number, before = ledger.accounts["a"], await ledger.everything("a")
        assume(not before.balance.held)

        def plan(acting: Acting) -> Planned:
            book = acting.book(number)
            was = book.split[1] + book.split[2] + book.owed, len(book.deadlines.keys)
            rows = acting.forfeit(number)
            book = acting.book(number)
            return Planned((was, len(rows), book.split[1] + book.split[2] + book.owed))

        joined = await ledger.engine.join(Joint(ledger.tenant, (number,), plan))
        (was, waiting), rows, left = joined.result
        assume(not waiting)
        assert left == 0
        assert (rows > 0) == (was > 0)
        ledger.engine.forget([number])
        after = await ledger.everything("a")
        balance = after.balance
        assert not any((balance.active, balance.pending, balance.held, balance.deficit))
        assert await faults(ledger.store) == []
        again = await ledger.engine.join(Joint(ledger.tenant, (number,), plan))
        assert again.result[1:] == (0, 0)
    finally:
        await teller.ledger.finish()


def test_nothing_is_left_and_the_journal_is_sound(stored_place: StoredPlace) -> None:
    @settings(
        max_examples=stored_place.examples,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
    )
    @given(history=histories(verbs=LIVING), policy=policies())
    def one(history: Sequence[Act], policy: Policy) -> None:
        stored_place.run(
            law_nothing_is_left_and_the_journal_is_sound(stored_place.open, history, policy)
        )

    one()
