"""Operations: orders.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.orders import Order, OrderPayment, OrderRefund
from stampbook_client.pages import AsyncPages
from stampbook_client.params.orders import (
    AddOrderPaymentParams,
    CancelOrderParams,
    ChangeOrderParams,
    CreateOrderParams,
    CreateRefundParams,
    ListOrdersParams,
    PayOrderParams,
    ReturnOrderPaymentParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import PageParams, WriteOptions
from stampbook_client.wire import part


class AsyncOrdersResource:
    """Orders."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, program_id: str, **params: Unpack[CreateOrderParams]) -> Order:
        """Create an order, or change it.

        A new order; one with that external id is changed instead. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/orders", params, Order
        )

    def list(self, program_id: str, **params: Unpack[ListOrdersParams]) -> AsyncPages[Order]:
        """List orders, newest first.

        Newest first; of one member, if one is named. Needs the scope read.
        """
        return self._api.pages(f"/v1/programs/{part(program_id)}/orders", params, Order)

    async def get(self, program_id: str, order: str) -> Order:
        """Read an order.

        Needs the scope read.
        """
        return await self._api.read(
            f"/v1/programs/{part(program_id)}/orders/{part(order)}", {}, Order
        )

    async def update(
        self, program_id: str, order: str, **params: Unpack[ChangeOrderParams]
    ) -> Order:
        """Change an order.

        Needs the scope ledger:write.
        """
        return await self._api.write(
            "PATCH", f"/v1/programs/{part(program_id)}/orders/{part(order)}", params, Order
        )

    async def pay(self, program_id: str, order: str, **params: Unpack[PayOrderParams]) -> Order:
        """Mark an order as paid.

        The order is paid. A repeat changes nothing; a cancelled order stays cancelled. Needs
        the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/orders/{part(order)}/pay", params, Order
        )

    async def cancel(
        self, program_id: str, order: str, **params: Unpack[CancelOrderParams]
    ) -> Order:
        """Cancel an order.

        All that remains is taken back. A repeat changes nothing. Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "POST", f"/v1/programs/{part(program_id)}/orders/{part(order)}/cancel", params, Order
        )

    async def add_payment(
        self, program_id: str, order: str, **params: Unpack[AddOrderPaymentParams]
    ) -> OrderPayment:
        """Pay for an order with points.

        Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST",
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/payments",
            params,
            OrderPayment,
        )

    def payments(
        self, program_id: str, order: str, **params: Unpack[PageParams]
    ) -> AsyncPages[OrderPayment]:
        """List what points paid for an order.

        Oldest first. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/payments", params, OrderPayment
        )

    async def return_payment(
        self,
        program_id: str,
        order: str,
        payment_id: str,
        **params: Unpack[ReturnOrderPaymentParams],
    ) -> OrderPayment:
        """Give the points of a payment back.

        All that is in force of the payment comes back. A repeat changes nothing. Needs the
        scope ledger:cancel.
        """
        return await self._api.write(
            "POST",
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/payments/{part(payment_id)}/return",
            params,
            OrderPayment,
        )

    async def refund(
        self, program_id: str, order: str, **params: Unpack[CreateRefundParams]
    ) -> OrderRefund:
        """Take part of an order back.

        Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "POST",
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/refunds",
            params,
            OrderRefund,
        )

    def refunds(
        self, program_id: str, order: str, **params: Unpack[PageParams]
    ) -> AsyncPages[OrderRefund]:
        """List refunds of an order.

        Oldest first. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/refunds", params, OrderRefund
        )

    async def void_refund(
        self, program_id: str, order: str, refund_id: str, **params: Unpack[WriteOptions]
    ) -> OrderRefund:
        """Restore what a refund took.

        What the order's newest refund took is restored. A repeat changes nothing. Needs the
        scope ledger:cancel.
        """
        return await self._api.write(
            "POST",
            f"/v1/programs/{part(program_id)}/orders/{part(order)}/refunds/{part(refund_id)}/void",
            params,
            OrderRefund,
            has_body=False,
        )
