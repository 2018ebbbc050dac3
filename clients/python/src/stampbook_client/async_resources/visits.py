"""Operations: visits.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.ledger import Transaction
from stampbook_client.models.visits import Visit, Withdrawn
from stampbook_client.pages import AsyncPages
from stampbook_client.params.visits import (
    AddPaymentParams,
    CancelWithdrawalParams,
    ChangeVisitParams,
    CreateVisitParams,
    WithdrawParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import WriteOptions
from stampbook_client.wire import part


class AsyncVisitsResource:
    """Visits, and what pays for them."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, **params: Unpack[CreateVisitParams]) -> Visit:
        """Record a visit.

        Needs the scope ledger:write.
        """
        return await self._api.write("POST", "/v1/visits", params, Visit)

    async def get(self, visit_id: str) -> Visit:
        """Read a visit.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/visits/{part(visit_id)}", {}, Visit)

    async def update(self, visit_id: str, **params: Unpack[ChangeVisitParams]) -> Visit:
        """Change a visit.

        Needs the scope ledger:write.
        """
        return await self._api.write("PATCH", f"/v1/visits/{part(visit_id)}", params, Visit)

    async def add_payment(self, visit_id: str, **params: Unpack[AddPaymentParams]) -> Visit:
        """Pay money for a visit.

        Needs the scope ledger:write.
        """
        return await self._api.write("POST", f"/v1/visits/{part(visit_id)}/payments", params, Visit)

    async def remove_payment(
        self, visit_id: str, payment_id: str, **params: Unpack[WriteOptions]
    ) -> Visit:
        """Take a payment back.

        Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "DELETE",
            f"/v1/visits/{part(visit_id)}/payments/{part(payment_id)}",
            params,
            Visit,
            has_body=False,
        )

    async def withdraw(self, visit_id: str, **params: Unpack[WithdrawParams]) -> Withdrawn:
        """Pay for a visit with points.

        Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/visits/{part(visit_id)}/withdrawals", params, Withdrawn
        )

    async def cancel_withdrawal(
        self, visit_id: str, account_id: str, **params: Unpack[CancelWithdrawalParams]
    ) -> Withdrawn:
        """Take an account's withdrawal back.

        Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "DELETE",
            f"/v1/visits/{part(visit_id)}/withdrawals/{part(account_id)}",
            params,
            Withdrawn,
            query=("reason",),
            has_body=False,
        )

    def transactions(self, visit_id: str) -> AsyncPages[Transaction]:
        """List what paid for a visit, and what it earned.

        Redemptions and accruals of the visit, also those that were cancelled. Newest first.
        Needs the scope read.
        """
        return self._api.pages(f"/v1/visits/{part(visit_id)}/transactions", {}, Transaction)
