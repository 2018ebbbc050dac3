"""Everything that pays for a visit, reduces what is to pay, or earns points for it.

Every operation reads the visit, decides by it, and writes guarded by the version that was
read; when somebody else was faster it begins anew. So two tills with two cards can never
withdraw more than is left to pay. The ledger goes first and the visit's rows second: if the
process ends in between, points are back on a card and the bill is as it was.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeVar

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger, StaleGuard
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Guard, Store, Transacting
from stampbook.visits import cards, promotions, reading, recording
from stampbook.visits.model import Visit, is_completed
from stampbook.visits.promoting import referrer_of, reward_of, without_referral
from stampbook.visits.promotion import Effect, cashback
from stampbook.visits.remembering import Visits
from stampbook.visits.subjects import (
    cashback_subject,
    credit_subjects,
    referral_subject,
    subject_of,
)
from stampbook.visits.whole import Found
from stampbook.visits.withdrawing import (
    GIVES_BACK,
    Ask,
    Planner,
    after_cancel,
    after_withdrawal,
    allowances,
    cut_parts,
    has_written,
    plan_accruals,
    plan_cancel,
    plan_cancel_of,
    plan_keeping,
    plan_withdrawal,
)

TRIES = 64
"""How often an operation begins anew. Each time somebody else has got his turn, so this many
tills may press the button for one visit at once."""

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such visit")
NO_MOVEMENT = Refusal(Code.NOT_FOUND, "no such movement in force")
BUSY = Refusal(Code.OVERLOADED, "the visit keeps changing; try again shortly")


_Answer = TypeVar("_Answer")


class House(NamedTuple):
    """Where visits are kept and points are moved; `visits` is what is remembered of the former."""

    store: Store
    ledger: Ledger
    visits: Visits | None = None

    def keep(self, found: Found) -> None:
        """The visit is like this now."""
        if self.visits is not None:
            self.visits.keep(found)

    def forget(self, visit: int) -> None:
        """The visit is not as it is remembered any more."""
        if self.visits is not None:
            self.visits.forget(visit)


class Bill(NamedTuple):
    """A visit, and the tenant that may touch it."""

    tenant: int
    visit: int


Edit = Callable[[Visit], Visit]
"""A pure change of a visit (visits.editing)."""


class Operation(NamedTuple):
    """What a card does for a visit: pay, or take back all that it has paid.

    `plan` decides when the account's turn has come, `identity` names what is asked for by `{visit}`
    and `{amount}`, and `after` is the visit as the outcome has left it (None: the outcome alone
    does not tell). `pays`: the account must be registered before, and the visit may have earned
    something after.
    """

    plan: Callable[[Visit, Ask], Planner]
    identity: str
    after: Callable[[Visit, int, Outcome], Visit | None]
    pays: bool

    def asked(
        self, visit: Visit, account: int, ask: Ask, key: str | None, *, dry_run: bool = False
    ) -> Submission:
        """What the ledger is asked for."""
        return _submission(
            visit,
            account,
            self.plan(visit, ask),
            key=key,
            identity=self.identity.format(visit=visit.number, amount=ask.amount),
            dry_run=dry_run,
        )


class Carried(NamedTuple):
    """What came of an operation, and the visit right after it."""

    outcome: Outcome
    visit: Visit


Seal = Callable[[Transacting, recording.Numbers, Visit], Awaitable[None]]
"""Writes something in the same transaction as a change, such as its idempotency key; it is
told what became of the negative numbers, and the visit as it is then, with those numbers."""


WITHDRAW = Operation(plan_withdrawal, "withdraw {visit} {amount}", after_withdrawal, pays=True)
"""Let the card pay min(amount, balance, left to pay); it replaces what the card paid before.

