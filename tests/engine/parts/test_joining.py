"""How a joint request is carried out: when its plan runs again, what guards it, who is asked, and
what it is told (ledger/holding/joining.py)."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Generator, Sequence

import pytest

from stampbook.domain.commands import Accrue, Cancel, Note, Redeem
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger import saving
from stampbook.ledger.holding import held
from stampbook.ledger.holding.held import BUSY, MAX_ROUNDS
from stampbook.ledger.joint import Acting, Beside, Guard, JointRefused, Planned
from stampbook.ledger.origin import NOWHERE, Act, Origin, begin
from stampbook.ledger.work import StaleGuard
from stampbook.storage.store import Batch, Key, SaveConflict, Store
from stampbook.visits.movements.restoring import Missing, VisitBill, VisitGuardian
from tests.engine.parts.deciding import TOO_MUCH
from tests.engine.parts.noting import Noting
from tests.engine.parts.people import People

PUT = "INSERT INTO guards (subject, version) VALUES ($1, 10)"
DAY = 86_400_000_000


class Refusing(Noting):
    """A store that refuses the next saves, and may do something before."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.refuses = 0
        self.meanwhile: list[str] = []
        self.saves = 0

    async def save(self, batches: Sequence[Batch]) -> None:
        self.saves += 1
        while self.meanwhile:
            await self._store.execute(self.meanwhile.pop())
        if self.refuses:
            self.refuses -= 1
            raise SaveConflict
        await super().save(batches)


