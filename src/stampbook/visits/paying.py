"""Paying for a visit with points, and taking such a payment back.

The journal alone says what points have paid: the operations here write movements, guarded by the
visit's version (attempting.py), and no rows of the bill.
"""

from collections.abc import Callable
from typing import NamedTuple

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.visits import reading, recording
from stampbook.visits.attempting import (
    Bill,
    House,
    plan_and_submit,
    submission_of,
    submit,
    until_settled,
)
from stampbook.visits.earning import earn
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.movements.subjects import credit_subjects, subject_of
from stampbook.visits.whole import Found
from stampbook.visits.withdrawing import (
    Ask,
    after_cancel,
    after_withdrawal,
    plan_cancel_of,
    plan_keeping,
    plan_withdrawal,
)

NO_MOVEMENT = Refusal(Code.NOT_FOUND, "no such movement in force")


class Operation(NamedTuple):
    """What a card does for a visit: pay, or take back all that it has paid.

    `submission` makes the request to the ledger, `after` the visit as the outcome has left it
    (None: it must be read). `pays`: the account must be registered before, and the visit may have
    earned something afterwards.
    """

    submission: Callable[[Visit, int, Ask, str | None, bool], Submission]
    after: Callable[[Visit, int, Outcome], Visit | None]
    pays: bool


class Carried(NamedTuple):
    """The outcome of an operation, and the visit right after it; None: it must be read."""

    outcome: Outcome
    visit: Visit | None = None


def _withdrawal(visit: Visit, account: int, ask: Ask, key: str | None, dry_run: bool) -> Submission:
    return submission_of(
        visit,
        account,
        plan_withdrawal(visit, ask),
        key=key,
        identity=f"withdraw {visit.number} {ask.amount}",
        dry_run=dry_run,
    )


def _cancel(visit: Visit, account: int, ask: Ask, key: str | None, dry_run: bool) -> Submission:
    return submission_of(
        visit,
        account,
        plan_keeping(visit.number, {}, ask),
        key=key,
        identity=f"cancel {visit.number}",
        dry_run=dry_run,
    )


WITHDRAW = Operation(_withdrawal, after_withdrawal, pays=True)
"""Let the card pay min(amount, balance, left to pay); it replaces what the card paid before.

When this completes the payment of a visit that took place, the visit earns its cashback."""

CANCEL = Operation(_cancel, after_cancel, pays=False)
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
        return await submit(house, visit, _withdrawal(visit, account, ask, key, dry_run))

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
        return await submit(house, visit, _cancel(visit, account, ask, key, dry_run))

    return await until_settled(house, bill, attempt, read=reading.head)


async def carry_out(
    house: House, operation: Operation, seen: Found, account: int, ask: Ask, key: str | None
) -> Carried:
    """Carry an operation out for a visit that has just been read, reading no more than it must."""
    bill = Bill(seen.visit.tenant, seen.visit.number)
    if operation.pays and account not in seen.accounts:
        await recording.register_account(house.store, bill.visit, account)
        seen = seen._replace(accounts=seen.accounts | {account})

    async def attempt(visit: Visit) -> Carried:
        submission = operation.submission(visit, account, ask, key, False)
        outcome = await house.ledger.submit(submission)
        return await finish(house, operation, seen._replace(visit=visit), account, ask, outcome)

    carried = await until_settled(house, bill, attempt, seen=seen.visit)
    return Carried(carried) if isinstance(carried, Refusal) else carried


async def finish(
    house: House, operation: Operation, seen: Found, account: int, ask: Ask, outcome: Outcome
) -> Carried:
    """After the ledger's outcome for the visit as it was seen: remember it, and let it earn."""
    after = operation.after(seen.visit, account, outcome)
    remember(house, seen, after)
    has_paid = operation.pays and isinstance(outcome, Done) and outcome.transactions
    if has_paid and (after is None or is_completed(after)):
        await earn(house, Bill(seen.visit.tenant, seen.visit.number), ask)
    return Carried(outcome, after)


def remember(house: House, seen: Found, after: Visit | None) -> None:
    """Remember how the operation left the visit; None: that is not known."""
    if after is None:
        house.forget(seen.visit.number)
    elif house.visits is not None:
        house.visits.keep(seen._replace(visit=after))


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
                plan_cancel_of(subject, seq, ask),
                key=key,
                subject=subject,
                identity=f"cancel movement {visit.number} {seq}",
            )
            if isinstance(outcome, Refusal) or outcome.transactions:
                return outcome
        return NO_MOVEMENT

    return await until_settled(house, bill, attempt, read=reading.head)
