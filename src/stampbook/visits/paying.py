"""Paying for a visit with points, and taking such a payment back.

The journal alone says what points have paid: the operations here write movements, guarded by the
visit's version (attempting.py), and no rows of the bill.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import StaleGuard
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Guard
from stampbook.visits import reading, recording
from stampbook.visits.attempting import (
    BUSY,
    TRIES,
    Bill,
    House,
    plan_and_submit,
    submit,
    until_settled,
)
from stampbook.visits.earning import earn
from stampbook.visits.foreseeing import is_judged, refused_earning
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.movements.subjects import credit_subjects, subject_of
from stampbook.visits.whole import FoundVisit
from stampbook.visits.withdrawing import (
    NO_MOVEMENT,
    Ask,
    after_cancel,
    after_withdrawal,
    has_written,
    plan_cancel,
    plan_cancel_of,
    plan_withdrawal,
)


class CardOperation(NamedTuple):
    """What a card does for a visit: pay, or take back all that it has paid.

    `plan` decides when the account's turn has come, `identity` names what is asked for by `{visit}`
    and `{amount}`, and `after` is the visit as the outcome has left it (None: it must be read).
    `pays`: the account must be registered before, and the visit may have earned something
    afterwards.
    """

    plan: Callable[[Visit, Ask, Book, int], Sequence[Command] | Refusal]
    identity: str
    after: Callable[[Visit, int, Outcome], Visit | None]
    pays: bool

    def asked(
        self, visit: Visit, account: int, ask: Ask, key: str | None, *, dry_run: bool = False
    ) -> Submission:
        """What the ledger is asked for, guarded by the version of the visit."""
        subject = subject_of(visit.number)
        return Submission(
            tenant=visit.tenant,
            program=visit.program,
            account=account,
            key=key,
            dry_run=dry_run,
            planner=partial(self.plan, visit, ask),
            subject=subject,
            identity=self.identity.format(visit=visit.number, amount=ask.amount),
            guard=Guard(subject, visit.version),
        )


class Carried(NamedTuple):
    """The outcome of an operation, and the visit right after it."""

    outcome: Outcome
    visit: Visit


WITHDRAW = CardOperation(plan_withdrawal, "withdraw {visit} {amount}", after_withdrawal, pays=True)
"""Let the card pay min(amount, balance, left to pay); it replaces what the card paid before.

When this completes the payment of a visit that took place, the visit earns its cashback."""

CANCEL = CardOperation(plan_cancel, "cancel {visit}", after_cancel, pays=False)
"""Give back all that the card has paid for the visit. Nothing to give back: Done."""


async def withdraw(
    house: House,
    bill: Bill,
    account: int,
    ask: Ask,
    *,
    key: str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """See WITHDRAW. `key` is the idempotency key."""
    if not dry_run:
        await recording.register_account(house.store, bill.visit, account)

    async def attempt(visit: Visit) -> Outcome:
        refusal = await _foreseen(house, WITHDRAW, visit, account, ask, dry_run=dry_run)
        if refusal is not None:
            return refusal
        return await submit(house, visit, WITHDRAW.asked(visit, account, ask, key, dry_run=dry_run))

    outcome = await until_settled(house, bill, attempt)
    if isinstance(outcome, Done) and outcome.transactions and not dry_run:
        await earn(house, bill, ask)
    return outcome


async def cancel_withdrawal(
    house: House,
    bill: Bill,
    account: int,
    ask: Ask,
    *,
    key: str | None = None,
    dry_run: bool = False,
) -> Outcome:
    """See CANCEL."""

    async def attempt(visit: Visit) -> Outcome:
        return await submit(house, visit, CANCEL.asked(visit, account, ask, key, dry_run=dry_run))

    return await until_settled(house, bill, attempt, read=reading.head)


async def carry_out(
    house: House,
    operation: CardOperation,
    seen: FoundVisit,
    account: int,
    ask: Ask,
    key: str | None,
    *,
    anew: Callable[[], Awaitable[FoundVisit]],
) -> Carried:
    """The same for a visit as memory or the store has it; `anew` reads it, as it is now.

    Everything written is guarded by the version that was seen. An outcome that has written nothing
    holds if the visit still has that version; if not, all is decided again.
    """
    visit = seen.visit.number
    for _ in range(TRIES):
        if operation.pays and account not in seen.accounts:
            await recording.register_account(house.store, visit, account)
            seen = seen._replace(accounts=seen.accounts | {account})
        outcome: Outcome | None = None
        with suppress(StaleGuard):
            if operation.pays and is_judged():
                outcome = await _foreseen(house, operation, seen.visit, account, ask)
            if outcome is None:
                outcome = await house.ledger.submit(operation.asked(seen.visit, account, ask, key))
        after = None if outcome is None else operation.after(seen.visit, account, outcome)
        if outcome is not None and after is not None:
            house.keep(seen._replace(visit=after))
            await _let_earn(house, operation, after, ask, outcome)
            return Carried(outcome, after)
        house.forget(visit)
        if isinstance(outcome, Refusal) and outcome.code is Code.OVERLOADED:
            return Carried(outcome, seen.visit)
        if outcome is not None and has_written(outcome):
            found = await reading.whole(house.store, visit, tenant=seen.visit.tenant)
            assert found is not None, "visits are never removed"
            now = found
        else:
            now = await anew()
            if outcome is None or now.visit.version != seen.visit.version:
                seen = now
                continue
        house.keep(now)
        await _let_earn(house, operation, now.visit, ask, outcome)
        return Carried(outcome, now.visit)
    return Carried(BUSY, seen.visit)


async def _foreseen(
    house: House,
    operation: CardOperation,
    visit: Visit,
    account: int,
    ask: Ask,
    *,
    dry_run: bool = False,
) -> Refusal | None:
    """Why a limited person may not let the card complete the payment, though they may pay: what the
    visit would earn is beyond them."""
    if not is_judged() or not operation.pays:
        return None
    tried = await house.ledger.submit(operation.asked(visit, account, ask, None, dry_run=True))
    if not isinstance(tried, Done) or not tried.transactions:
        return None
    after = operation.after(visit, account, tried._replace(dry_run=False))
    if after is None:
        return None
    after = after._replace(version=visit.version)
    return await refused_earning(house, visit, after, ask, anew=False, dry_run=dry_run)


async def _let_earn(
    house: House, operation: CardOperation, visit: Visit, ask: Ask, outcome: Outcome
) -> None:
    """Let a visit that a card has just paid in full earn what it is worth; so does a retry, since
    the process may have ended before the first request came to this."""
    has_paid = operation.pays and isinstance(outcome, Done) and outcome.transactions
    if has_paid and is_completed(visit):
        await earn(house, Bill(visit.tenant, visit.number), ask)


async def cancel_movement(
    house: House, bill: Bill, account: int, seq: int, ask: Ask, *, key: str | None = None
) -> Outcome:
    """Take back one part of a withdrawal, or one accrual that the visit earned.

    NOT_FOUND if the visit has no such movement in force.
    """

    async def attempt(visit: Visit) -> Outcome:
        for subject in (subject_of(visit.number), *credit_subjects(visit.number)):
            outcome = await plan_and_submit(
                house,
                visit,
                account,
                partial(plan_cancel_of, subject, seq, ask),
                key=key,
                subject=subject,
                identity=f"cancel movement {visit.number} {seq}",
            )
            if outcome != NO_MOVEMENT:
                return outcome
        return NO_MOVEMENT

    return await until_settled(house, bill, attempt, read=reading.head)
