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
from stampbook.domain.model import MAX_AMOUNT, AccountStatus, Kind
from stampbook.domain.policy import (
    CountsFrom,
    DayOfYear,
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    Rounding,
    SpentAccrual,
    Unit,
)
from tests.ledgers.seen import AccountPlan, Answer, Ledger, Plan
from tests.model.comparing import Comparison
from tests.model.points import GIVING, TAKING, Entry

DAY = 86_400_000_000
START = 1_767_225_600_000_000
"""2026-01-01, microseconds UTC."""

accounts = st.sampled_from("aaab")
gains = st.one_of(st.integers(1, 20), st.integers(1, 150))
losses = st.one_of(st.integers(1, 20), st.integers(1, 60))
places = st.one_of(st.integers(0, 3), st.integers(0, 30))
"""Which earlier transaction is meant, counting back from the newest."""

days = st.sampled_from([None, None, 0, 1, 2, 3, 5, 8])
parts = st.one_of(st.none(), st.none(), losses)
timeouts = st.sampled_from([86_400, 2 * 86_400, 5 * 86_400])

DAYS = tuple(DayOfYear(1, day) for day in range(1, 32, 3))

PENDINGS = [
    PendingRule(),
    PendingRule(),
    PendingRule(PendingType.PERIOD, Period(2, Unit.DAY)),
    PendingRule(PendingType.PERIOD, Period(2, Unit.DAY), whole_days=True),
    PendingRule(PendingType.FIXED_DATES, dates=DAYS),
    PendingRule(PendingType.EVENT),
    PendingRule(PendingType.EVENT, cancel_period=Period(4, Unit.DAY)),
]
EXPIRIES = [
    ExpiryRule(),
    ExpiryRule(),
    ExpiryRule(ExpiryType.ROLLING, Period(5, Unit.DAY)),
    ExpiryRule(ExpiryType.ROLLING, Period(5, Unit.DAY), counts_from=CountsFrom.ACCRUAL),
    ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.DAY), counts_from=CountsFrom.ACCRUAL),
    ExpiryRule(ExpiryType.ROLLING, Period(2, Unit.DAY), rounding=Rounding.END_OF_DAY),
    ExpiryRule(ExpiryType.CALENDAR, dates=DAYS),
    ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY)),
    ExpiryRule(ExpiryType.SLIDING, Period(2, Unit.DAY), rounding=Rounding.END_OF_DAY),
    ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY), on_spending=False),
    ExpiryRule(ExpiryType.SLIDING, Period(4, Unit.DAY), on_earning=False),
]


NO_ROW = Entry(0, Kind.RELEASE, 0, 0, 0)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    restore = draw(st.sampled_from(ExpiredRestore))
    return Policy(
        currency=0,
        program=0,
        tenant=0,
        version=1,
        pending=draw(st.sampled_from(PENDINGS)),
        expiry=draw(st.sampled_from(EXPIRIES)),
        spent_accrual=draw(st.sampled_from(SpentAccrual)),
        expired_restore=restore,
        grace_s=2 * 86_400 if restore is ExpiredRestore.GRACE else 0,
        cancel_window_s=draw(st.sampled_from([None, None, None, 3 * 86_400])),
        overdraft=draw(st.sampled_from([0, 0, 40])),
    )


