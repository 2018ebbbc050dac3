"""Undo of orders: refunds, what follows from them, and voids (rules.md §10)."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from tests.model.loyalty.judging import Errored, result, spread
from tests.model.loyalty.orders import Orders
from tests.model.loyalty.values import Account, Award, Event, Order, Refund, Refusal, Version

Taken = dict[int, tuple[int, Fraction]]
"""By line: money and quantity."""


class Refunds(Orders):
    """Takes orders back."""

    # -- requests ---------------------------------------------------------------------------

    def refund(
        self,
        order: str,
        name: str,
        *,
        whole: bool = False,
        amount: int | None = None,
        lines: tuple[tuple[int, int | None, Fraction | None], ...] = (),
        cascade: bool = True,
    ) -> None:
        """`lines`: line, money or quantity."""
        body = (order, whole, amount, lines, cascade)
        if name in self.state.refunds:
            if self.state.refunds[name].body != body:
                raise Refusal("external_id_taken")
            return
        found = self.state.orders[order]
        if found.status == "created":
            raise Refusal("order_not_paid")
        if found.status == "cancelled":
            raise Refusal("order_cancelled")
        if whole:
            amount = found.remaining
        taken: Taken = {}
        if lines:
            taken = {place: part(found, place, money, n) for place, money, n in lines}
            amount = sum(money for money, _ in taken.values())
        assert amount is not None
        if amount > found.remaining or found.remaining == 0:
            raise Refusal("exceeds_order")
        self.take(order, name, amount, taken, cascade=cascade, body=body)

    def cancel_order(self, name: str) -> None:
        order = self.state.orders[name]
        if order.status == "cancelled":
            return
        before = order.status
        if before == "created":
            for payment in reversed(self.payments_of(name)):
                self.cancel(payment.account, payment.row, None)
        elif order.remaining == 0:
            raise Refusal("exceeds_order")
        else:
            self.take(name, None, order.remaining, {})
        order.status = "cancelled"

    def void(self, name: str) -> None:
        """The newest refund of its order is restored."""
        refund = self.state.refunds[name]
        if refund.voided:
            return
        of_order = [
            each
            for each in self.state.refunds.values()
            if each.order == refund.order and not each.voided
        ]
        if of_order[-1] is not refund:
            raise Refusal("refund_not_newest")
        refund.voided = True
        order = self.state.orders[refund.order]
        order.status = refund.status_before
        order.refunded -= refund.amount
        for place, (money, quantity) in refund.taken.items():
            order.lines[place].left += money
            order.lines[place].quantity += quantity
        grants = self.grants_to_restore(refund)
        back = self.awards_to_restore(refund)
        for account, row in reversed(refund.rows):
            amount = back.get((account, row), self.in_force(account, row))
            if amount:
                self.cancel(account, row, amount)
        self.restore_grants(grants)

    def awards_to_restore(self, refund: Refund) -> dict[tuple[Account, int], int]:
        """By cancel, how much of what the refund took comes back: no more of a rule's awards than
        its version gives for what remains now."""
        taken = {}
        for account, row in refund.rows:
            taken[account, self.accounts[account].rows[row].target] = row
        back: dict[tuple[Account, int], int] = {}
        room: dict[tuple[str, str, Account], int] = {}
        for award in self.state.awards:
            if (award.account, award.row) not in taken:
                continue
            group = award.event, award.rule, award.account
            if group not in room:
                event = self.state.events[award.event]
                awards = [
                    each
                    for each in self.awards_of(award.event)
                    if (each.rule, each.account) == (award.rule, award.account)
                ]
                in_force = sum(self.in_force(each.account, each.row) for each in awards)
                room[group] = max(0, self.target(event, awards) - in_force)
            row = taken[award.account, award.row]
            back[award.account, row] = min(room[group], self.in_force(award.account, row))
            room[group] -= back[award.account, row]
        return back

    # -- what a refund does -------------------------------------------------------------------

    def take(
        self,
        name: str,
        refund: str | None,
        amount: int,
        lines: Taken,
        *,
        cascade: bool = True,
        body: object = None,
    ) -> None:
        order = self.state.orders[name]
        if order.lines and not lines:
            parts = spread(amount, [line.left for line in order.lines])
            lines = {place: (money, Fraction()) for place, money in enumerate(parts) if money}
        for place, (money, quantity) in list(lines.items()):
            line = order.lines[place]
            if money > line.left:
                raise Refusal("exceeds_order")
            if line.left == money:  # nothing is left of what was not free
                lines[place] = money, line.quantity
                quantity = line.quantity  # noqa: PLW2901
            line.left -= money
            line.quantity -= quantity
        before = order.status
        order.refunded += amount
        order.status = "refunded" if order.remaining == 0 else "partly_refunded"
        refund = refund or f"refund {len(self.state.refunds) + 1} of {name}"
        written = Refund(refund, name, amount, lines, [], before, body)
        self.state.refunds[refund] = written

        event = self.state.events[f"order {name}"]
        self.return_points(order, written)
        self.recount(event, written)
        self.recount_grants(event, written)
        if cascade:
            self.recount_dependents(event, written)

    def recount_grants(self, event: Event, refund: Refund, *, only_of_totals: bool = False) -> None:
        """See tests/model/loyalty/rewards.py."""
        raise NotImplementedError

    def grants_to_restore(self, refund: Refund) -> list[str]:
        """See tests/model/loyalty/rewards.py."""
        raise NotImplementedError

    def restore_grants(self, names: list[str]) -> None:
        """See tests/model/loyalty/rewards.py."""
        raise NotImplementedError

    def return_points(self, order: Order, refund: Refund) -> None:
        """In proportion: of each account, a part of all that it paid. Else of each payment, by the
        money that is its share. The newest payment first."""
        payments = [each for each in self.payments_of(order.name) if not each.given_back][::-1]
        due: dict[int, int] = {}
        for account in dict.fromkeys(each.account for each in payments):
            own = [e for e in payments if (e.account, e.returns) == (account, "proportional")]
            points = sum(each.points for each in own)
            left = sum(self.in_force(account, each.row) for each in own)
            part = points * order.refunded // order.total if own else 0
            rest = part - (points - left)
            for payment in own:
                due[id(payment)] = min(rest, self.in_force(account, payment.row))
                rest -= max(0, due[id(payment)])
        paid = sum(each.amount for each in payments)
        for place, payment in enumerate(payments):
            newer = sum(each.amount for each in payments[:place])
            back = {
                "points_first": order.refunded - newer,
                "points_last": order.refunded - (order.total - paid) - newer,
                "on_whole": 0 if order.remaining else payment.amount,
            }.get(payment.returns, 0)
            left = self.in_force(payment.account, payment.row)
            if payment.returns != "proportional":
                share = max(0, min(back, payment.amount))
                so_far = payment.points - left
                due[id(payment)] = payment.points * share // payment.amount - so_far
            if due[id(payment)] > 0:
                self.take_row(refund, payment.account, payment.row, due[id(payment)])

    def take_row(self, refund: Refund, account: Account, row: int, amount: int) -> None:
        refund.rows.append((account, self.cancel(account, row, amount)))

    # -- awards -------------------------------------------------------------------------------

    def recount(self, event: Event, refund: Refund) -> None:
        """Per rule and account: what is in force beyond the target is cancelled, newest first."""
        groups: dict[tuple[str, Account], list[Award]] = {}
        for award in self.awards_of(event.name):
            groups.setdefault((award.rule, award.account), []).append(award)
        excess: dict[tuple[str, Account], int] = {}
        for group, awards in groups.items():
            in_force = sum(self.in_force(group[1], award.row) for award in awards)
            excess[group] = in_force - self.target(event, awards)
        for award in reversed(self.awards_of(event.name)):
            group = (award.rule, award.account)
            part = min(excess[group], self.in_force(award.account, award.row))
            if part > 0:
                self.take_row(refund, award.account, award.row, part)
                excess[group] -= part

    def target(self, event: Event, awards: list[Award]) -> int:
        version = awards[0].version
        order = self.state.orders[event.order] if event.order is not None else None
        if event.cancelled or (order is not None and order.remaining == 0):
            return 0
        everything = sum(award.amount for award in awards)
        if version.on_partial == "keep":
            return everything
        share = Fraction(order.remaining, order.total) if order is not None else Fraction(1)
        if version.on_partial == "proportional":
            return floor(everything * share)
        facts, given_by = self.facts_of(event), awards[0].earning
        try:
            found = result(version, facts, self.currencies, given_by=given_by)
        except Errored:
            return floor(everything * share)
        if found is None:
            return 0
        currency = awards[0].account[1]
        return sum(gain.points for gain in found.gains if gain.currency == currency)

    def recount_dependents(self, event: Event, refund: Refund) -> None:
        """Later events of the member whose awards were given by versions that read totals."""
        later = [
            each
            for each in self.state.events.values()
            if each.member == event.member and each.position > event.position
        ]
        for dependent in sorted(later, key=lambda each: each.position):
            if dependent.cancelled:
                continue
            self.recount_of_totals(dependent, refund)
            self.recount_grants(dependent, refund, only_of_totals=True)

    def recount_of_totals(self, event: Event, refund: Refund) -> None:
        """Only the awards of versions that read totals."""
        kept = self.state.awards
        self.state.awards = [award for award in kept if reads_totals(award.version)]
        try:
            self.recount(event, refund)
        finally:
            self.state.awards = kept


def reads_totals(version: Version) -> bool:
    return any(
        earning.condition is not None and "totals" in earning.condition.reads
        for earning in version.earnings
    )


def part(
    order: Order, place: int, money: int | None, quantity: Fraction | None
) -> tuple[int, Fraction]:
    """Money and quantity of a part of a line. The money of a quantity is its share."""
    line = order.lines[place]
    if money is not None:
        return money, Fraction()
    assert quantity is not None
    if quantity > line.quantity:
        raise Refusal("exceeds_order")
    return floor(line.left * quantity / line.quantity), quantity
