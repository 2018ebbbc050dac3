"""Operations: ledger.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Unpack

from stampbook_client.models.ledger import (
    Account,
    Allocation,
    Balance,
    Bulk,
    Explanation,
    Lot,
    Posting,
    Statement,
    Transaction,
    Transfer,
)
from stampbook_client.pages import AsyncPages
from stampbook_client.params.ledger import (
    ActivateTransactionParams,
    CancelTransactionParams,
    CommitTransactionParams,
    CreateAccountParams,
    CreateTransactionParams,
    CreateTransferParams,
    ExpireTransactionParams,
    FindTransactionParams,
    GetBalanceParams,
    GetExplanationParams,
    GetStatementParams,
    ListLotsParams,
    ListTransactionsParams,
    MoveParams,
    ReleaseTransactionParams,
    RunBulkParams,
)
from stampbook_client.sending import AsyncApi
from stampbook_client.values import Amount, PageParams
from stampbook_client.wire import part


class AsyncAccountsResource:
    """What a member holds of a currency: balance, lots, transactions, statements."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, **params: Unpack[CreateAccountParams]) -> Account:
        """Open an account.

        Needs the scope ledger:write.
        """
        return await self._api.write("POST", "/v1/accounts", params, Account)

    async def get(self, account_id: str) -> Account:
        """Read an account.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/accounts/{part(account_id)}", {}, Account)

    async def balance(self, account_id: str, **params: Unpack[GetBalanceParams]) -> Balance:
        """Read an account's balance.

        At `as_of`: a past instant as the ledger said it then, a future one if nothing else
        happens. Without it, at the later of the clock and the account's last row. Needs the
        scope read.
        """
        return await self._api.read(f"/v1/accounts/{part(account_id)}/balance", params, Balance)

    async def explanation(
        self, account_id: str, **params: Unpack[GetExplanationParams]
    ) -> Explanation:
        """Explain an account's balance, in sentences.

        At `as_of`, as of a balance; in English unless another `language` is asked for. Needs
        the scope read.
        """
        return await self._api.read(
            f"/v1/accounts/{part(account_id)}/explanation", params, Explanation
        )

    def lots(self, account_id: str, **params: Unpack[ListLotsParams]) -> AsyncPages[Lot]:
        """List lots, newest first.

        Newest first; with `state` those that have points in it. Needs the scope read.
        """
        return self._api.pages(f"/v1/accounts/{part(account_id)}/lots", params, Lot)

    def transactions(
        self, account_id: str, **params: Unpack[ListTransactionsParams]
    ) -> AsyncPages[Transaction]:
        """List transactions, newest first.

        Newest first, recorded in [from, to). Needs the scope read.
        """
        return self._api.pages(f"/v1/accounts/{part(account_id)}/transactions", params, Transaction)

    async def transact(
        self, account_id: str, **params: Unpack[CreateTransactionParams]
    ) -> Transaction:
        """Accrue, redeem, hold or adjust.

        Add a movement to the account's journal. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/accounts/{part(account_id)}/transactions", params, Transaction
        )

    async def accrue(
        self, account_id: str, amount: Amount, **params: Unpack[MoveParams]
    ) -> Transaction:
        """Give points to an account."""
        return await self.transact(account_id, type="accrue", amount=amount, **params)

    async def redeem(
        self, account_id: str, amount: Amount, **params: Unpack[MoveParams]
    ) -> Transaction:
        """Take points from an account; those that expire first are spent first."""
        return await self.transact(account_id, type="redeem", amount=amount, **params)

    async def hold(
        self, account_id: str, amount: Amount, **params: Unpack[MoveParams]
    ) -> Transaction:
        """Put points aside, until they are committed or released."""
        return await self.transact(account_id, type="hold", amount=amount, **params)

    async def adjust(
        self, account_id: str, amount: Amount, **params: Unpack[MoveParams]
    ) -> Transaction:
        """Add points, or take them away with a negative amount; `reason` is required."""
        return await self.transact(account_id, type="adjust", amount=amount, **params)

    async def statement(self, account_id: str, **params: Unpack[GetStatementParams]) -> Statement:
        """Read an account's statement.

        What changed an account, with its balance before and after each transaction. Needs the
        scope read.
        """
        return await self._api.read(f"/v1/accounts/{part(account_id)}/statement", params, Statement)


class AsyncTransactionsResource:
    """One transaction: read, commit, release, cancel, activate, expire."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def get(self, transaction_id: str) -> Transaction:
        """Read a transaction.

        Needs the scope read.
        """
        return await self._api.read(f"/v1/transactions/{part(transaction_id)}", {}, Transaction)

    async def find(self, **params: Unpack[FindTransactionParams]) -> Transaction:
        """Find a transaction by its external id.

        By its external id; `program_id` is needed where several programs have one. Needs the
        scope read.
        """
        return await self._api.read("/v1/transactions", params, Transaction)

    async def commit(
        self, transaction_id: str, **params: Unpack[CommitTransactionParams]
    ) -> Transaction:
        """Make a temporary transaction final.

        Without an amount the whole of it. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/commit", params, Transaction
        )

    async def release(
        self, transaction_id: str, **params: Unpack[ReleaseTransactionParams]
    ) -> Transaction:
        """Roll a temporary transaction back.

        What it reserved or promised is free again. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/release", params, Transaction
        )

    async def cancel(
        self, transaction_id: str, **params: Unpack[CancelTransactionParams]
    ) -> Transaction:
        """Cancel a transaction, whole or in part.

        Without an amount all that is left of it. Needs the scope ledger:cancel.
        """
        return await self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/cancel", params, Transaction
        )

    async def activate(
        self, transaction_id: str, **params: Unpack[ActivateTransactionParams]
    ) -> Transaction:
        """Make pending points available now.

        Whatever date the pending points had. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/activate", params, Transaction
        )

    async def expire(
        self, transaction_id: str, **params: Unpack[ExpireTransactionParams]
    ) -> Transaction:
        """Let available points expire now.

        Whatever date the available points had. Needs the scope ledger:write.
        """
        return await self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/expire", params, Transaction
        )

    def allocations(
        self, transaction_id: str, **params: Unpack[PageParams]
    ) -> AsyncPages[Allocation]:
        """List what a transaction moved.

        All that the transaction moved, lot by lot, in their order. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/transactions/{part(transaction_id)}/allocations", params, Allocation
        )

    def postings(self, transaction_id: str, **params: Unpack[PageParams]) -> AsyncPages[Posting]:
        """List the postings of a transaction.

        All postings of the transaction, in their order. Needs the scope read.
        """
        return self._api.pages(f"/v1/transactions/{part(transaction_id)}/postings", params, Posting)


class AsyncTransfersResource:
    """Points that move to another account."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def create(self, **params: Unpack[CreateTransferParams]) -> Transfer:
        """Move points to another account.

        Both accounts belong to one program; lots keep their expiry. Needs the scope
        ledger:write.
        """
        return await self._api.write("POST", "/v1/transfers", params, Transfer)


class AsyncBulkResource:
    """Many writes in one request."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    async def run(self, **params: Unpack[RunBulkParams]) -> Bulk:
        """Many writes in one request.

        All or none, or each by itself. Cancels need the scope ledger:cancel, others
        ledger:write.
        """
        return await self._api.write("POST", "/v1/bulk", params, Bulk)
