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
from stampbook_client.pages import Pages
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
from stampbook_client.sending import Api
from stampbook_client.values import Amount, PageParams
from stampbook_client.wire import part


class AccountsResource:
    """What a member holds of a currency: balance, lots, transactions, statements."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateAccountParams]) -> Account:
        """Open an account.

        Needs the scope ledger:write.
        """
        return self._api.write("POST", "/v1/accounts", params, Account)

    def get(self, account_id: str) -> Account:
        """Read an account.

        Needs the scope read.
        """
        return self._api.read(f"/v1/accounts/{part(account_id)}", {}, Account)

    def balance(self, account_id: str, **params: Unpack[GetBalanceParams]) -> Balance:
        """Read an account's balance.

        At `as_of`: a past instant as the ledger said it then, a future one if nothing else
        happens. Without it, at the later of the clock and the account's last row. Needs the
        scope read.
        """
        return self._api.read(f"/v1/accounts/{part(account_id)}/balance", params, Balance)

    def explanation(self, account_id: str, **params: Unpack[GetExplanationParams]) -> Explanation:
        """Explain an account's balance, in sentences.

        At `as_of`, as of a balance; in English unless another `language` is asked for. Needs
        the scope read.
        """
        return self._api.read(f"/v1/accounts/{part(account_id)}/explanation", params, Explanation)

    def lots(self, account_id: str, **params: Unpack[ListLotsParams]) -> Pages[Lot]:
        """List lots, newest first.

        Newest first; with `state` those that have points in it. Needs the scope read.
        """
        return self._api.pages(f"/v1/accounts/{part(account_id)}/lots", params, Lot)

    def transactions(
        self, account_id: str, **params: Unpack[ListTransactionsParams]
    ) -> Pages[Transaction]:
        """List transactions, newest first.

        Newest first, recorded in [from, to). Needs the scope read.
        """
        return self._api.pages(f"/v1/accounts/{part(account_id)}/transactions", params, Transaction)

    def transact(self, account_id: str, **params: Unpack[CreateTransactionParams]) -> Transaction:
        """Accrue, redeem, hold or adjust.

        Add a movement to the account's journal. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/accounts/{part(account_id)}/transactions", params, Transaction
        )

    def accrue(self, account_id: str, amount: Amount, **params: Unpack[MoveParams]) -> Transaction:
        """Give points to an account."""
        return self.transact(account_id, type="accrue", amount=amount, **params)

    def redeem(self, account_id: str, amount: Amount, **params: Unpack[MoveParams]) -> Transaction:
        """Take points from an account; those that expire first are spent first."""
        return self.transact(account_id, type="redeem", amount=amount, **params)

    def hold(self, account_id: str, amount: Amount, **params: Unpack[MoveParams]) -> Transaction:
        """Put points aside, until they are committed or released."""
        return self.transact(account_id, type="hold", amount=amount, **params)

    def adjust(self, account_id: str, amount: Amount, **params: Unpack[MoveParams]) -> Transaction:
        """Add points, or take them away with a negative amount; `reason` is required."""
        return self.transact(account_id, type="adjust", amount=amount, **params)

    def statement(self, account_id: str, **params: Unpack[GetStatementParams]) -> Statement:
        """Read an account's statement.

        What changed an account, with its balance before and after each transaction. Needs the
        scope read.
        """
        return self._api.read(f"/v1/accounts/{part(account_id)}/statement", params, Statement)


class TransactionsResource:
    """One transaction: read, commit, release, cancel, activate, expire."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def get(self, transaction_id: str) -> Transaction:
        """Read a transaction.

        Needs the scope read.
        """
        return self._api.read(f"/v1/transactions/{part(transaction_id)}", {}, Transaction)

    def find(self, **params: Unpack[FindTransactionParams]) -> Transaction:
        """Find a transaction by its external id.

        By its external id; `program_id` is needed where several programs have one. Needs the
        scope read.
        """
        return self._api.read("/v1/transactions", params, Transaction)

    def commit(self, transaction_id: str, **params: Unpack[CommitTransactionParams]) -> Transaction:
        """Make a temporary transaction final.

        Without an amount the whole of it. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/commit", params, Transaction
        )

    def release(
        self, transaction_id: str, **params: Unpack[ReleaseTransactionParams]
    ) -> Transaction:
        """Roll a temporary transaction back.

        What it reserved or promised is free again. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/release", params, Transaction
        )

    def cancel(self, transaction_id: str, **params: Unpack[CancelTransactionParams]) -> Transaction:
        """Cancel a transaction, whole or in part.

        Without an amount all that is left of it. Needs the scope ledger:cancel.
        """
        return self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/cancel", params, Transaction
        )

    def activate(
        self, transaction_id: str, **params: Unpack[ActivateTransactionParams]
    ) -> Transaction:
        """Make pending points available now.

        Whatever date the pending points had. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/activate", params, Transaction
        )

    def expire(self, transaction_id: str, **params: Unpack[ExpireTransactionParams]) -> Transaction:
        """Let available points expire now.

        Whatever date the available points had. Needs the scope ledger:write.
        """
        return self._api.write(
            "POST", f"/v1/transactions/{part(transaction_id)}/expire", params, Transaction
        )

    def allocations(self, transaction_id: str, **params: Unpack[PageParams]) -> Pages[Allocation]:
        """List what a transaction moved.

        All that the transaction moved, lot by lot, in their order. Needs the scope read.
        """
        return self._api.pages(
            f"/v1/transactions/{part(transaction_id)}/allocations", params, Allocation
        )

    def postings(self, transaction_id: str, **params: Unpack[PageParams]) -> Pages[Posting]:
        """List the postings of a transaction.

        All postings of the transaction, in their order. Needs the scope read.
        """
        return self._api.pages(f"/v1/transactions/{part(transaction_id)}/postings", params, Posting)


class TransfersResource:
    """Points that move to another account."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def create(self, **params: Unpack[CreateTransferParams]) -> Transfer:
        """Move points to another account.

        Both accounts belong to one program; lots keep their expiry. Needs the scope
        ledger:write.
        """
        return self._api.write("POST", "/v1/transfers", params, Transfer)


class BulkResource:
    """Many writes in one request."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def run(self, **params: Unpack[RunBulkParams]) -> Bulk:
        """Many writes in one request.

        All or none, or each by itself. Cancels need the scope ledger:cancel, others
        ledger:write.
        """
        return self._api.write("POST", "/v1/bulk", params, Bulk)
