"""Histories as values: generated as a whole, and carried out on any ledger.

An act refers to an earlier transaction by counting back over those that the history itself made,
so that a history means the same wherever it is carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

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
from stampbook.domain.model import CREDITS, DEBITS, Kind
from stampbook.domain.policy import (
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    Period,
    Policy,
    SpentAccrual,
    Unit,
)
from tests.ledgers.seen import AccountPlan, Answer, Ledger, Plan, Row

DAY = 86_400_000_000
START = 1_767_225_600_000_000
"""2026-01-01, microseconds UTC."""

PLAIN = Policy(currency=0, program=0, tenant=0, version=1)
GENEROUS = PLAIN._replace(overdraft=1_000_000)
"""Nothing is refused for lack of points."""


class Act(NamedTuple):
    """One event. `place`: how many transactions back its target was made."""

    verb: str
    account: str = "a"
    amount: int = 0
    place: int = 0
    part: int | None = None
    starts: int | None = None
    lasts: int | None = None


ORIGINALS = ("accrue", "accrue", "accrue", "redeem", "redeem", "hold")
CHANGES = ("commit", "release", "cancel", "cancel")
BY_HAND = ("activate", "expire")


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    verbs: Sequence[str] = (*ORIGINALS, *CHANGES, *BY_HAND, "transfer", "wait"),
    accounts: str = "a",
    dated: bool = True,
    at_most: int = 25,
) -> list[Act]:
    """A sequence of acts. `dated`: accruals can be pending, and expire."""
    days = st.sampled_from([None, None, 1, 2, 4] if dated else [None])
    act = st.builds(
        Act,
        st.sampled_from(verbs),
        st.sampled_from(accounts),
        st.one_of(st.integers(1, 20), st.integers(1, 120)),
        st.integers(0, 12),
        st.one_of(st.none(), st.none(), st.integers(1, 40)),
        days,
        days,
    )
    return draw(st.lists(act, min_size=1, max_size=at_most))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    restore = draw(st.sampled_from(ExpiredRestore))
    return PLAIN._replace(
        spent_accrual=draw(st.sampled_from(SpentAccrual)),
        expired_restore=restore,
        grace_s=86_400 if restore is ExpiredRestore.GRACE else 0,
        overdraft=draw(st.sampled_from([0, 30])),
        expiry=draw(
            st.sampled_from(
                [ExpiryRule(), ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY))],
            )
        ),
    )


def plan_of(*policies: Policy) -> Plan:
    """One currency and one account for each policy: a, b …"""
    names = "abcdef"[: len(policies)]
    return Plan(
        {f"currency-{name}": policy for name, policy in zip(names, policies, strict=True)},
        {name: AccountPlan(name, f"currency-{name}") for name in names},
    )


class Teller:
    """Carries out acts on a ledger and remembers what they made."""

    def __init__(self, ledger: Ledger, *, worker: bool = False) -> None:
        self.ledger = ledger
        self.worker = worker
        self.now = START
        self.made: list[Row] = []
        self.asked: list[tuple[str, Command, str]] = []
        self.answers: list[Answer] = []

    async def begin(self, plan: Plan) -> None:
        await self.ledger.found(plan)
        self.ledger.set_clock(self.now)
        self.accounts = list(plan.accounts)

    async def tell(self, history: Sequence[Act]) -> list[Answer]:
        """The answers to the acts, in order; acts without a target have none."""
        for act in history:
            await self.act(act)
            if self.worker:
                for account in self.accounts:
                    await self.ledger.settle(account)
        return self.answers

    async def act(self, act: Act) -> None:
        if act.verb == "wait":
            self.now += act.amount * DAY // 20
            self.ledger.set_clock(self.now)
        elif act.verb == "transfer":
            other = self.accounts[(self.accounts.index(act.account) + 1) % len(self.accounts)]
            self.keep(await self.ledger.transfer(act.account, other, act.amount, note=Note()))
        else:
            command = self.command(act)
            if command is not None:
                await self.submit(act.account, command)

    async def submit(self, account: str, command: Command) -> Answer:
        key = f"key-{len(self.asked)}"
        self.asked.append((account, command, key))
        answer = await self.ledger.submit(account, command, key=key)
        self.keep(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        self.answers.append(answer)
        if answer.refused is None and not answer.already:
            self.made += answer.rows

    def command(self, act: Act) -> Command | None:
        """The command that the act means at this point; None if it has no target."""
        if act.verb == "accrue":
            activates = None if act.starts is None else self.now + act.starts * DAY
            expires = None
            if act.lasts is not None:
                expires = (activates or self.now) + act.lasts * DAY
            return Accrue(act.amount, activates_at=activates, expires_at=expires)
        if act.verb == "redeem":
            return Redeem(act.amount)
        if act.verb == "hold":
            return Hold(act.amount, timeout_s=3 * 86_400)
        row = self.meant(act)
        if row is None:
            return None
        match act.verb:
            case "commit":
                return Commit(row.seq, act.part)
            case "release":
                return Release(row.seq)
            case "activate":
                return Activate(row.seq)
            case "expire":
                return Expire(row.seq)
            case _:
                return Cancel(row.seq, act.part)

    def meant(self, act: Act) -> Row | None:
        """The transaction that the act refers to, among those of a suitable kind."""
        kinds = {
            "commit": {Kind.HOLD},
            "release": {Kind.HOLD},
            "activate": CREDITS,
            "expire": CREDITS,
        }.get(act.verb, CREDITS | DEBITS | {Kind.CANCEL, Kind.COMMIT})
        rows = [row for row in self.made if row.account == act.account and row.kind in kinds]
        return rows[-1 - act.place % len(rows)] if rows else None