When this completes the payment of a visit that took place, the visit earns its cashback."""

CANCEL = Operation(plan_cancel, "cancel {visit}", after_cancel, pays=False)
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
        return await _ask(house, visit, WITHDRAW.asked(visit, account, ask, key, dry_run=dry_run))

    outcome = await _until_settled(house, bill, attempt)
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
        return await _ask(house, visit, CANCEL.asked(visit, account, ask, key, dry_run=dry_run))

    return await _until_settled(house, bill, attempt, read=reading.head)


async def carry_out(
    house: House,
    operation: Operation,
    seen: Found,
    account: int,
    ask: Ask,
    key: str | None,
    *,
    anew: Callable[[], Awaitable[Found]],
) -> Carried:
    """The same for a visit as memory or the store has it; `anew` reads it, as it is now.

    What is written is guarded by the version that was seen. An outcome that has written nothing
    holds if the visit still has that version; if not, all is decided again.
    """
    visit = seen.visit.number
    for _ in range(TRIES):
        if operation.pays and account not in seen.accounts:
            await recording.register_account(house.store, visit, account)
            seen = seen._replace(accounts=seen.accounts | {account})
        outcome: Outcome | None = None
        with suppress(StaleGuard):
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


async def _let_earn(
    house: House, operation: Operation, visit: Visit, ask: Ask, outcome: Outcome
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
            outcome = await _submit(
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

    return await _until_settled(house, bill, attempt, read=reading.head)


async def reward(house: House, bill: Bill, ask: Ask) -> Outcome | None:
    """Credit whoever referred the guest with as much as the guest saved, once.

    When his account takes nothing any more, the guest's discount is taken back, too.
    """

    async def attempt(visit: Visit) -> Outcome | None:
        beneficiary = referrer_of(visit)
        if not beneficiary:
            return None
        await recording.register_account(house.store, visit.number, beneficiary)
        subject = referral_subject(visit.number)
        return await _submit(
            house,
            visit,
            beneficiary,
            plan_accruals(subject, reward_of(visit), ask),
            subject=subject,
            identity=f"refer {visit.number}",
        )

    outcome = await _until_settled(house, bill, attempt)
    if isinstance(outcome, Refusal):
        await change(house, bill, without_referral, ask)
    return outcome


async def change(
    house: House,
    bill: Bill,
    edit: Edit,
    ask: Ask,
    *,
    seal: Seal | None = None,
    guard: Callable[[], Awaitable[None]] | None = None,
    dry_run: bool = False,
) -> Visit | Refusal:
    """Change the bill. Withdrawals stay as far as there is still so much to pay.

    Refused: a change that lowers what a card has paid, unless the caller may give points back.

    What a card then pays too much goes back to it, first; the change is written after that,
    together with what `seal` writes. Answers the visit as it is then; what is new in it has a
    negative number still.

    `guard` is awaited after each reading of the visit, before anything moves; what it raises ends
    the change. A visit that shows the effect of another request shows its key as well.
    """

    async def attempt(visit: Visit) -> Visit | Refusal:
        if guard is not None:
            await guard()
        after = edit(visit)
        if after == visit:
            if seal is not None and not dry_run:
                async with house.store.transaction() as writing:
                    await seal(writing, {}, visit)
            return visit
        allowed = allowances(visit, after)
        after = after._replace(parts=cut_parts(visit, allowed))
        if after.points < visit.points and not ask.may_give_back:
            return GIVES_BACK
        if dry_run:
            return after
        given = await _give_back(house, visit, allowed, ask)
        if isinstance(given, Refusal):
            return given
        async with house.store.transaction() as writing:
            numbers = await recording.save(writing, given, after, now=house.ledger.clock())
            if seal is not None:
                await seal(writing, numbers, after)
        house.forget(visit.number)
        return after

    return await _until_settled(house, bill, attempt)


async def _give_back(
    house: House, visit: Visit, allowed: Mapping[int, Mapping[int, int]], ask: Ask
) -> Visit | Refusal:
    """Reduce each card's parts to what is allowed; the visit with its version after that."""
    for account, lines in allowed.items():
        pays = sum(part.amount for part in visit.parts if part.account == account)
        if pays == sum(lines.values()):
            continue
        planner = plan_keeping(visit.number, lines, ask)
        outcome = await _submit(house, visit, account, planner, identity=None)
        if isinstance(outcome, Refusal):
            return outcome
        if outcome.transactions:
            visit = visit._replace(version=visit.version + 1)
    return visit


