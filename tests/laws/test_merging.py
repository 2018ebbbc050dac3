"""Laws of merged accounts (domain/decisions/merging.py), on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from stampbook.domain.commands import Accrue, Activate, Cancel, Redeem
from stampbook.domain.decisions.passing import Apart, Passage, passed
from stampbook.domain.model import CREDITS, DEBITS, Kind
from stampbook.domain.policy import Policy, SpentAccrual
from stampbook.domain.refusals import Code
from stampbook.ledger.joint import JointRefused
from stampbook.ledger.work import StaleGuard
from stampbook.merging import requests
from stampbook.merging.merges import Merge
from stampbook.merging.requests import HoldsOpen
from stampbook.programs import accounts, members
from tests.laws.conftest import StoredPlace
from tests.laws.histories import DAY, GENEROUS, Act, Teller, histories, policies
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import AccountPlan, Plan, View

pytestmark = pytest.mark.hypothesis

Open = Callable[[], StoreLedger]

MOVING = ("accrue", "accrue", "redeem", "cancel")
LIVING = (*MOVING, "activate", "expire", "wait", "wait")


class Couple(Teller):
    """Two members of one program, `a` and `b`, each with an account of one currency."""

    ledger: StoreLedger

    async def merge(self) -> Merge:
        """Merge a into b."""
        store = self.ledger.store
        people = [await self.member(name) for name in "ab"]
        joint = await requests.request_merge(
            store, *people, reason=None, actor=None, now=self.now, dry_run=False
        )
        merged: Merge = (await self.ledger.engine.join(joint)).result.merge
        self.ledger.engine.forget(self.ledger.accounts.values())
        return merged

    async def undo(self, merge: Merge) -> None:
        joint = await requests.request_undo(self.ledger.store, merge, now=self.now, dry_run=False)
        await self.ledger.engine.join(joint)  # type: ignore[arg-type]
        self.ledger.engine.forget(self.ledger.accounts.values())

    async def member(self, name: str) -> members.Member:
        row = await self.ledger.store.fetch_one(
            "SELECT member_id FROM accounts WHERE account_id = $1", self.ledger.accounts[name]
        )
        assert row is not None
        found = await members.get(self.ledger.store, row["member_id"], tenant=self.ledger.tenant)
        assert found is not None
        return found

    async def cancel_everything(self, order: Sequence[int], *, newest_first: bool) -> None:
        """Cancel all that is the members' own, in this order, or accruals last."""
        own = [row for row in self.made if row.kind in CREDITS | DEBITS]
        chosen = [own[at] for at in order if at < len(own)]
        if newest_first:
            chosen.sort(key=lambda row: row.kind in CREDITS)
        for row in chosen:
            await self.submit(row.account, Cancel(row.seq))


@asynccontextmanager
async def couple(
    open_ledger: Open, history: Sequence[Act], policy: Policy
) -> AsyncIterator[Couple]:
    pair = Couple(open_ledger())
    people = {name: AccountPlan(name, "points") for name in "ab"}
    await pair.begin(Plan({"points": policy}, people))
    try:
        await pair.tell(history)
        yield pair
    finally:
        await pair.ledger.finish()


def holds(
    place: StoredPlace,
    law: Callable[..., Coroutine[Any, Any, None]],
    **drawn: st.SearchStrategy[Any],
) -> None:
    @settings(
        max_examples=place.examples,
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.nested_given],
    )
    @given(**drawn)
    def one(**values: Any) -> None:
        place.run(law(place.open, **values))

    one()


def is_empty(view: View) -> bool:
    balance = view.balance
    return not any((balance.active, balance.pending, balance.held, balance.deficit))


def figures(view: View) -> tuple[int, int, int, int]:
    balance = view.balance
    return balance.active, balance.pending, balance.held, balance.deficit


def lots(view: View) -> list[tuple[int, ...]]:
    """What is open: amounts and dates."""
    return sorted(
        (lot.pending, lot.available, lot.activates_at if lot.pending else 0, lot.expires_at)
        for lot in view.lots
        if lot.pending or lot.available
    )


