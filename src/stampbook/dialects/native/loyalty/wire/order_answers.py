"""Orders, payments and refunds as answers."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.cascades import (
    BalanceChangeShape,
    KeptShape,
    OrderPointsShape,
    StepShape,
)
from stampbook.dialects.native.loyalty.wire.orders import (
    ExchangeRateShape,
    OrderAwardShape,
    OrderLineShape,
    OrderPaymentShape,
    OrderRefundShape,
    OrderShape,
    TakenLineShape,
)
from stampbook.dialects.native.wire.promotions import exchange_shape
from stampbook.dialects.native.wire.values import write_optional
from stampbook.domain.model import transaction_number
from stampbook.loyalty.judging.values import Held
from stampbook.loyalty.orders import effects as effects_of
from stampbook.loyalty.orders.effects import Amounts, Effects, Keep, Step
from stampbook.loyalty.orders.model import Item, Order, Payment, Refund
from stampbook.loyalty.orders.steps import Saved


class Whole(NamedTuple):
    """An order with all that belongs to it. `scales` are the currencies' decimals."""

    order: Order
    scales: Mapping[int, int]
    awards: tuple[Held, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()

    def scales_of(self, effects: Effects) -> dict[int, int]:
        """The decimals of the accounts that a refund of the order moved."""
        return {
            step.account: self.scales[step.currency]
            if step.currency
            else self._scale_of(step.account)
            for step in effects.cascade
        }

    def _scale_of(self, account: int) -> int:
        """Those of an account in a refund of an earlier release, which names no currencies."""
        for held in self.awards:
            if held.award.account == account:
                return self.scales[held.award.currency]
        for payment in self.payments:
            if payment.account == account:
                return self.scales[payment.currency]
        return 0


def after(whole: Whole, saved: Saved) -> Whole:
    """The whole after a step, of which only what changed was worked out."""
    awards = list(whole.awards)
    for judged in saved.judged:
        awards += [Held(award, award.amount) for award in judged.awards]
    refunds = list(whole.refunds)
    if saved.refund is not None:
        refunds = [each for each in refunds if each.number != saved.refund.number]
        refunds.append(saved.refund)
    returned = {each.number: each for each in saved.returned}
    found = whole._replace(
        order=saved.order,
        awards=tuple(awards),
        payments=tuple(returned.get(each.number, each) for each in whole.payments),
        refunds=tuple(refunds),
    )
    return found if saved.effects is None else _moved(found, saved.effects)


def _moved(whole: Whole, effects: Effects) -> Whole:
    targets = {(step.account, step.seq): step.target for step in effects.cascade}
    awards = tuple(
        held._replace(in_force=targets.get((held.award.account, held.award.seq), held.in_force))
        for held in whole.awards
    )
    payments = tuple(
        each._replace(left=targets.get((each.account, each.seq), each.left))
        for each in whole.payments
    )
    return whole._replace(awards=awards, payments=payments)


def order_shape(whole: Whole) -> OrderShape:
    order = whole.order
    content, scale = order.content, order.content.scale
    return OrderShape(
        id=ids.write(ids.ORDER, order.number),
        program_id=_id(ids.PROGRAM, order.program or 0),
        external_id=order.external_id,
        member_id=None if order.member is None else ids.write(ids.MEMBER, order.member),
        status=order.status.value,
        money=content.money,
        amount=amounts.write(content.amount, scale),
        discount=amounts.write(content.discount, scale),
        total=amounts.write(content.total, scale),
        refunded=amounts.write(order.refunded, scale),
        remaining=amounts.write(order.remaining, scale),
        lines=[_line(item, scale) for item in content.lines],
        channel=content.channel,
        location=content.location,
        metadata=dict(content.metadata),
        effective_at=instants.write(order.effective_at),
        paid_at=write_optional(order.paid_at),
        fulfilled_at=write_optional(order.fulfilled_at),
        cancelled_at=write_optional(order.cancelled_at),
        created_at=instants.write(order.created_at),
        updated_at=instants.write(order.updated_at),
        awards=[_award(held, whole.scales[held.award.currency]) for held in whole.awards],
        payments=[payment_shape(each, order, whole.scales) for each in whole.payments],
        refunds=[refund_shape(each, whole) for each in whole.refunds],
    )


def _line(item: Item, scale: int) -> OrderLineShape:
    return OrderLineShape(
        id=item.line,
        kind=item.kind,
        item=item.item,
        sku=item.sku,
        categories=item.categories,
        quantity=amounts.write(item.quantity, 3),
        returned=amounts.write(item.returned, 3),
        amount=amounts.write(item.amount, scale),
        total=amounts.write(item.total, scale),
        refunded=amounts.write(item.refunded, scale),
        remaining=amounts.write(item.remaining, scale),
        metadata=dict(item.metadata),
    )


def _award(held: Held, scale: int) -> OrderAwardShape:
    award = held.award
    return OrderAwardShape(
        id=_id(ids.AWARD, award.award_id),
        rule_id=ids.write(ids.RULE, award.rule),
        version=award.version,
        earning=award.earning,
        account_id=_id(ids.ACCOUNT, award.account),
        currency_id=ids.write(ids.CURRENCY, award.currency),
        transaction_id=_row(award.account, award.seq),
        calculated=amounts.write(award.calculated, scale),
        amount=amounts.write(award.amount, scale),
        in_force=amounts.write(held.in_force, scale),
    )


def payment_shape(payment: Payment, order: Order, scales: Mapping[int, int]) -> OrderPaymentShape:
    scale = scales[payment.currency]
    rate = exchange_shape(payment.exchange.points, payment.exchange.money, scale)
    return OrderPaymentShape(
        id=ids.write(ids.ORDER_PAYMENT, payment.number),
        order_id=ids.write(ids.ORDER, payment.order),
        account_id=ids.write(ids.ACCOUNT, payment.account),
        currency_id=ids.write(ids.CURRENCY, payment.currency),
        transaction_id=ids.write(ids.TRANSACTION, payment.transaction),
        amount=amounts.write(payment.amount, order.content.scale),
        points=amounts.write(payment.points, scale),
        left=amounts.write(payment.left, scale),
        exchange=ExchangeRateShape(rate.points, rate.money),
        return_spent=payment.return_spent.value,
        created_at=instants.write(payment.created_at),
        returned_at=write_optional(payment.returned_at),
    )


def refund_shape(refund: Refund, whole: Whole) -> OrderRefundShape:
    effects, scale = effects_of.decode(refund.effects), whole.order.content.scale
    scales = whole.scales_of(effects)
    return OrderRefundShape(
        id=ids.write(ids.REFUND, refund.number),
        order_id=ids.write(ids.ORDER, refund.order),
        external_id=refund.external_id,
        cause=refund.cause.value,
        amount=amounts.write(refund.amount, scale),
        remaining=amounts.write(effects.remaining, scale),
        lines=[
            TakenLineShape(
                each.line or None,
                amounts.write(each.quantity, 3),
                amounts.write(each.amount, scale),
            )
            for each in refund.lines
        ],
        reason=refund.reason,
        created_at=instants.write(refund.created_at),
        voided_at=write_optional(refund.voided_at),
        cascade=[_step(step, scales[step.account]) for step in effects.cascade],
        kept=[_kept(keep) for keep in effects.kept],
        balances=[
            BalanceChangeShape(
                ids.write(ids.ACCOUNT, each.account),
                _points(each.before, scales[each.account]),
                _points(each.after, scales[each.account]),
            )
            for each in effects.balances
        ],
        preview_token=effects.token,
    )


def _step(step: Step, scale: int) -> StepShape:
    shape = StepShape(
        step=step.step,
        account_id=_id(ids.ACCOUNT, step.account),
        transaction_id=_row(step.account, step.seq),
        cancelled_by=_row(step.account, step.cancel),
        payment_id=_id(ids.ORDER_PAYMENT, step.payment),
        award_id=_id(ids.AWARD, step.award),
        grant_id=_id(ids.GRANT, step.grant),
        rule_id=_id(ids.RULE, step.rule),
        was=amounts.write(step.was, scale),
        target=amounts.write(step.target, scale),
        amount=amounts.write(step.amount, scale),
        shortfall=amounts.write(step.shortfall, scale),
    )
    if not step.group:
        return shape
    return replace(
        shape,
        tier_group_id=ids.write(ids.TIER_GROUP, step.group),
        former_tier_id=_id(ids.TIER, step.former),
        tier_id=_id(ids.TIER, step.tier),
    )


def _kept(keep: Keep) -> KeptShape:
    return KeptShape(
        keep.what,
        keep.reason,
        _id(ids.AWARD, keep.award),
        _id(ids.GRANT, keep.grant),
        _id(ids.RULE, keep.rule),
        _id(ids.ACCOUNT, keep.account),
    )


def _points(found: Amounts, scale: int) -> OrderPointsShape:
    return OrderPointsShape(amounts.write(found.active, scale), amounts.write(found.pending, scale))


def _id(prefix: str, number: int) -> str | None:
    return ids.write(prefix, number) if number else None


def _row(account: int, seq: int) -> str | None:
    return _id(ids.TRANSACTION, transaction_number(account=account, seq=seq)) if seq else None
