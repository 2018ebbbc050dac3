"""The ten laws of docs/concepts/semantics.md §6, each on the domain and on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stampbook.domain.commands import Accrue, Cancel, Redeem
from stampbook.domain.model import CREDITS, DEBITS, Kind
from stampbook.domain.policy import ExpiredRestore, Policy, SpentAccrual
from stampbook.domain.refusals import Code
from tests.laws.conftest import Place
from tests.laws.histories import (
    CHANGES,
    GENEROUS,
    ORIGINALS,
    PLAIN,
    Act,
    Teller,
    histories,
    plan_of,
    policies,
)
from tests.ledgers.seen import Ledger, Row, View

pytestmark = pytest.mark.hypothesis

MANY = (*ORIGINALS, *CHANGES, "activate", "expire", "wait", "wait")

TIMELESS = (*ORIGINALS, *CHANGES)
"""Histories without acts that depend on time or expire anything."""

Open = Callable[[], Ledger]


def holds(
    place: Place,
    law: Callable[..., Coroutine[Any, Any, None]],
    **drawn: st.SearchStrategy[Any],
) -> None:
    """Test the law with as many examples as this kind of ledger allows."""

    @settings(
        max_examples=place.examples,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
    )
    @given(**drawn)
    def one(**values: Any) -> None:
        place.run(law(place.open, **values))

    one()


@asynccontextmanager
async def told(
    open_ledger: Open, history: Sequence[Act], *policies: Policy, worker: bool = False
) -> AsyncIterator[Teller]:
    """A new ledger on which the history has been carried out."""
    teller = Teller(open_ledger(), worker=worker)
    await teller.begin(plan_of(*policies))
    try:
        await teller.tell(history)
        yield teller
    finally:
        await teller.ledger.finish()


def in_force(rows: Sequence[Row]) -> dict[int, int]:
    """How much of every original is in force, computed only from the rows of the journal."""
    by_number = {row.seq: row for row in rows}
    force: dict[int, int] = {}
    for row in rows:
        if row.kind in CREDITS | DEBITS:
            force[row.seq] = row.amount
        elif row.kind is Kind.RELEASE:
            force[row.target] = 0
        elif row.kind is Kind.COMMIT:
            force[row.target] = row.amount
        elif row.kind is Kind.CANCEL:
            root, links = by_number[row.target], 1
            while root.kind is Kind.CANCEL:
                root, links = by_number[root.target], links + 1
            force[root.seq] += row.amount if links % 2 == 0 else -row.amount
    return force


# -- 1 and 2 ----------------------------------------------------------------------------


def test_law_01_conservation(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy) -> None:
        issued: dict[int, int] = {}
        async with told(open_ledger, [], policy) as teller:
            for act in history:
                await teller.tell([act])
                for lot in await teller.ledger.lots("a"):
                    split = lot[2:8]
                    assert min(split) >= 0, lot
                    assert issued.setdefault(lot.seq, sum(split)) == sum(split), lot

    holds(place, law, history=histories(verbs=MANY), policy=policies())


def test_law_02_net(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy) -> None:
        async with told(open_ledger, history, policy) as teller:
            view = await teller.ledger.everything("a")
        force = in_force(view.rows)
        for row in view.rows:
            if row.kind in DEBITS:
                assert sum(view.allocations[row.seq].values()) == force[row.seq], row
        uncommitted = holds_of(view)
        redeemed = sum(force[row.seq] for row in view.rows if row.kind in DEBITS) - sum(
            force[seq] for seq in uncommitted
        )
        held_deficit = sum(view.allocations[seq].get(0, 0) for seq in uncommitted)
        balance = view.balance
        assert balance.spent + balance.deficit - held_deficit == redeemed
        assert balance.held == sum(force[seq] for seq in uncommitted)
        assert balance.active == sum(lot.available for lot in view.lots) - balance.deficit

    holds(place, law, history=histories(verbs=MANY), policy=policies())


def holds_of(view: View) -> list[int]:
    """The holds that are neither committed nor released."""
    done = {row.target for row in view.rows if row.kind in (Kind.COMMIT, Kind.RELEASE)}
    return [row.seq for row in view.rows if row.kind is Kind.HOLD and row.seq not in done]


def test_law_02_net_of_accruals(place: Place) -> None:
    """If nothing expires. Under `clamp` the shortfall of an accrual stays in force."""

    async def law(open_ledger: Open, history: list[Act], spent_accrual: SpentAccrual) -> None:
        policy = PLAIN._replace(spent_accrual=spent_accrual)
        async with told(open_ledger, history, policy) as teller:
            view = await teller.ledger.everything("a")
        force = in_force(view.rows)
        for row in view.rows:
            if row.kind in CREDITS:
                (lot,) = [lot for lot in view.lots if lot.made_by == row.seq]
                kept = lot.pending + lot.available + lot.held + lot.spent + lot.expired
                short = max_shortfall(view.rows, row.seq)
                assert force[row.seq] <= kept <= force[row.seq] + short, (row, lot)

    holds(
        place,
        law,
        history=histories(verbs=TIMELESS, dated=False),
        spent_accrual=st.sampled_from(SpentAccrual),
    )


def max_shortfall(rows: Sequence[Row], accrual: int) -> int:
    """The maximum that cancels of an accrual can have left with its redemptions."""
    chain = {accrual}
    short = 0
    for row in rows:
        if row.kind is Kind.CANCEL and row.target in chain:
            chain.add(row.seq)
            short += row.shortfall
    return short


# -- 3 and 4 ----------------------------------------------------------------------------


def test_law_03_commutation(place: Place) -> None:
    """Which lot is left can depend on the order (decision 0001, 25), but not how much is left."""

    async def law(open_ledger: Open, history: list[Act], data: st.DataObject) -> None:
        ends = []
        chosen: list[Row] = []
        for turn in range(2):
            async with told(open_ledger, history, GENEROUS) as teller:
                if turn == 0:
                    chosen = data.draw(st.lists(st.sampled_from(teller.made), unique=True))
                for row in chosen if turn == 0 else data.draw(st.permutations(chosen)):
                    await teller.submit("a", Cancel(row.seq))
                ends.append(await teller.ledger.everything("a"))
        first, second = ends
        assert first.balance[:5] == second.balance[:5]
        assert in_force(first.rows) == in_force(second.rows)
        paid = [
            {seq: sum(parts.values()) for seq, parts in view.allocations.items()} for view in ends
        ]
        assert paid[0] == paid[1]

    holds(
        place,
        law,
        history=histories(verbs=ORIGINALS, dated=False, at_most=10).filter(bool),
        data=st.data(),
    )


def test_law_03_cancelling_everything(place: Place) -> None:
    async def law(
        open_ledger: Open, history: list[Act], spent_accrual: SpentAccrual, data: st.DataObject
    ) -> None:
        policy = GENEROUS._replace(spent_accrual=spent_accrual)
        async with told(open_ledger, history, policy) as teller:
            originals = [row for row in teller.made if row.kind in CREDITS | DEBITS]
            if spent_accrual is SpentAccrual.REFUSE:
                originals.sort(key=lambda row: row.kind in CREDITS)
            else:
                originals = data.draw(st.permutations(originals))
            for row in originals:
                await teller.submit("a", Cancel(row.seq))
            view = await teller.ledger.everything("a")
        balance = view.balance
        assert (balance.active, balance.deficit, balance.held, balance.pending) == (0, 0, 0, 0)
        for lot in view.lots:
            assert sum(lot[2:7]) == 0, lot
        assert not any(view.allocations.values())

    holds(
        place,
        law,
        history=histories(verbs=TIMELESS, dated=False, at_most=15),
        spent_accrual=st.sampled_from(SpentAccrual),
        data=st.data(),
    )


def test_law_04_as_if_it_never_happened(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], leave_out: int) -> None:
        numbered = [act._replace(place=-1) for act in history]
        at = leave_out % len(numbered)
        async with told(open_ledger, numbered, GENEROUS) as teller:
            answer = await teller.submit("a", Cancel(teller.made[at].seq))
            assert answer.refused is None
            with_it = await teller.ledger.balance("a")
        without = numbered[:at] + numbered[at + 1 :]
        async with told(open_ledger, without, GENEROUS) as teller:
            without_it = await teller.ledger.balance("a")
        assert with_it[:4] == without_it[:4]

    pending = histories(verbs=ORIGINALS, at_most=15).map(
        lambda history: [act._replace(lasts=None) for act in history]
    )
    holds(place, law, history=pending, leave_out=st.integers(0, 15))


# -- 5 to 7 -----------------------------------------------------------------------------


def test_law_05_idempotence(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy, pick: int) -> None:
        async with told(open_ledger, history, policy) as teller:
            before = await teller.ledger.everything("a")
            done = [
                (asked, answer)
                for asked, answer in zip(teller.asked, teller.answers, strict=True)
                if answer.refused is None
            ]
            if not done:
                return
            (account, command, key), answer = done[pick % len(done)]
            again = await teller.ledger.submit(account, command, key=key)
            assert again == answer._replace(replayed=True)
            for other in (Redeem(100_001), Accrue(100_001)):
                reused = await teller.ledger.submit(account, other, key=key)
                assert reused.refused is Code.IDEMPOTENCY_KEY_REUSED
            assert await teller.ledger.everything("a") == before

    holds(place, law, history=histories(verbs=MANY), policy=policies(), pick=st.integers(0, 30))


def test_law_06_sweep_independence(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], first: Policy, second: Policy) -> None:
        seen = []
        for worker in (False, True):
            async with told(open_ledger, history, first, second, worker=worker) as teller:
                views = [await teller.ledger.everything(account) for account in "ab"]
                seen.append((teller.answers, views))
        assert seen[0] == seen[1]

    holds(
        place,
        law,
        history=histories(accounts="ab", verbs=(*MANY, "transfer")),
        first=policies(),
        second=policies(),
    )


def test_law_07_inverse(place: Place) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy, pick: int) -> None:
        async with told(open_ledger, history, policy) as teller:
            rows = [row for row in teller.made if row.kind not in (Kind.RELEASE, Kind.EXPIRE)]
            if not rows:
                return
            before = await teller.ledger.everything("a")
            undone = await teller.submit("a", Cancel(rows[pick % len(rows)].seq))
            if undone.refused or undone.already:
                return
            redone = await teller.submit("a", Cancel(undone.rows[0].seq))
            after = await teller.ledger.everything("a")
        if redone.refused:
            assert redone.refused in (Code.DEFICIT_OUTSTANDING, Code.INSUFFICIENT_POINTS)
            assert before.balance.active < -policy.overdraft
            return
        assert after.lots[: len(before.lots)] == before.lots
        for lot in after.lots[len(before.lots) :]:
            assert policy.expired_restore is ExpiredRestore.GRACE
            assert sum(lot[2:7]) == 0, "what grace gave is taken away again"
        assert after.allocations == before.allocations
        assert after.balance[:5] == before.balance[:5]

    holds(place, law, history=histories(verbs=MANY), policy=policies(), pick=st.integers(0, 30))