class Histories(RuleBasedStateMachine):
    """Commands, time and changes of policy on two accounts. Subclasses choose the ledger."""

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
    # There are few rules, with choices inside, because hypothesis sometimes omits whole rules.

    @rule(
        account=accounts,
        how=st.sampled_from(["accrue", "accrue", "accrue", "temporary", "adjust"]),
        amount=gains,
        starts=days,
        lasts=days,
        back=st.sampled_from([0, 0, 0, 0, 1, 7]),
        whole=st.booleans(),
        timeout=timeouts,
    )
    def earn(
        self,
        account: str,
        how: str,
        amount: int,
        starts: int | None,
        lasts: int | None,
        back: int,
        whole: bool,
        timeout: int,
    ) -> None:
        command = self.accrual(amount, starts, lasts, back, whole=whole)
        if how == "temporary":
            command = command._replace(temporary=True, timeout_s=timeout)
        elif how == "adjust":
            command = Accrue(amount, kind=Kind.ADJUST_CREDIT)
        self.submit(account, command)

    @rule(
        account=accounts,
        how=st.sampled_from(["redeem", "redeem", "hold", "hold", "adjust"]),
        amount=losses,
        timeout=timeouts,
    )
    def spend(self, account: str, how: str, amount: int, timeout: int) -> None:
        if how == "hold":
            self.submit(account, Hold(amount, timeout_s=timeout))
        else:
            kind = Kind.ADJUST_DEBIT if how == "adjust" else Kind.REDEEM
            self.submit(account, Redeem(amount, kind=kind))

    @rule(account=accounts, release=st.booleans(), place=places, part=parts)
    def end_what_is_temporary(
        self, account: str, release: bool, place: int, part: int | None
    ) -> None:
        rows = self.both.world.accounts[account].rows.values()
        open_ones = [row.n for row in rows if row.standing == "temporary"]
        targets = open_ones or [row.n for row in rows if row.temporary]
        if targets:
            target = targets[-1 - place % len(targets)]
            self.submit(account, Release(target) if release else Commit(target, part))

    @rule(
        account=accounts,
        what=st.sampled_from(["originals", "originals", "cancels", "newest", "anything"]),
        place=places,
        part=parts,
    )
    def cancel(self, account: str, what: str, place: int, part: int | None) -> None:
        """Cancel an earlier row; one of the newest cancels, so that chains grow long."""
        rows = self.both.world.accounts[account].rows.values()
        if what == "newest":
            what, place = "cancels", place % 4
        targets = [
            row.n
            for row in rows
            if what == "anything"
            or (
                (what == "cancels") == (row.kind is Kind.CANCEL)
                and row.kind in (*GIVING, *TAKING, Kind.CANCEL)
            )
        ]
        if targets:
            self.submit(account, Cancel(targets[-1 - place % len(targets)], part))

    @rule(
        account=accounts,
        what=st.sampled_from(["activate", "expire", "reinstate", "only pending", "wrong"]),
        place=places,
        amount=losses,
    )
    def act_by_hand(self, account: str, what: str, place: int, amount: int) -> None:
        naive = self.both.world.accounts[account]
        if what == "reinstate":
            dead = [lot for lot in naive.lots if naive.sum("expired", lot)]
            if dead:
                lot = dead[-1 - place % len(dead)]
                self.submit(account, Accrue(amount, kind=Kind.REINSTATE, reinstates=lot))
            return
        kinds = (*GIVING, Kind.COMMIT) if what != "wrong" else tuple(Kind)
        targets = [row.n for row in naive.rows.values() if row.kind in kinds] or [7]
        target = targets[-1 - place % len(targets)]
        if what == "only pending" and naive.rows.get(target, NO_ROW).kind in GIVING:
            self.submit(account, Cancel(target, only_pending=True))
        elif what == "expire":
            self.submit(account, Expire(target))
        else:
            self.submit(account, Activate(target))

    @rule(
        account=accounts,
        verb=st.sampled_from([Redeem, Hold, Commit, Release, Activate, Expire, Cancel]),
        flaw=st.sampled_from(["nothing", "too much", "other", "tomorrow"]),
        place=places,
        status=st.sampled_from(AccountStatus),
    )
    def ask_wrongly(
        self, account: str, verb: type[Any], flaw: str, place: int, status: AccountStatus
    ) -> None:
        """A request that is wrong in itself, whatever the state of the account."""
        naive = self.both.world.accounts[account]
        amount = {"nothing": 0, "too much": MAX_AMOUNT + 1, "other": 7}.get(flaw)
        note = Note(
            effective_at=max(self.both.now, naive.clock) + 1 if flaw == "tomorrow" else None
        )
        if verb in (Redeem, Hold):
            command: Command = verb(1 if amount is None else amount, note=note)
        elif verb in (Commit, Cancel):
            command = verb(len(naive.rows) - place, amount, note=note)
        else:
            command = verb(len(naive.rows) - place, note=note)
        self.run(self.both.set_account(account, status))
        self.submit(account, command)
        self.run(self.both.set_account(account, AccountStatus.OPEN))

    @rule(amount=losses, there=st.booleans())
    def transfer(self, amount: int, there: bool) -> None:
        source, receiver = ("a", "b") if there else ("b", "a")
        self.run(self.both.transfer(source, receiver, amount))
        self.run(self.both.compare())

    # -- time and circumstances --------------------------------------------------------

    @rule(
        hours=st.sampled_from([None, None, None, 0, 1, 12, 24, 48, 96]),
        off=st.sampled_from([0, 0, -1, 1]),
        account=accounts,
        which=st.integers(0, 2),
    )
    def wait(self, hours: int | None, off: int, account: str, which: int) -> None:
        """Wait some hours (0: until midnight), or until something is due, or a microsecond off."""
        now = self.both.now
        if hours is not None:
            self.to(now + hours * DAY // 24 if hours else now + DAY - now % DAY)
            return
        due = sorted({at for at, _, _ in self.both.world.accounts[account].due() if at > now})
        if due:
            self.to(due[which % len(due)] + off)

    @rule(account=st.sampled_from("ab"), forget=st.booleans())
    def meddle(self, account: str, forget: bool) -> None:
        """Do something that must change nothing: a pass of the worker, or clearing the memory."""
        ledger = self.both.ledger
        self.run(ledger.forget(account) if forget else ledger.settle(account))

    @rule(
        account=st.sampled_from("ab"),
        status=st.sampled_from(AccountStatus),
        amount=losses,
        place=places,
    )
    @precondition(lambda self: len(self.done) > 3)
    def be_barred(self, account: str, status: AccountStatus, amount: int, place: int) -> None:
        """Both refuse the same while the member is inactive or the account closed."""
        self.run(self.both.set_account(account, status))
        self.spend(account, "hold", amount, 86_400)
        self.cancel(account, "originals", place, None)
        self.earn(account, "accrue", amount, None, None, 0, False, 0)
        self.run(self.both.set_account(account, AccountStatus.OPEN))

    @rule(
        currency=st.sampled_from(["first", "first", "second"]),
        spent=st.sampled_from(SpentAccrual),
        grace_days=st.integers(0, 2),
        overdraft=st.sampled_from([0, 30]),
    )
    @precondition(lambda self: len(self.done) > 5)
    def change_policy(
        self, currency: str, spent: SpentAccrual, grace_days: int, overdraft: int
    ) -> None:
        account = "a" if currency == "first" else "b"
        policy = self.both.world.accounts[account].policy._replace(
            spent_accrual=spent,
            expired_restore=ExpiredRestore.GRACE if grace_days else ExpiredRestore.EXPIRE,
            grace_s=grace_days * 86_400,
            overdraft=overdraft,
        )
        # Settle what is due by the old rules: the docs do not cover a late worker.
        self.run(self.both.ledger.settle(account))
        self.run(self.both.set_policy(currency, policy))

    @rule(place=places, dry=st.booleans(), amount=losses, account=accounts)
    def ask_again(self, place: int, dry: bool, amount: int, account: str) -> None:
        """The same request with the same key, or first a dry run: the same answer, one effect."""
        if dry:
            self.try_dry(account, amount, place)
        elif self.done:
            number = len(self.done) - 1 - place % len(self.done)
            account, command, answer = self.done[number]
            again = self.run(self.both.ledger.submit(account, command, key=f"key-{number}"))
            assert again == answer._replace(replayed=True)
            self.run(self.both.compare())

    def try_dry(self, account: str, amount: int, place: int) -> None:
        """A dry run answers what would happen, and changes nothing."""
        rows = self.both.world.accounts[account].rows
        command: Command = Redeem(amount)
        if rows and place % 2:
            command = Cancel(len(rows) - place % len(rows))
        dry = self.run(self.both.ledger.submit(account, command, dry_run=True))
        self.run(self.both.compare())
        assert self.submit(account, command) == dry

    # -- how ---------------------------------------------------------------------------

    def accrual(
        self, amount: int, starts: int | None, lasts: int | None, back: int, *, whole: bool
    ) -> Accrue:
        """An accrual with dates in days from now, so that whole days tie with other dates."""
        now = self.both.now
        activates = None if starts is None else now + starts * DAY
        expires = None
        if lasts is not None:
            expires = (activates or now) + lasts * DAY + (0 if whole and lasts else DAY // 2)
        note = Note(effective_at=now - back * DAY if back else None)
        return Accrue(amount, activates_at=activates, expires_at=expires, note=note)

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