class Asked(VisitGuardian):
    """Knows visits, and notes whose owner was asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.guards: list[str] = []

    async def owner(self, guard: str, *, tenant: int) -> VisitBill | Missing:
        self.guards.append(guard)
        return await super().owner(guard, tenant=tenant)


class Watching:
    """What a person may do: everything, or nothing. Notes the acts that it judges."""

    def __init__(self, verdict: Refusal | tuple[Beside, ...] = ()) -> None:
        self.verdict = verdict
        self.acts: list[list[tuple[int, list[tuple[int, int]]]]] = []

    async def prepare(self, now: int) -> Watching:
        """See ledger.origin.Overseer."""
        return self

    def judge(self, acts: Sequence[Act]) -> Refusal | tuple[Beside, ...]:
        """See ledger.origin.Overseeing."""
        self.acts += [
            [(book.number, [(row.account, row.seq) for row in rows]) for book, rows in act]
            for act in acts
        ]
        return self.verdict


@pytest.fixture
async def people(store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[People]:
    monkeypatch.setattr(saving, "CONFLICT_PAUSE_S", 0)
    people = People(store, asked=Refusing(store), guardian=Asked(store))
    await people.begin()
    yield people
    begin(NOWHERE)
    await people.finish()


def refusing(people: People) -> Refusing:
    assert isinstance(people.asked, Refusing)
    return people.asked


class Runs:
    """A plan that accrues on each account, and counts how often it was run."""

    def __init__(self, *accounts: int) -> None:
        self.accounts = accounts
        self.runs = 0

    def __call__(self, acting: Acting) -> Planned:
        self.runs += 1
        for account in self.accounts:
            acting.do(account, Accrue(5))
        return Planned(self.runs)


async def test_whose_accounts_others_keep_changing_is_told_so(people: People) -> None:
    plan = Runs(*people.accounts.values())
    refusing(people).refuses = MAX_ROUNDS
    with pytest.raises(JointRefused) as refused:
        await people.join(plan)
    assert (refused.value.account, refused.value.refusal) == (0, BUSY)
    assert (plan.runs, refusing(people).saves) == (MAX_ROUNDS, MAX_ROUNDS)
    refusing(people).refuses = MAX_ROUNDS - 1
    assert (await people.join(plan)).result == 2 * MAX_ROUNDS


async def test_what_a_guard_rests_on_is_looked_at_after_a_conflict(people: People) -> None:
    """If it has moved, the request is stale at once; otherwise the plan is run again."""
    a = people.accounts["a"]
    store = people.store
    await store.execute("INSERT INTO guards (subject, version) VALUES ('order:1', 3)")
    moves = "UPDATE guards SET version = version + 1 WHERE subject = 'order:1'"
    for guards, meanwhile, stale in (
        ((Guard("order:1", 2),), [], True),
        ((Guard("order:1", 3),), [moves], True),
        ((Guard("order:1", 4), Guard("order:2", 0)), [], False),
        ((), [moves], False),
        ((Guard("order:1", 6),), [], False),
    ):
        plan = Runs(a)
        refusing(people).refuses = 0 if stale else 1
        refusing(people).meanwhile = meanwhile
        people.asked.asked()
        before = (await people.balance("a")).active
        if stale:
            with pytest.raises(StaleGuard) as told:
                await people.join(plan, "a", guards=guards)
            assert told.value.subject == "order:1"
        else:
            await people.join(plan, "a", guards=guards)
        asked = [each for each in people.asked.asked() if each[0] == "guards"]
        known = sorted(each.subject for each in guards if each.version)
        assert asked == [("guards", known)] * bool(known), guards
        assert plan.runs == (1 if stale else 2)
        assert (await people.balance("a")).active == before + (0 if stale else 5)
    found = await store.find_guards(["order:1", "order:2"])
    assert found == {"order:1": 7, "order:2": 1}


async def test_a_key_that_a_movement_takes_meanwhile_makes_it_stale(people: People) -> None:
    a = people.accounts["a"]
    key = Key(people.tenant, "k")
    plan = Runs(a)
    refusing(people).refuses = 1
    await people.join(plan, "a", keys=(key,))
    assert plan.runs == 2
    # A movement's key: nobody has looked for it since.
    await people.done("b", Accrue(1), key="k")
    with pytest.raises(StaleGuard, match="idempotency key"):
        await people.join(plan, "a", keys=(key,))
    assert plan.runs == 3
    assert (await people.balance("a")).active == 5


async def test_what_the_caller_has_seen_is_compared_before_the_plan_runs(people: People) -> None:
    a, b = people.accounts.values()
    await people.done("b", Accrue(1))
    plan = Runs(a)
    for expected, account in (({a: 1}, a), ({b: 0}, b), ({a: 0, b: 2}, b)):
        begin(Origin(expected=dict(expected)))
        with pytest.raises(JointRefused) as refused:
            await people.join(plan)
        assert (refused.value.account, refused.value.refusal.code) == (account, Code.ACCOUNT_MOVED)
    assert plan.runs == 0
    begin(Origin(expected={a: 0, b: 1}))
    await people.join(plan)
    assert plan.runs == 1


@pytest.mark.parametrize("long", [False, True])
async def test_a_plan_for_a_large_account_runs_on_a_thread(
    people: People, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    """Whichever of the accounts is large; every step of a long plan."""
    await people.done("b", Accrue(1))
    await people.done("b", Accrue(1))
    threads: list[bool] = []

    def note() -> None:
        threads.append(threading.current_thread() is not threading.main_thread())

    def plan(acting: Acting) -> Planned:
        note()
        return Planned(None)

    def steps(acting: Acting) -> Generator[None, None, Planned]:
        note()
        yield
        note()
        return Planned(None)

    for large, apart in ((2, False), (1, True)):
        monkeypatch.setattr(held, "LARGE", large)
        threads.clear()
        await people.join(steps if long else plan)
        assert threads == [apart] * (2 if long else 1)
    threads.clear()
    await people.join(plan, "a")
    assert threads == [False]


async def test_a_plan_runs_again_when_it_lacks_what_is_old(people: People) -> None:
    """What it looks at by itself belongs to the book that it was given last."""
    a, b = people.accounts.values()
    for _ in range(2):
        await people.done("a", Accrue(5))
        await people.done("b", Accrue(7))
        await people.done("a", Redeem(5))
        await people.done("b", Redeem(7))
    people.engine.forget([a, b])
    people.asked.asked()
    seen: list[list[int]] = []

    def plan(acting: Acting) -> Planned:
        acting.book(b)
        found: list[int] = []
        seen.append(found)
        found.append(acting.book(a).movement(2).base)
        found.append(acting.book(b).movement(4).base)
        found.append(acting.do(a, Cancel(4))[0].amount)
        return Planned(found)

    assert (await people.join(plan)).result == [5, 7, 5]
    assert seen == [[], [5], [5, 7], [5, 7, 5]]
    rows = {
        (demand.account, seq)
        for what, demands in people.asked.asked()
        if what == "load" and isinstance(demands, list)
        for demand in demands
        for seq in demand.rows
    }
    assert rows == {(a, 2), (b, 4), (a, 4)}
    people.engine.forget([a, b])
    seen.clear()

    def foreseen(acting: Acting) -> Planned:
        seen.append([acting.book(a).movement(2).base, acting.book(b).movement(4).base])
        return Planned(None)

    await people.join(foreseen, foreseen={a: {2}, b: {4}})
    assert seen == [[5, 7]]


async def test_a_person_is_judged_by_the_rows_of_each_account(people: People) -> None:
    """Those of one account with its book: the cancel of a transfer has rows of two."""
    a, b = people.accounts.values()
    await people.done("a", Accrue(9))
    sent = await people.transfer("a", "b", 4, note=Note())
    assert sent.refused is None

    def plan(acting: Acting) -> Planned:
        acting.do(a, Cancel(2))
        acting.do(a, Accrue(1))
        acting.do(b, Accrue(2))
        return Planned(None, (Beside(PUT, [("plan",)]),))

    for dry_run in (True, False):
        watching = Watching((Beside(PUT, [("person",)]),))
        begin(Origin(overseer=watching))
        joined = await people.join(plan, dry_run=dry_run)
        assert watching.acts == [[(a, [(a, 3), (a, 4)]), (b, [(b, 3)])]]
        assert {account: len(rows) for account, rows in joined.rows.items()} == {a: 3, b: 1}
        found = await people.store.find_guards(["person", "plan"])
        assert found == ({} if dry_run else {"person": 10, "plan": 10})


async def test_what_a_person_may_not_do_is_refused_of_the_first_account(people: People) -> None:
    a, b = people.accounts.values()
    watching = Watching(TOO_MUCH)
    begin(Origin(overseer=watching))
    with pytest.raises(JointRefused) as refused:
        await people.join(Runs(b, a))
    assert (refused.value.account, refused.value.refusal) == (b, TOO_MUCH)
    assert await people.store.last_rows(a % people.store.shards, [a]) == {a: 0}
    # Where nothing was done, nobody is asked.
    watching.acts.clear()
    assert (await people.join(Runs())).result == 1
    assert watching.acts == []


async def test_an_owner_that_the_request_is_guarded_by_is_not_asked(people: People) -> None:
    """Its caller has asked it. Any other is asked, and here there is none: it is not there."""
    guardian = people.engine._resources.guardian
    assert isinstance(guardian, Asked)
    a = people.accounts["a"]
    await people.done("a", Accrue(9))
    await people.done("a", Redeem(4, note=Note(subject="visit:1")))
    await people.done("a", Cancel(2))
    await people.store.execute("INSERT INTO guards (subject, version) VALUES ('visit:1', 1)")
    await people.store.execute("INSERT INTO guards (subject, version) VALUES ('visit:2', 1)")

    def plan(acting: Acting) -> Planned:
        return Planned(acting.do(a, Cancel(3))[0].amount)

    for others in ((), (Guard("visit:2", 1),)):
        with pytest.raises(JointRefused) as refused:
            await people.join(plan, guards=others)
        assert refused.value.refusal.code is Code.NOT_CANCELLABLE
        assert guardian.guards == ["visit:1"]
        guardian.guards.clear()
    joined = await people.join(plan, guards=(Guard("visit:2", 1), Guard("visit:1", 1)))
    assert joined.result == 4
    assert guardian.guards == []
    assert await people.store.find_guards(["visit:1", "visit:2"]) == {"visit:1": 2, "visit:2": 2}


async def test_owners_of_what_is_cancelled_move(people: People) -> None:
    a, b = people.accounts.values()
    for name, visit in (("a", 1), ("b", 2)):
        await people.done(name, Accrue(9))
        await people.done(name, Redeem(4, note=Note(subject=f"visit:{visit}")))
    await people.transfer("a", "b", 5, note=Note())
    for visit in (1, 2, 3):
        await people.store.execute(
            "INSERT INTO guards (subject, version) VALUES ($1, 7)", f"visit:{visit}"
        )

    def plan(acting: Acting) -> Planned:
        acting.do(a, Cancel(3))
        acting.do(b, Cancel(2))
        return Planned(None)

    await people.join(plan)
    found = await people.store.find_guards(["visit:1", "visit:2", "visit:3"])
    assert found == {"visit:1": 7, "visit:2": 8, "visit:3": 7}


async def test_external_ids_are_taken_where_the_plan_names_them(people: People) -> None:
    a, b = people.accounts.values()

    def plan(acting: Acting) -> Planned:
        for account in (a, b):
            acting.do(account, Accrue(1, note=Note(external_id=f"x{account}")))
        acting.do(a, Accrue(1))
        return Planned(None, names={f"x{a}": b"p" * 16, f"x{b}": b"q" * 16})

    await people.join(plan)
    names = [(people.program, f"x{account}") for account in (a, b)]
    found = await people.store.find_external_ids(names)
    assert [(row.account, row.seq, row.fingerprint) for row in found] == [
        (a, 1, b"p" * 16),
        (b, 1, b"q" * 16),
    ]