def test_merge_then_cancel_everything_is_cancel_everything_then_merge(
    stored_place: StoredPlace,
) -> None:
    async def law(
        open_ledger: Open, history: list[Act], spent_accrual: SpentAccrual, order: list[int]
    ) -> None:
        policy = GENEROUS._replace(spent_accrual=spent_accrual)
        refuses = spent_accrual is SpentAccrual.REFUSE
        for merges_first in (True, False):
            async with couple(open_ledger, history, policy) as pair:
                if merges_first:
                    await pair.merge()
                await pair.cancel_everything(order, newest_first=refuses)
                if not merges_first:
                    await pair.merge()
                for name in "ab":
                    view = await pair.ledger.everything(name)
                    assert is_empty(view), (merges_first, name, view.balance)
                    assert not lots(view)

    holds(
        stored_place,
        law,
        history=histories(verbs=MOVING, accounts="ab", dated=False, at_most=12),
        spent_accrual=st.sampled_from(SpentAccrual),
        order=st.permutations(range(12)),
    )


def test_merge_then_cancel_some_is_cancel_some_then_merge(stored_place: StoredPlace) -> None:
    """Nobody's points depend on when the two were found to be one: neither the sum nor the dates of
    what is there."""

    async def law(open_ledger: Open, history: list[Act], order: list[int], few: int) -> None:
        ends = []
        for merges_first in (True, False):
            async with couple(open_ledger, history, GENEROUS) as pair:
                if merges_first:
                    await pair.merge()
                await pair.cancel_everything(order[:few], newest_first=False)
                if not merges_first:
                    await pair.merge()
                assert is_empty(await pair.ledger.everything("a"))
                ends.append(figures(await pair.ledger.everything("b")))
        assert ends[0] == ends[1]

    pending = histories(verbs=MOVING, accounts="ab", at_most=12).map(
        lambda history: [act._replace(lasts=None) for act in history]
    )
    holds(
        stored_place,
        law,
        history=pending,
        order=st.permutations(range(12)),
        few=st.integers(1, 12),
    )


def test_the_undo_restores_both(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open, history: list[Act], policy: Policy) -> None:
        async with couple(open_ledger, history, policy) as pair:
            before = [await pair.ledger.everything(name) for name in "ab"]
            merge = await pair.merge()
            await pair.undo(merge)
            after = [await pair.ledger.everything(name) for name in "ab"]
            for was, is_now in zip(before, after, strict=True):
                assert figures(is_now) == figures(was)
                assert lots(is_now) == lots(was)
            for name, view in zip("ab", before, strict=True):
                for seq, parts in view.allocations.items():
                    paid = await pair.ledger.allocation(name, seq)
                    assert sum(paid.values()) == sum(parts.values())

    holds(
        stored_place,
        law,
        history=histories(verbs=LIVING, accounts="ab", at_most=15),
        policy=policies(),
    )


def test_nothing_stays_on_a_merged_account(stored_place: StoredPlace) -> None:
    """Whatever is done to the old account afterwards, and to the one that took over."""

    async def law(
        open_ledger: Open, history: list[Act], later: list[Act], policy: Policy, again: bool
    ) -> None:
        async with couple(open_ledger, history, policy) as pair:
            try:
                merge = await pair.merge()
            except HoldsOpen:
                assume(False)
            for act in later:
                before = len(pair.made)
                await pair.act(act)
                assert is_empty(await pair.ledger.everything("a"))
                own = [row for row in pair.made[before:] if row.account == "a"]
                if act.verb in ("accrue", "redeem") and act.account == "a":
                    assert pair.answers[-1].refused is Code.ACCOUNT_CLOSED
                    assert not own
            if again:
                refused = None
                try:
                    await pair.undo(merge)
                except JointRefused as refusal:
                    refused = refusal.refusal.code
                assert refused in (None, Code.INSUFFICIENT_POINTS)

    holds(
        stored_place,
        law,
        history=histories(verbs=LIVING, accounts="ab", at_most=12),
        later=histories(verbs=(*LIVING, "hold", "release", "cancel"), accounts="ab", at_most=12),
        policy=policies(),
        again=st.booleans(),
    )


def test_a_cancel_of_a_cancel_after_a_merge_is_exact(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open, history: list[Act], at: int) -> None:
        async with couple(open_ledger, history, GENEROUS) as pair:
            rows = [row for row in pair.made if row.account == "a" and row.kind is not Kind.CANCEL]
            assume(rows)
            await pair.merge()
            before = [await pair.ledger.everything(name) for name in "ab"]
            answer = await pair.submit("a", Cancel(rows[at % len(rows)].seq))
            assume(answer.refused is None and not answer.already)
            back = await pair.submit("a", Cancel(answer.rows[0].seq))
            assert back.refused is None
            after = [await pair.ledger.everything(name) for name in "ab"]
            assert [figures(view) for view in after] == [figures(view) for view in before]

    holds(
        stored_place,
        law,
        history=histories(
            verbs=("accrue", "accrue", "redeem"), accounts="ab", dated=False, at_most=10
        ),
        at=st.integers(0, 9),
    )


