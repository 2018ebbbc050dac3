"""Limits of people and the need of a second one, in the ledger: every way to move points."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from stampbook.domain.commands import Accrue, Cancel, Command, Commit, Hold, Redeem, Release
from stampbook.domain.model import MICROSECONDS, Transaction, Who
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Acting, Joint, JointRefused, Planned
from stampbook.ledger.origin import NOWHERE, Origin, begin, current
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.programs import currency_options, users
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.people import overseeing
from stampbook.programs.people.overseeing import AmountLimit, Bounds, bounds_of
from stampbook.storage.store import Store
from tests.storage.building import NOW, make_accounts, make_currency

DAY_S = 86_400


class House:
    """A ledger, a currency with accounts, and people with limits."""

    def __init__(self, store: Store, ledger: Ledger, currency: int, accounts: list[int]) -> None:
        self.store = store
        self.ledger = ledger
        self.currency = currency
        self.accounts = accounts
        self.now = NOW

    async def person(self, login: str, *limits: AmountLimit) -> int:
        async with self.store.transaction() as writing:
            user = await users.create(writing, tenant=1, login=login, password_hash="-", now=0)
            await overseeing.set_amount_limits(writing, user.user_id, limits, tenant=1, now=0)
        return user.user_id

    async def ask_for_approval(self, above: int | None) -> None:
        options = CurrencyOptions(approval_above=above)
        async with self.store.transaction() as writing:
            await currency_options.put(writing, self.currency, options, now=NOW)

    async def bounds(self, user: int) -> Bounds | None:
        return await bounds_of(self.store, user, tenant=1)

    async def act(
        self, user: int | None, *commands: Command, at: int = 0, dry: bool = False
    ) -> Outcome:
        await self.become(user)
        return await self.ledger.submit(Submission(1, self.accounts[at], commands, dry_run=dry))

    async def become(self, user: int | None) -> None:
        if user is None:
            begin(NOWHERE)
        else:
            begin(Origin(user_id=user, overseer=await self.bounds(user)))

    async def rows(self) -> int:
        row = await self.store.fetch_one("SELECT count(*) AS rows FROM transactions")
        assert row is not None
        return int(row["rows"])


@pytest.fixture
async def house(store: Store) -> AsyncIterator[House]:
    currency = await make_currency(store)
    accounts = await make_accounts(store, currency, 3)
    place: list[House] = []
    ledger = Ledger(store, clock=lambda: place[0].now)
    place.append(House(store, ledger, currency, accounts))
    await ledger.start()
    yield place[0]
    begin(NOWHERE)
    await ledger.stop()


def row_of(outcome: Outcome) -> Transaction:
    assert isinstance(outcome, Done), outcome
    return outcome.transaction


def exceeded(outcome: Outcome) -> tuple[int, int, int]:
    assert isinstance(outcome, Refusal), outcome
    assert outcome.code is Code.LIMIT_EXCEEDED
    assert outcome.figures is not None
    return outcome.figures


Way = Callable[[House, int], Awaitable[Outcome]]
"""Moves an amount of the first account by one way into the ledger."""


async def submit(house: House, amount: int) -> Outcome:
    return await house.ledger.submit(Submission(1, house.accounts[0], (Accrue(amount),)))


async def several(house: House, amount: int) -> Outcome:
    half = amount // 2
    commands = (Accrue(half), Accrue(amount - half))
    return await house.ledger.submit(Submission(1, house.accounts[0], commands))


async def planned(house: House, amount: int) -> Outcome:
    submission = Submission(
        1, house.accounts[0], planner=lambda book, now: (Accrue(amount),), identity="planned"
    )
    return await house.ledger.submit(submission)


async def transfer(house: House, amount: int) -> Outcome:
    return await house.ledger.transfer(Transfer(1, house.accounts[1], house.accounts[0], amount))


async def atomic(house: House, amount: int) -> Outcome:
    items = [Submission(1, house.accounts[0], (Accrue(amount),))]
    return (await house.ledger.submit_all(items, atomic=True))[-1]


async def one_by_one(house: House, amount: int) -> Outcome:
    items = [Submission(1, house.accounts[0], (Accrue(amount),))]
    return (await house.ledger.submit_all(items, atomic=False))[-1]


async def joint(house: House, amount: int) -> Outcome:
    account = house.accounts[0]

    def plan(acting: Acting) -> Planned:
        return Planned(acting.do(account, Accrue(amount)))

    try:
        joined = await house.ledger.join(Joint(1, (account,), plan))
    except JointRefused as refused:
        return refused.refusal
    rows: Sequence[Transaction] = joined.result
    mine = current()
    begin(NOWHERE)
    outcome = await house.ledger.submit(Submission(1, account, (Accrue(1),), dry_run=True))
    begin(mine)
    assert isinstance(outcome, Done)
    return outcome._replace(transactions=tuple(rows), dry_run=False)


WAYS = (submit, several, planned, transfer, atomic, one_by_one, joint)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


async def test_a_limit_of_one_act_holds_by_every_way(house: House, way: Way) -> None:
    row_of(await house.act(None, Accrue(10_000), at=1))
    user = await house.person("anna", AmountLimit(house.currency, per_transaction=500))
    before = await house.rows()
    await house.become(user)
    assert exceeded(await way(house, 501)) == (500, 0, 501)
    assert await house.rows() == before
    row = row_of(await way(house, 500))
    assert row.who == Who(user_id=user)


async def test_a_limit_of_a_day_holds_by_every_way_and_counts_all(house: House, way: Way) -> None:
    row_of(await house.act(None, Accrue(10_000), at=1))
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    await house.become(user)
    row_of(await way(house, 300))
    assert exceeded(await way(house, 201)) == (500, 300, 201)
    assert exceeded(await house.act(user, Accrue(201), at=2)) == (500, 300, 201)
    row_of(await way(house, 200))
    assert exceeded(await house.act(user, Accrue(1), at=2)) == (500, 500, 1)
    house.now += DAY_S * MICROSECONDS
    row_of(await way(house, 500))


async def test_what_exceeds_an_approval_is_done_by_no_way(house: House, way: Way) -> None:
    row_of(await house.act(None, Accrue(10_000), at=1))
    user = await house.person("anna")
    await house.ask_for_approval(500)
    before = await house.rows()
    await house.become(user)
    refusal = await way(house, 501)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.APPROVAL_REQUIRED
    assert current().needs_approval is not None
    assert await house.rows() == before
    await house.become(user)
    row_of(await way(house, 500))
    assert current().needs_approval is None


async def test_a_dry_run_of_it_says_so_and_goes_on(house: House) -> None:
    user = await house.person("anna")
    await house.ask_for_approval(500)
    outcome = await house.act(user, Accrue(501), dry=True)
    assert isinstance(outcome, Done)
    assert outcome.dry_run
    assert current().needs_approval is not None


async def test_what_was_approved_is_bound_by_the_limits_of_both(house: House) -> None:
    await house.ask_for_approval(100)
    asking = await house.person("anna", AmountLimit(house.currency, per_day=900))
    second = await house.person("olga", AmountLimit(house.currency, per_transaction=800))
    bounds, other = await house.bounds(asking), await house.bounds(second)

    async def approved(amount: int) -> Outcome:
        begin(Origin(user_id=asking, overseer=Bounds.approved(house.store, asking, bounds, other)))
        return await house.ledger.submit(Submission(1, house.accounts[0], (Accrue(amount),)))

    assert exceeded(await approved(801)) == (800, 0, 801)
    row_of(await approved(800))
    assert exceeded(await approved(101)) == (900, 800, 101)


async def test_a_key_is_bound_by_nothing(house: House) -> None:
    await house.ask_for_approval(1)
    begin(Origin(api_key_id=1))
    row_of(await house.ledger.submit(Submission(1, house.accounts[0], (Accrue(10**9),))))


async def test_of_acts_at_once_no_more_than_the_day_allows_are_done(house: House) -> None:
    """Also of two servers, which know nothing of each other."""
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    other = Ledger(house.store, clock=lambda: house.now)
    await other.start()
    await house.become(user)
    try:
        outcomes = await asyncio.gather(
            *(
                (other if at % 2 else house.ledger).submit(
                    Submission(1, house.accounts[at % 3], (Accrue(100),))
                )
                for at in range(12)
            )
        )
    finally:
        await other.stop()
    done = [each for each in outcomes if isinstance(each, Done)]
    assert len(done) == 5
    assert await house.rows() == 5
    assert all(isinstance(each, Done) or each.code is Code.LIMIT_EXCEEDED for each in outcomes)


@pytest.mark.parametrize("undo", [Cancel, Release])
async def test_the_undo_of_ones_own_act_of_the_day_is_free(
    house: House, undo: type[Cancel | Release]
) -> None:
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    row_of(await house.act(None, Accrue(10_000)))
    hold = row_of(await house.act(user, Hold(500)))
    if undo is Cancel:
        row_of(await house.act(None, Commit(hold.seq)))
    assert exceeded(await house.act(user, Redeem(1))) == (500, 500, 1)
    row_of(await house.act(user, undo(hold.seq)))
    assert exceeded(await house.act(user, Redeem(1))) == (500, 500, 1)


async def test_the_commit_of_what_one_held_counts_once(house: House) -> None:
    """On whatever day: the points counted when they were held. A commit of another's hold, or of
    what a key held, counts when it is made."""
    user = await house.person("anna", AmountLimit(house.currency, None, per_day=500))
    row_of(await house.act(None, Accrue(10_000)))
    first, second = [
        row_of(await house.act(user, Hold(250, timeout_s=2 * DAY_S))) for _ in range(2)
    ]
    row_of(await house.act(user, Commit(first.seq)))
    assert exceeded(await house.act(user, Redeem(1))) == (500, 500, 1)
    row_of(await house.act(user, Cancel(first.seq)))
    house.now += DAY_S * MICROSECONDS
    row_of(await house.act(user, Redeem(500)))
    row_of(await house.act(user, Commit(second.seq)))
    earned = row_of(await house.act(None, Accrue(400, temporary=True)))
    assert exceeded(await house.act(user, Commit(earned.seq))) == (500, 500, 400)
    house.now += DAY_S * MICROSECONDS
    theirs = row_of(await house.act(None, Hold(400)))
    row_of(await house.act(user, Commit(theirs.seq)))
    assert exceeded(await house.act(user, Redeem(101))) == (500, 400, 101)


async def test_the_undo_of_anothers_act_or_another_days_counts(house: House) -> None:
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    theirs = row_of(await house.act(None, Accrue(600)))
    assert exceeded(await house.act(user, Cancel(theirs.seq))) == (500, 0, 600)
    own = row_of(await house.act(user, Accrue(400)))
    house.now += DAY_S * MICROSECONDS
    row_of(await house.act(user, Accrue(200)))
    assert exceeded(await house.act(user, Cancel(own.seq))) == (500, 200, 400)
    row_of(await house.act(user, Cancel(own.seq, amount=300)))


async def test_the_day_begins_at_midnight_of_the_program(house: House) -> None:
    """NOW is 14 November 2023 22:13 UTC: in Riga it is past midnight."""
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    house.now = NOW - 3 * 3_600 * MICROSECONDS  # 21:13 in Riga
    row_of(await house.act(user, Accrue(500)))
    house.now = NOW - 3_600 * MICROSECONDS  # 23:13
    assert exceeded(await house.act(user, Accrue(1))) == (500, 500, 1)
    house.now = NOW  # 00:13
    row_of(await house.act(user, Accrue(500)))


async def test_a_refused_act_uses_nothing_up(house: House) -> None:
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    refusal = await house.act(user, Redeem(500))
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.INSUFFICIENT_POINTS
    row_of(await house.act(user, Accrue(500)))


async def test_acts_that_are_refused_together_use_nothing_up(house: House) -> None:
    """The first would be allowed, and needs a second person; the last cannot be."""
    user = await house.person("anna", AmountLimit(house.currency, per_day=500))
    await house.ask_for_approval(200)
    account = house.accounts[0]
    together = [
        Submission(1, account, (Accrue(300),)),
        Submission(1, account, (Redeem(10**9),)),
    ]
    await house.become(user)
    refusal = (await house.ledger.submit_all(together, atomic=True))[-1]
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.INSUFFICIENT_POINTS
    assert current().needs_approval is None
    await house.ask_for_approval(None)
    row_of(await house.act(user, Accrue(500)))


async def test_who_approves_is_bound_where_the_one_who_asks_is_not(house: House) -> None:
    asking = await house.person("anna")
    second = await house.person("olga", AmountLimit(house.currency, per_transaction=800))
    assert await house.bounds(asking) is None
    bounds = Bounds.approved(house.store, asking, None, await house.bounds(second))

    async def approved(amount: int) -> Outcome:
        begin(Origin(user_id=asking, overseer=bounds))
        return await house.ledger.submit(Submission(1, house.accounts[0], (Accrue(amount),)))

    assert exceeded(await approved(801)) == (800, 0, 801)
    row_of(await approved(800))
