"""What follows from a refund, carried out step by step on the books."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

from stampbook.domain.commands import Cancel, Note
from stampbook.domain.model import Transaction
from stampbook.ledger.joint import Acting, Beside
from stampbook.loyalty.judging.recounting import recount
from stampbook.loyalty.judging.values import Held, Take
from stampbook.loyalty.model import Grant, OnPartial
from stampbook.loyalty.orders.effects import Amounts, Balance, Effects, Keep, Step
from stampbook.loyalty.orders.exchanging import come_back
from stampbook.loyalty.orders.judged import JudgedEvent
from stampbook.loyalty.orders.model import Order, Payment
from stampbook.loyalty.orders.thresholds import Revalued
from stampbook.loyalty.rewards import granting
from stampbook.loyalty.rewards.grants import HeldGrant


class Revoke(StrEnum):
    """How much of an award is taken back: all that a recount asks for, only what is still pending,
    or nothing."""

    ALL = "all"
    PENDING = "pending"
    NONE = "none"


class Cascade:
    """What follows from a refund, as it is carried out."""

    def __init__(
        self, acting: Acting, note: Note, revokes: Callable[[int], Revoke] | None = None
    ) -> None:
        self._acting = acting
        self._revokes = revokes
        self._note = note
        self._before: dict[int, Amounts] = {}
        self._steps: list[Step] = []
        self._kept: list[Keep] = []
        self._beside: list[Beside] = []

    @property
    def beside(self) -> Sequence[Beside]:
        """What is written outside the ledger."""
        return self._beside

    def watch(self, accounts: Iterable[int]) -> None:
        """Note the balances before anything happens."""
        for account in sorted(accounts):
            self._before[account] = amounts_of(self._acting, account)

    def in_force(self, account: int, seq: int) -> int:
        """What no cancel has taken of a movement."""
        return in_force(self._acting, account, seq)

    def give_back(self, payments: Sequence[Payment], *, order: Order, gone: bool) -> None:
        """Points that paid for the order come back, by their policies."""
        left = {each.number: self.in_force(each.account, each.seq) for each in payments}
        back = come_back(
            payments,
            left,
            total=order.content.total,
            refunded=order.refunded,
            is_gone=gone,
        )
        self.return_points(payments, back)

    def return_points(self, payments: Sequence[Payment], back: dict[int, int]) -> None:
        """Give back that many points of each payment, by its number."""
        by_number = {payment.number: payment for payment in payments}
        for number, points in back.items():
            payment = by_number[number]
            was = self.in_force(payment.account, payment.seq)
            row = self._cancel(payment.account, payment.seq, points)
            self._steps.append(
                Step(
                    "return",
                    account=payment.account,
                    seq=payment.seq,
                    cancel=row.seq,
                    was=was,
                    target=was - points,
                    amount=points,
                    payment=number,
                    currency=payment.currency,
                )
            )

    def leave(self, reason: str, revalued: Revalued) -> None:
        """Report what the event would not have given if it had been as it is then; it stays."""
        event, was, now, results = revalued
        held = [Held(award, self.in_force(award.account, award.seq)) for award in event.awards]
        for take in recount(held, (), event.versions, was=was, now=now, results=results).takes:
            award = take.award
            self._kept.append(
                Keep(
                    "award",
                    reason,
                    award=award.award_id,
                    event=event.event,
                    rule=award.rule,
                    account=award.account,
                )
            )

    def take_back(self, word: Any, revalued: Revalued) -> None:
        """Take back what the event would not have given if it had been as it is then."""
        event, was, now, results = revalued
        held = [Held(award, self.in_force(award.account, award.seq)) for award in event.awards]
        granted = [each for each in event.grants if each.grant.state == "approved"]
        named = [grant_of(each) for each in granted]
        found = recount(held, named, event.versions, was=was, now=now, results=results)
        for target in found.targets:
            keeps = event.versions[target.rule, target.version].on_partial is OnPartial.KEEP
            if now is not None and target.target and (keeps or target.error is not None):
                reason = "on_partial" if keeps else "evaluation_failed"
                keep = Keep("award", reason, event=event.event, rule=target.rule)
                self._kept.append(keep)
        for asked in found.takes:
            take = self._allowed(asked)
            if not take.amount:
                continue
            award = take.award
            row = self._cancel(award.account, award.seq, take.amount)
            self._steps.append(
                Step(
                    word,
                    account=award.account,
                    seq=award.seq,
                    cancel=row.seq,
                    was=take.was,
                    target=take.was - take.amount,
                    amount=take.amount - row.shortfall,
                    shortfall=row.shortfall,
                    award=award.award_id,
                    event=event.event,
                    rule=award.rule,
                    currency=award.currency,
                )
            )

        left = list(found.fallen)
        fallen = [each for each in reversed(granted) if is_named(each, left)]
        self._take_grants(event, fallen)

    def _allowed(self, take: Take) -> Take:
        """What of it the currency lets be taken."""
        award = take.award
        revoke = Revoke.ALL if self._revokes is None else self._revokes(award.currency)
        if revoke is Revoke.ALL:
            return take
        amount = 0
        if revoke is Revoke.PENDING:
            book = self._acting.book(award.account)
            row = book.row(award.seq)
            assert row is not None
            amount = min(take.amount, sum(lot.pending for lot in book.lots_of(row)))
        if amount < take.amount:
            keep = Keep("award", "policy", event=award.event_id, rule=award.rule)
            self._kept.append(keep)
        return take._replace(amount=amount)

    def _take_grants(self, event: JudgedEvent, fallen: Sequence[HeldGrant]) -> None:
        """A grant falls with its award; codes that were used and goods stay, and are reported."""
        gone = granting.take_back(self._acting, fallen)
        self._beside += gone.beside
        for row in gone.rows:
            amount, shortfall = row.points or 0, gone.shortfalls.get(row.grant_id, 0)
            self._steps.append(
                Step(
                    "grant",
                    account=row.account_id or 0,
                    seq=row.seq or 0,
                    was=amount,
                    amount=amount - shortfall,
                    shortfall=shortfall,
                    grant=row.grant_id,
                    event=event.event,
                    rule=row.rule_id,
                    currency=row.currency_id or 0,
                )
            )
        for each in gone.kept:
            grant = each.grant
            self._kept.append(
                Keep(
                    "grant",
                    each.stays or "",
                    grant=grant.grant_id,
                    event=event.event,
                    rule=grant.rule_id,
                )
            )

    def change_tiers(self, changes: Sequence[Step]) -> None:
        """Members have another tier then."""
        self._steps += changes

    def _cancel(self, account: int, seq: int, amount: int) -> Transaction:
        rows = self._acting.do(account, Cancel(seq, amount, note=self._note))
        return rows[0]

    def effects(self, *, remaining: int) -> Effects:
        """All that has followed."""
        moved = {step.account for step in self._steps}
        return Effects(
            remaining,
            tuple(self._steps),
            tuple(self._kept),
            tuple(
                Balance(account, amounts, amounts_of(self._acting, account))
                for account, amounts in self._before.items()
                if account in moved
            ),
        )


def amounts_of(acting: Acting, account: int) -> Amounts:
    """What the account has at this point of the plan."""
    book = acting.book(account)
    return Amounts(book.active, book.total - book.active - book.held)


def grant_of(held: HeldGrant) -> Grant:
    """What the grant was when it was judged."""
    row = held.grant
    return Grant(row.rule_id, row.version, row.earning, row.effect, row.benefit_id)


def is_named(held: HeldGrant, left: list[Grant]) -> bool:
    """Whether the grant is among `left`, from which it is then taken."""
    grant = grant_of(held)
    if grant not in left:
        return False
    left.remove(grant)
    return True


def in_force(acting: Acting, account: int, seq: int) -> int:
    """What no cancel has taken of a movement."""
    return acting.book(account).movement(seq).remaining
