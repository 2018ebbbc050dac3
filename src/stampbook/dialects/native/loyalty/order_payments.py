"""`/programs/{id}/orders/{order}/payments`: points that pay for an order."""

from functools import partial

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.naming import named
from stampbook.dialects.native.loyalty.orders import desk_of, order_of, whole_of
from stampbook.dialects.native.loyalty.wire.order_answers import payment_shape
from stampbook.dialects.native.loyalty.wire.order_changes import ReasonBody
from stampbook.dialects.native.loyalty.wire.orders import (
    OrderPaymentShape,
    PayOrderBody,
    read_sum,
)
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.writing import join_once
from stampbook.ledger.joint import Joint, Known, with_result
from stampbook.loyalty.orders import paying
from stampbook.loyalty.orders.model import Exchange, ReturnSpent
from stampbook.loyalty.orders.paying import Paid, Pay, Return, Terms
from stampbook.programs import currency_options
from stampbook.programs.currency_options import CurrencyOptions

_pay_body = Decoder(PayOrderBody)
_reason_body = Decoder(ReasonBody)


def terms_of(options: CurrencyOptions) -> Terms | None:
    """How points of the currency pay for orders; None: not at all."""
    if options.exchange_points is None or options.exchange_money is None:
        return None
    exchange = Exchange(options.exchange_points, options.exchange_money)
    return Terms(exchange, ReturnSpent(options.return_spent))


async def add_order_payment(call: Call) -> Reply:
    body = read(_pay_body, call.body)
    order, store = await order_of(call), call.context.store
    find = partial(finding.account, call)
    pointer = "/account_id"
    account = await named(find, ids.ACCOUNT, body.account_id, pointer, program=order.program)
    currency = await finding.currency(call, store, account.currency_id)
    money, points = body.max_amount, body.max_points
    scale = order.content.scale
    max_amount = None if money is None else read_sum(money, scale, "/max_amount", least=1)
    max_points = None
    if points is not None:
        max_points = read_sum(points, currency.scale, "/max_points", least=1)
    scales = {currency.currency_id: currency.scale}

    def shape(paid: Paid) -> OrderPaymentShape:
        return payment_shape(paid.payment, paid.order, scales)

    async def build() -> Joint | Known:
        options = await currency_options.get(store, currency.currency_id)
        ask = Pay(account, terms_of(options), max_amount, max_points, actor=call.actor)
        made = await paying.request(desk_of(call), lambda: order_of(call), ask)
        return with_result(made, shape)

    return await join_once(call, build)


async def list_order_payments(call: Call) -> Page[OrderPaymentShape]:
    """Oldest first."""
    limit, order = finding.limit(call), await order_of(call)
    after = finding.cursor(call, ids.ORDER_PAYMENT) or 0
    whole = await whole_of(call, order)
    found = [each for each in whole.payments if each.number > after][: limit + 1]
    return page_of([payment_shape(each, order, whole.scales) for each in found], limit)


async def return_order_payment(call: Call) -> Reply:
    """All that is in force of the payment comes back. A repeat changes nothing."""
    body = read(_reason_body, call.body) if call.body else ReasonBody()
    ask = Return(call.id(ids.ORDER_PAYMENT, "payment_id"), body.reason, call.actor)

    async def build() -> Joint | Known:
        scales = (await whole_of(call, await order_of(call))).scales
        made = await paying.request_return(desk_of(call), lambda: order_of(call), ask)
        if isinstance(made, Known) and made.result is None:
            raise not_found("the order has no such payment")
        return with_result(made, lambda paid: payment_shape(paid.payment, paid.order, scales))

    return await join_once(call, build)
