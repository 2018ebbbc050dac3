"""Orders: made, changed, paid, paid for with points (rules.md §3 and §9)."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from math import ceil

from stampbook.domain.commands import Redeem
from tests.model.loyalty.awarding import Awarding
from tests.model.loyalty.values import Account, Exchange, Facts, Line, Order, Payment, Refusal

FINAL = ("refunded", "cancelled")


class Orders(Awarding):
    """Takes orders until they are paid."""

    def make_order(
        self,
        name: str,
        member: str,
        *,
        paid: bool = False,
        amount: int,
        discount: int = 0,
        lines: tuple[Line, ...] = (),
        channel: str | None = None,
        metadata: Facts | None = None,
        effective_at: int | None = None,
    ) -> None:
        self.state.orders[name] = Order(
            name,
            member,
            amount,
            amount - discount,
            deepcopy(list(lines)),
            channel,
            metadata or {},
            effective_at,
        )
        if paid:
            self.pay(name)

    def pay(self, name: str) -> None:
        """Fires once in its life."""
        order = self.state.orders[name]
        if f"order {name}" in self.state.events:
            return
        if order.status == "cancelled":
            raise Refusal("order_cancelled")
        order.status = "paid"
        order.points_paid = self.paid_by_points(name)
        at = self.now if order.effective_at is None else order.effective_at
        self.fire(f"order {name}", order.member, "order_paid", at, order=name)

    def change(self, name: str, amount: int) -> None:
        """The amount of an order without lines and discount."""
        order = self.state.orders[name]
        if amount == order.total:
            return
        paid = f"order {name}" in self.state.events
        if order.status == "cancelled" and not paid:
            raise Refusal("order_cancelled")
        if order.status == "created":
            if amount < self.paid_by_points(name):
                raise Refusal("payment_exceeds_order")
            order.amount = order.total = amount
        elif amount > order.remaining:
            raise Refusal("order_paid")
        elif amount < order.remaining:
            self.take(name, None, order.remaining - amount, {})

    def take(
        self, name: str, refund: str | None, amount: int, lines: dict[int, tuple[int, Fraction]]
    ) -> None:
        """See tests/model/loyalty/refunds.py."""
        raise NotImplementedError

    # -- payments ---------------------------------------------------------------------------

    def payments_of(self, name: str) -> list[Payment]:
        return [payment for payment in self.state.payments if payment.order == name]

    def paid_by_points(self, name: str) -> int:
        """Money that payments in force have paid; a part of its unit counts whole."""
        return sum(
            ceil(
                Fraction(
                    payment.amount * self.in_force(payment.account, payment.row), payment.points
                )
            )
            for payment in self.payments_of(name)
        )

    def pay_with_points(
        self,
        name: str,
        currency: str,
        *,
        max_amount: int | None = None,
        max_points: int | None = None,
    ) -> None:
        order = self.state.orders[name]
        exchange = self.currencies[currency].exchange
        if exchange is None:
            raise Refusal("payment_not_enabled")
        if order.status in FINAL:
            raise Refusal("order_cancelled" if order.status == "cancelled" else "nothing_to_pay")
        account: Account = (order.member, currency)
        rest = order.remaining - self.paid_by_points(name)
        balance = max(0, self.account(account).active)
        amount = min(rest, balance * exchange.money // exchange.points)
        if max_amount is not None:
            amount = min(amount, max_amount)
        if max_points is not None:
            amount = min(amount, max_points * exchange.money // exchange.points)
        if amount <= 0:
            raise Refusal("nothing_to_pay")
        points = ceil(Fraction(amount * exchange.points, exchange.money))
        row = self.submit(account, Redeem(points))
        self.state.payments.append(
            Payment(name, account, row, amount, points, self.currencies[currency].returns)
        )

    def return_payment(self, name: str, place: int) -> None:
        """All that is in force of a payment, by hand."""
        payment = self.payments_of(name)[place]
        if not payment.given_back:
            payment.given_back = True
            self.cancel(payment.account, payment.row, None)

    def set_exchange(self, currency: str, exchange: Exchange | None, returns: str) -> None:
        """Of later payments."""
        rules = self.currencies[currency]
        self.currencies[currency] = rules._replace(exchange=exchange, returns=returns)
