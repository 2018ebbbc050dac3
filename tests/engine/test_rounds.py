"""How one request is decided: dry runs, groups of commands, and plans that see movements of their
subject (ledger/round.py)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem, Settle
from stampbook.domain.invariants import BrokenInvariant
from stampbook.domain.model import Kind
from stampbook.domain.policy import Policy
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import AccountFound, Demand, Store
from tests.storage.building import NOW, make_accounts, make_currency

SUBJECT = "visit:7"


class Card:
    """An account, and a ledger that may have forgotten it."""

    def __init__(self, ledger: Ledger, account: int) -> None:
        self.ledger = ledger
        self.asked = Submission(1, account)

    async def ask(self, *commands: Command, dry_run: bool = False) -> Done | Refusal:
        outcome = await self.ledger.submit(self.asked._replace(commands=commands, dry_run=dry_run))
        assert isinstance(outcome, Done | Refusal)
        return outcome

    async def done(self, *commands: Command, dry_run: bool = False) -> Done:
        outcome = await self.ask(*commands, dry_run=dry_run)
        assert isinstance(outcome, Done), outcome
        return outcome

    async def refused(self, *commands: Command, dry_run: bool = False) -> Code:
        outcome = await self.ask(*commands, dry_run=dry_run)
        assert isinstance(outcome, Refusal), outcome
        return outcome.code

    async def active(self) -> int:
        return (await self.done(Settle())).account.active


@pytest.fixture
async def card(store: Store) -> AsyncIterator[Card]:
    (account,) = await make_accounts(store, await make_currency(store))
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    yield Card(ledger, account)
    await ledger.stop()


async def test_a_dry_run_says_so_and_writes_nothing(card: Card) -> None:
    await card.done(Accrue(10))
    for commands in ((Redeem(4),), (Redeem(4), Accrue(1))):
        tried = await card.done(*commands, dry_run=True)
        assert (tried.dry_run, tried.account.active) == (True, 6 if len(commands) == 1 else 7)
        assert [row.seq for row in tried.transactions] == [2, 3][: len(commands)]
        assert await card.active() == 10
    written = await card.done(Redeem(4))
    assert (written.dry_run, written.transaction.seq) == (False, 2)
    assert await card.refused(Redeem(7), dry_run=True) is Code.INSUFFICIENT_POINTS


async def test_a_group_is_done_as_a_whole_or_not_at_all(card: Card) -> None:
    await card.done(Accrue(10))
    assert await card.refused(Redeem(4), Redeem(7)) is Code.INSUFFICIENT_POINTS
    assert await card.refused(Redeem(11), Accrue(5)) is Code.INSUFFICIENT_POINTS
    assert await card.active() == 10
    made = await card.done(Redeem(4), Accrue(2), Redeem(8))
    assert [row.kind for row in made.transactions] == [Kind.REDEEM, Kind.ACCRUE, Kind.REDEEM]
    assert await card.active() == 0
    assert (await card.done()).transactions == ()


async def test_what_was_cancelled_before_spoils_a_group_and_answers_alone(card: Card) -> None:
    await card.done(Accrue(10))
    spent = (await card.done(Redeem(4))).transaction.seq
    cancel = (await card.done(Cancel(spent))).transaction.seq
    for dry_run in (False, True):
        again = await card.done(Cancel(spent), dry_run=dry_run)
        assert (again.already, again.dry_run, again.transaction.seq) == (True, dry_run, cancel)
        for group in ((Cancel(spent), Accrue(1)), (Accrue(1), Cancel(spent))):
            assert await card.refused(*group, dry_run=dry_run) is Code.ALREADY_CANCELLED
    assert await card.active() == 10


@pytest.mark.parametrize("remembers", [True, False])
async def test_a_plan_sees_all_movements_of_its_subject(card: Card, remembers: bool) -> None:
    await card.done(Accrue(10))
    for amount in (3, 2):
        await card.done(Redeem(amount, note=Note(subject=SUBJECT)))
    if not remembers:
        card.ledger.forget([card.asked.account])
    seen: list[list[int]] = []

    def plan(book: Book, now: int) -> Sequence[Command] | Refusal:
        rows = [row for _, row in sorted(book.rows.items()) if row.subject == SUBJECT]
        seen.append([row.amount for row in rows])
        return [Cancel(row.seq) for row in rows]

    outcome = await card.ledger.submit(
        card.asked._replace(planner=plan, subject=SUBJECT, identity="all of the visit", key="k")
    )
    assert isinstance(outcome, Done)
    assert seen[-1] == [3, 2]
    assert [row.kind for row in outcome.transactions] == [Kind.CANCEL, Kind.CANCEL]
    assert await card.active() == 10


async def test_a_plan_finds_what_another_server_has_just_written(card: Card, store: Store) -> None:
    """Its ledger remembers the account as it was before."""
    await card.done(Accrue(10))
    other = Ledger(store, clock=lambda: NOW)
    await other.start()
    made = await Card(other, card.asked.account).done(Accrue(20))
    await other.stop()
    lot = made.transaction.terms[0].lot

    def plan(book: Book, now: int) -> Sequence[Command] | Refusal:
        return [Cancel(book.lot(lot).accrued_by, amount=5)]

    outcome = await card.ledger.submit(card.asked._replace(planner=plan))
    assert isinstance(outcome, Done), outcome
    assert await card.active() == 25


async def test_what_nobody_has_written_breaks_a_plan(card: Card) -> None:
    await card.done(Accrue(10))

    def plan(book: Book, now: int) -> Sequence[Command] | Refusal:
        return [Cancel(book.lot(99).accrued_by)]

    with pytest.raises(BrokenInvariant):
        await card.ledger.submit(card.asked._replace(planner=plan))
    assert await card.active() == 10


async def test_what_memory_has_is_not_asked_of_the_store_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts, and the policy of their currency; until they are forgotten, or doubted."""
    accounts = await make_accounts(store, await make_currency(store), 2 * store.shards)
    asked: list[str] = []
    load, policies = store.load, store.policies

    async def loaded(shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        asked.extend("account" for _ in demands)
        return await load(shard, demands)

    async def read(currencies: Sequence[int]) -> list[Policy]:
        asked.append("policy")
        return await policies(currencies)

    monkeypatch.setattr(store, "load", loaded)
    monkeypatch.setattr(store, "policies", read)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()

    async def asked_for(*commands: Command, count: int = len(accounts)) -> list[str]:
        asked.clear()
        for account in accounts[:count]:
            for command in commands:
                outcome = await ledger.submit(Submission(1, account, (command,)))
                assert isinstance(outcome, Done), outcome
        return sorted(asked)

    assert await asked_for(Accrue(10)) == ["account"] * len(accounts) + ["policy"]
    assert await asked_for(Redeem(4), Cancel(2), Accrue(1)) == []
    ledger.forget(accounts[:1])
    assert await asked_for(Accrue(1)) == ["account"]
    # An answer that writes nothing must be of now, so the account and its policy are read.
    outcome = await ledger.submit(Submission(1, accounts[0], (Redeem(99),)))
    assert isinstance(outcome, Refusal)
    assert sorted(asked) == ["account", "account", "policy"]
    await ledger.stop()