def test_an_account_that_is_opened_meanwhile_passes_over_too(stored_place: StoredPlace) -> None:
    """A merge that did not see it is not carried out; it is built anew by its caller."""

    async def law(open_ledger: Open) -> None:
        async with couple(open_ledger, [], GENEROUS) as pair:
            ledger = pair.ledger
            await pair.submit("a", Accrue(5))
            people = [await pair.member(name) for name in "ab"]
            joint = await requests.request_merge(
                ledger.store, *people, reason=None, actor=None, now=pair.now, dry_run=False
            )
            currency = ledger.currencies["points"]
            async with ledger.store.transaction() as writing:
                await accounts.open_account(
                    writing, people[0], currency, shards=ledger.store.shards, now=pair.now
                )
            with pytest.raises(StaleGuard):
                await ledger.engine.join(joint)
            await pair.merge()
            opened = await accounts.of_member(ledger.store, people[0].member_id)
            assert {each.merged_into for each in opened} == {ledger.accounts["b"]}
            assert (await ledger.balance("b")).active == 5

    stored_place.run(law(stored_place.open))


def test_books_that_were_read_at_different_instants_are_told_apart(
    stored_place: StoredPlace,
) -> None:
    """Another process may merge between the two reads: that is a conflict, not a fault."""

    async def law(open_ledger: Open) -> None:
        async with couple(open_ledger, [], GENEROUS) as pair:
            await pair.submit("a", Accrue(5))
            receiver = await pair.ledger.book("b")
            await pair.merge()
            with pytest.raises(Apart):
                passed(Passage(await pair.ledger.book("a"), receiver, pair.now))

    stored_place.run(law(stored_place.open))


def test_pending_lots_that_passed_over_are_activated_one_by_one(stored_place: StoredPlace) -> None:
    async def law(open_ledger: Open) -> None:
        async with couple(open_ledger, [], GENEROUS) as pair:
            for amount in (60, 10):
                await pair.submit("a", Accrue(amount, activates_at=pair.now + DAY))
            await pair.merge()
            _, second = await _pending(pair)
            assert (await pair.submit("b", Activate(second))).refused is None
            assert (await pair.ledger.balance("b")).active == 10
            assert (await pair.submit("a", Cancel(2))).refused is None
            balance = await pair.ledger.balance("b")
            assert (balance.active, balance.pending) == (0, 60)
            (first,) = await _pending(pair)
            assert (await pair.submit("b", Activate(first))).refused is None
            assert (await pair.ledger.balance("b")).active == 60

    stored_place.run(law(stored_place.open))


async def _pending(pair: Couple) -> list[int]:
    """The rows that brought what is pending at the other end."""
    return [lot.made_by for lot in (await pair.ledger.everything("b")).lots if lot.pending]


async def _spent(pair: Couple) -> None:
    await pair.submit("a", Accrue(100))
    await pair.submit("b", Accrue(10))
    await pair.merge()
    await pair.submit("b", Redeem(110))


@pytest.mark.parametrize(
    ("policy", "refused", "active"),
    [
        (SpentAccrual.DEBT, None, -100),
        (SpentAccrual.CLAMP, None, 0),
        (SpentAccrual.REFUSE, Code.POINTS_ALREADY_SPENT, 0),
    ],
)
def test_what_was_spent_at_the_other_end_counts_as_spent(
    stored_place: StoredPlace, policy: SpentAccrual, refused: Code | None, active: int
) -> None:
    async def law(open_ledger: Open) -> None:
        async with couple(open_ledger, [], GENEROUS._replace(spent_accrual=policy)) as pair:
            await _spent(pair)
            answer = await pair.submit("a", Cancel(1))
            assert answer.refused is refused
            if policy is SpentAccrual.CLAMP:
                assert answer.rows[0].shortfall == 100
            assert (await pair.ledger.balance("b")).active == active
            view = await pair.ledger.everything("b")
            spent = next(row for row in view.rows if row.kind is Kind.REDEEM)
            assert (await pair.submit("b", Cancel(spent.seq))).refused is None
            left = 110 if policy is SpentAccrual.REFUSE else 10
            assert (await pair.ledger.balance("b")).active == left

    stored_place.run(law(stored_place.open))