async def earn(house: House, bill: Bill, ask: Ask, *, anew: bool = False) -> Refusal | None:
    """Credit the member's cards with the cashback of a visit that took place and is paid.

    `anew`: what was credited before is corrected to what is due now; else it stays as it is.
    A card that takes no points any more earns none.
    """

    async def attempt(visit: Visit) -> Refusal | None:
        if not anew and not await _earns_now(house, visit):
            return None
        due = await _cashback_due(house, visit)
        subject = cashback_subject(visit.number)
        for account, wanted in due.items():
            await recording.register_account(house.store, visit.number, account)
            outcome = await _submit(
                house,
                visit,
                account,
                plan_accruals(subject, wanted, ask),
                subject=subject,
                identity=f"earn {visit.number}",
            )
            if isinstance(outcome, Done) and outcome.transactions:
                visit = visit._replace(version=visit.version + 1)
        return None

    return await _until_settled(house, bill, attempt)


async def _earns_now(house: House, visit: Visit) -> bool:
    """Whether the visit is due its first cashback."""
    if not is_completed(visit):
        return False
    credits = await reading.credits_of(house.store, visit.number)
    return all(credit.is_referral for credit in credits)


async def _cashback_due(house: House, visit: Visit) -> dict[int, dict[int, int]]:
    """By account and promotion; accounts credited before are there, if only with nothing."""
    due: dict[int, dict[int, int]] = {
        credit.account: {}
        for credit in await reading.credits_of(house.store, visit.number)
        if not credit.is_referral
    }
    if not visit.member or not is_completed(visit):
        return due
    offers = [
        each
        for each in await promotions.of_program(house.store, visit.program)
        if each.effect is Effect.CASHBACK and visit.location in each.locations
    ]
    if not offers:
        return due
    totals = await reading.totals_of(house.store, visit.program, visit.member)
    types = await cards.card_types(house.store, visit.program)
    for card in await reading.open_cards(house.store, visit.member):
        for offer in offers:
            if card.currency_id not in offer.currencies or card.currency_id not in types:
                continue
            amount = cashback(offer, visit, totals, unit=types[card.currency_id].unit)
            if amount:
                due.setdefault(card.account_id, {})[offer.number] = amount
    return due


async def _submit(
    house: House,
    visit: Visit,
    account: int,
    planner: Planner,
    *,
    identity: str | None,
    key: str | None = None,
    subject: str | None = None,
) -> Outcome:
    submission = _submission(visit, account, planner, identity=identity, key=key, subject=subject)
    return await _ask(house, visit, submission)


def _submission(
    visit: Visit,
    account: int,
    planner: Planner,
    *,
    identity: str | None,
    key: str | None = None,
    subject: str | None = None,
    dry_run: bool = False,
) -> Submission:
    return Submission(
        tenant=visit.tenant,
        program=visit.program,
        account=account,
        key=key,
        dry_run=dry_run,
        planner=planner,
        subject=subject or subject_of(visit.number),
        identity=identity,
        guard=Guard(subject_of(visit.number), visit.version),
    )


async def _ask(house: House, visit: Visit, submission: Submission) -> Outcome:
    house.forget(visit.number)
    return await house.ledger.submit(submission)


async def _until_settled(
    house: House,
    bill: Bill,
    attempt: Callable[[Visit], Awaitable[_Answer]],
    *,
    read: Callable[..., Awaitable[Visit | None]] = reading.get,
) -> _Answer | Refusal:
    """Attempt it with the visit as it is now, until nobody else was faster."""
    for _ in range(TRIES):
        visit = await read(house.store, bill.visit, tenant=bill.tenant)
        if visit is None:
            return NOT_FOUND
        try:
            return await attempt(visit)
        except StaleGuard:
            continue
    return BUSY
