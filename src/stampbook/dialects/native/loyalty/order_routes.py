"""The operations on orders."""

from stampbook.dialects.native.loyalty import order_payments, order_refunds, orders
from stampbook.dialects.native.loyalty.wire.orders import (
    OrderBody,
    OrderChange,
    OrderPaymentShape,
    OrderRefundBody,
    OrderRefundShape,
    OrderShape,
    PayOrderBody,
    ReasonBody,
)
from stampbook.dialects.native.rows import CANCEL, GET, PAGING, PATCH, POST, READ, WRITE, row
from stampbook.dialects.native.wire.pages import Page

ORDER = "/v1/programs/{id}/orders/{order}"

ORDERS = (
    row(POST, "/v1/programs/{id}/orders", orders.create_order, WRITE,
        "Create an order, or change it", OrderShape, 201, OrderBody,
        location="/v1/programs/{made.program_id}/orders/{id}"),
    row(GET, "/v1/programs/{id}/orders", orders.list_orders, READ,
        "List orders, newest first", Page[OrderShape],
        query={"member_id": "only those of this member", **PAGING}),
    row(GET, ORDER, orders.get_order, READ,
        "Read an order", OrderShape),
    row(PATCH, ORDER, orders.change_order, WRITE,
        "Change an order", OrderShape, body=OrderChange),
    row(POST, f"{ORDER}/pay", orders.pay_order, WRITE,
        "Mark an order as paid", OrderShape, body=ReasonBody),
    row(POST, f"{ORDER}/cancel", orders.cancel_order, CANCEL,
        "Cancel an order", OrderShape, body=ReasonBody),
    row(POST, f"{ORDER}/payments", order_payments.add_order_payment, WRITE,
        "Pay for an order with points", OrderPaymentShape, body=PayOrderBody),
    row(GET, f"{ORDER}/payments", order_payments.list_order_payments, READ,
        "List what points paid for an order", Page[OrderPaymentShape], query=PAGING),
    row(POST, f"{ORDER}/payments/{{payment_id}}/return", order_payments.return_order_payment,
        CANCEL, "Give the points of a payment back", OrderPaymentShape, body=ReasonBody),
    row(POST, f"{ORDER}/refunds", order_refunds.create_refund, CANCEL,
        "Take part of an order back", OrderRefundShape, body=OrderRefundBody),
    row(GET, f"{ORDER}/refunds", order_refunds.list_refunds, READ,
        "List refunds of an order", Page[OrderRefundShape], query=PAGING),
    row(POST, f"{ORDER}/refunds/{{refund_id}}/void", order_refunds.void_refund, CANCEL,
        "Restore what a refund took", OrderRefundShape),
)  # fmt: skip
