"""Random histories: a hypothesis state machine that drives a comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
)
from stampbook.domain.model import FOREVER, AccountStatus, Kind
from stampbook.domain.policy import (
    CountsFrom,
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    SpentAccrual,
    Unit,
)
from tests.ledgers.seen import AccountPlan, Answer, Ledger, Plan
from tests.model.comparing import Comparison
from tests.model.naive import GIVING

DAY = 86_400_000_000
START = 1_767_225_600_000_000
"""2026-01-01, microseconds UTC."""

amounts = st.one_of(st.integers(1, 20), st.integers(1, 150))
places = st.integers(0, 30)
"""Which earlier transaction is meant, counted back from the newest."""

days = st.sampled_from([None, None, 0, 1, 2, 3, 5, 8])
parts = st.one_of(st.none(), st.none(), amounts)
timeouts = st.sampled_from([86_400, 2 * 86_400, 5 * 86_400])

pendings = st.sampled_from(
    [
        PendingRule(),
        PendingRule(),
        PendingRule(PendingType.PERIOD, Period(2, Unit.DAY)),
        PendingRule(PendingType.EVENT),
        PendingRule(PendingType.EVENT, cancel_period=Period(4, Unit.DAY)),
    ]
)
expiries = st.sampled_from(
    [
        ExpiryRule(),
        ExpiryRule(),
        ExpiryRule(ExpiryType.ROLLING, Period(5, Unit.DAY)),
        ExpiryRule(ExpiryType.ROLLING, Period(5, Unit.DAY), counts_from=CountsFrom.ACCRUAL),
        ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.DAY), counts_from=CountsFrom.ACCRUAL),
        ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY)),
        ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY), on_spending=False),
        ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY), on_earning=False),
    ]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    restore = draw(st.sampled_from(ExpiredRestore))
    return Policy(
        currency=0,
        program=0,
        tenant=0,
        version=1,
        pending=draw(pendings),
        expiry=draw(expiries),
        spent_accrual=draw(st.sampled_from(SpentAccrual)),
        expired_restore=restore,
        grace_s=2 * 86_400 if restore is ExpiredRestore.GRACE else 0,
        cancel_window_s=draw(st.sampled_from([None, None, None, 3 * 86_400])),
        overdraft=draw(st.sampled_from([0, 0, 40])),
    )


class Histories(RuleBasedStateMachine):
    """Commands, time and changes of policy, on two accounts; subclasses choose the ledger."""

    runner: ClassVar[asyncio.Runner]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[tuple[str, Command, Answer]] = []

    def open_ledger(self) -> Ledger:
        raise NotImplementedError

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.run(self.both.ledger.finish())

    @initialize(first=policies(), second=policies())
    def begin(self, first: Policy, second: Policy) -> None:
        plan = Plan(
            {"first": first, "second": second},
            {"a": AccountPlan("ann", "first"), "b": AccountPlan("bob", "second")},
        )
        self.both = Comparison(self.open_ledger(), plan)
        self.run(self.both.found())
        self.both.set_clock(START)

    # -- operations -----------------------------------------------------------------

    @rule(
        account=st.sampled_from(["a", "a", "a", "b"]),
        amount=amounts,
        starts=days,
        lasts=days,
        back=st.sampled_from([0, 0, 0, 1, 7]),
    )
    def accrue(
        self, account: str, amount: int, starts: int | None, lasts: int | None, back: int
    ) -> None:
        self.submit(account, self.accrual(amount, starts, lasts, back))

    @rule(account=st.sampled_from("aab"), amount=amounts, starts=days, lasts=days, timeout=timeouts)
    def accrue_temporarily(
        self, account: str, amount: int, starts: int | None, lasts: int | None, timeout: int
    ) -> None:
        command = self.accrual(amount, starts, lasts, 0)
        self.submit(account, command._replace(temporary=True, timeout_s=timeout))

    @rule(account=st.sampled_from("aab"), amount=amounts)
    def redeem(self, account: str, amount: int) -> None:
        self.submit(account, Redeem(amount))

    @rule(account=st.sampled_from("aab"), amount=amounts, timeout=timeouts)
    def hold(self, account: str, amount: int, timeout: int) -> None:
        self.submit(account, Hold(amount, timeout_s=timeout))

    @rule(account=st.sampled_from("aab"), amount=amounts, credit=st.booleans())
    def adjust(self, account: str, amount: int, credit: bool) -> None:
        if credit:
            self.submit(account, Accrue(amount, kind=Kind.ADJUST_CREDIT))
        else:
            self.submit(account, Redeem(amount, kind=Kind.ADJUST_DEBIT))

    @rule(account=st.sampled_from("aab"), place=places, part=parts)
    def commit(self, account: str, place: int, part: int | None) -> None:
        self.act(account, place, lambda target: Commit(target, part), temporary=True)

    @rule(account=st.sampled_from("aab"), place=places)
    def release(self, account: str, place: int) -> None:
        self.act(account, place, Release, temporary=True)

    @rule(account=st.sampled_from("aab"), place=places)
    def activate(self, account: str, place: int) -> None:
        self.act(account, place, Activate)

    @rule(account=st.sampled_from("aab"), place=places)
    def expire(self, account: str, place: int) -> None:
        self.act(account, place, Expire)

    @rule(account=st.sampled_from("aab"), place=places, part=parts)
    def cancel(self, account: str, place: int, part: int | None) -> None:
        self.act(account, place, lambda target: Cancel(target, part))

    @rule(account=st.sampled_from("aab"), place=st.integers(0, 3), part=parts)
    def cancel_a_cancel(self, account: str, place: int, part: int | None) -> None:
        rows = self.both.world.accounts[account].rows
        cancels = [row.n for row in rows.values() if row.kind is Kind.CANCEL]
        if cancels:
            self.submit(account, Cancel(cancels[-1 - place % len(cancels)], part))

    @rule(account=st.sampled_from("aab"), place=places)
    def cancel_pending_only(self, account: str, place: int) -> None:
        rows = self.both.world.accounts[account].rows.values()
        accruals = [row.n for row in rows if row.kind in GIVING]
        if accruals:
            target = accruals[-1 - place % len(accruals)]
            self.submit(account, Cancel(target, only_pending=True))

    @rule(account=st.sampled_from("aab"), place=places, amount=amounts)
    def reinstate(self, account: str, place: int, amount: int) -> None:
        lots = self.both.world.accounts[account].lots
        dead = [lot for lot in lots if self.both.world.accounts[account].sum("expired", lot)]
        if dead:
            lot = dead[-1 - place % len(dead)]
            self.submit(account, Accrue(amount, kind=Kind.REINSTATE, reinstates=lot))

    @rule(amount=amounts, there=st.booleans())
    def transfer(self, amount: int, there: bool) -> None:
        source, receiver = ("a", "b") if there else ("b", "a")
        self.run(self.both.transfer(source, receiver, amount))
        self.run(self.both.compare())

    # -- time and circumstances --------------------------------------------------------

    @rule(hours=st.sampled_from([1, 12, 24, 48, 96]))
    def wait(self, hours: int) -> None:
        self.to(self.both.now + hours * DAY // 24)

    @rule(early=st.sampled_from([0, 0, 1]), account=st.sampled_from("aab"))
    def wait_for_what_is_due(self, early: int, account: str) -> None:
        due = self.both.world.accounts[account].next_due(FOREVER - 1)
        if due:
            self.to(due[0] - early)

    @rule(account=st.sampled_from("ab"))
    def settle(self, account: str) -> None:
        self.run(self.both.ledger.settle(account))

    @rule(account=st.sampled_from("ab"))
    def forget(self, account: str) -> None:
        self.run(self.both.ledger.forget(account))

    @rule(status=st.sampled_from(AccountStatus), account=st.sampled_from("ab"))
    @precondition(lambda self: len(self.done) > 3)
    def change_status(self, status: AccountStatus, account: str) -> None:
        self.run(self.both.set_account(account, status))

    @rule(account=st.sampled_from("ab"))
    def reopen(self, account: str) -> None:
        self.run(self.both.set_account(account, AccountStatus.OPEN))

    @rule(policy=st.sampled_from(SpentAccrual), overdraft=st.sampled_from([0, 30]))
    @precondition(lambda self: len(self.done) > 5)
    def change_policy(self, policy: SpentAccrual, overdraft: int) -> None:
        old = self.both.world.accounts["a"].policy
        self.run(
            self.both.set_policy("first", old._replace(spent_accrual=policy, overdraft=overdraft))
        )

    @rule(place=places)
    def retry(self, place: int) -> None:
        """The same request with the same key: the same answer, and nothing else."""
        if not self.done:
            return
        number = len(self.done) - 1 - place % len(self.done)
        account, command, answer = self.done[number]
        again = self.run(self.both.ledger.submit(account, command, key=f"key-{number}"))
        assert again == answer._replace(replayed=True)
        self.run(self.both.compare())

    @rule(account=st.sampled_from("ab"), amount=amounts, place=places)
    def try_dry(self, account: str, amount: int, place: int) -> None:
        """A dry run answers what then happens, and changes nothing."""
        rows = self.both.world.accounts[account].rows
        command: Command = Redeem(amount)
        if rows:
            command = Cancel(len(rows) - place % len(rows))
        dry = self.run(self.both.ledger.submit(account, command, dry_run=True))
        self.run(self.both.compare())
        assert self.submit(account, command) == dry

    # -- how ---------------------------------------------------------------------------

    def accrual(self, amount: int, starts: int | None, lasts: int | None, back: int) -> Accrue:
        now = self.both.now
        activates = None if starts is None else now + starts * DAY
        expires = None if lasts is None else (activates or now) + lasts * DAY + DAY // 2
        note = Note(effective_at=now - back * DAY if back else None)
        return Accrue(amount, activates_at=activates, expires_at=expires, note=note)

    def act(self, account: str, place: int, command: Any, *, temporary: bool = False) -> None:
        rows = self.both.world.accounts[account].rows
        targets = [row.n for row in rows.values() if row.temporary] if temporary else []
        targets = targets or list(rows) or [7]
        self.submit(account, command(targets[-1 - place % len(targets)]))

    def submit(self, account: str, command: Command) -> Answer:
        key = f"key-{len(self.done)}"
        answer: Answer = self.run(self.both.submit(account, command, key=key))
        if answer.refused is None:
            self.done.append((account, command, answer))
        self.run(self.both.compare())
        return answer

    def to(self, instant: int) -> None:
        if instant > self.both.now:
            self.both.set_clock(instant)
            self.run(self.both.compare())
