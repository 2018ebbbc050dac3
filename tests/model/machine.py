"""Random histories: a hypothesis state machine that drives a comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from stampbook.domain.commands import (
    Activate,
    Cancel,
    Commit,
    Expire,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.model import AccountStatus
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
from tests.ledgers.seen import Ledger
from tests.model.comparing import Comparison
from tests.model.steps import Steps, plan_for

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

    def open_ledger(self) -> Ledger:
        raise NotImplementedError

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def teardown(self) -> None:
        self.run(self.steps.both.ledger.finish())

    @initialize(first=policies(), second=policies())
    def begin(self, first: Policy, second: Policy) -> None:
        self.steps = Steps(Comparison(self.open_ledger(), plan_for((first, second))))
        self.run(self.steps.begin())

    # -- the rules: see tests/model/steps.py -------------------------------------------

    @rule(
        account=accounts,
        how=st.sampled_from(["accrue", "accrue", "accrue", "temporary", "adjust"]),
        amount=gains,
        starts=days,
        lasts=days,
        back=st.sampled_from([0, 0, 0, 0, 1, 7]),
        whole=st.booleans(),
        timeout_s=timeouts,
    )
    def earn(self, **chosen: Any) -> None:
        self.run(self.steps.earn(**chosen))

    @rule(
        account=accounts,
        how=st.sampled_from(["redeem", "redeem", "hold", "hold", "adjust"]),
        amount=losses,
        timeout_s=timeouts,
    )
    def spend(self, **chosen: Any) -> None:
        self.run(self.steps.spend(**chosen))

    @rule(account=accounts, release=st.booleans(), place=places, part=parts)
    def end_what_is_temporary(self, **chosen: Any) -> None:
        self.run(self.steps.end_what_is_temporary(**chosen))

    @rule(
        account=accounts,
        what=st.sampled_from(["originals", "originals", "cancels", "newest", "anything"]),
        place=places,
        part=parts,
    )
    def cancel(self, **chosen: Any) -> None:
        self.run(self.steps.cancel(**chosen))

    @rule(
        account=accounts,
        what=st.sampled_from(["activate", "expire", "reinstate", "only pending", "wrong"]),
        place=places,
        amount=losses,
    )
    def act_by_hand(self, **chosen: Any) -> None:
        self.run(self.steps.act_by_hand(**chosen))

    @rule(
        account=accounts,
        verb=st.sampled_from([Redeem, Hold, Commit, Release, Activate, Expire, Cancel]),
        flaw=st.sampled_from(["nothing", "too much", "other", "tomorrow"]),
        place=places,
        status=st.sampled_from(AccountStatus),
    )
    def ask_wrongly(self, **chosen: Any) -> None:
        self.run(self.steps.ask_wrongly(**chosen))

    @rule(amount=losses, there=st.booleans())
    def transfer(self, **chosen: Any) -> None:
        self.run(self.steps.transfer(**chosen))

    @rule(
        hours=st.sampled_from([None, None, None, 0, 1, 12, 24, 48, 96]),
        off=st.sampled_from([0, 0, -1, 1]),
        account=accounts,
        which=st.integers(0, 2),
    )
    def wait(self, **chosen: Any) -> None:
        self.run(self.steps.wait(**chosen))

    @rule(account=st.sampled_from("ab"), forget=st.booleans())
    def meddle(self, **chosen: Any) -> None:
        self.run(self.steps.meddle(**chosen))

    @rule(
        account=st.sampled_from("ab"),
        status=st.sampled_from(AccountStatus),
        amount=losses,
        place=places,
    )
    @precondition(lambda self: len(self.steps.done) > 3)
    def be_barred(self, **chosen: Any) -> None:
        self.run(self.steps.be_barred(**chosen))

    @rule(
        currency=st.sampled_from(["first", "first", "second"]),
        spent=st.sampled_from(SpentAccrual),
        grace_days=st.integers(0, 2),
        overdraft=st.sampled_from([0, 30]),
    )
    @precondition(lambda self: len(self.steps.done) > 5)
    def change_policy(self, **chosen: Any) -> None:
        self.run(self.steps.change_policy(**chosen))

    @rule(place=places, dry=st.booleans(), amount=losses, account=accounts)
    def ask_again(self, **chosen: Any) -> None:
        self.run(self.steps.ask_again(**chosen))
