"""What operations take: ledger.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict

from stampbook_client.models.words import BulkOperationOp, TransactionType
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class BulkOperationInput(TypedDict, total=False):
    """One write: `op` (or `type`) says which, the other fields are those of the single call.

    `account_id` belongs to accrue, redeem, hold and adjust, the account ids of both sides to
    transfer, `transaction_id` to the others.
    """

    op: BulkOperationOp
    type: BulkOperationOp
    account_id: str
    transaction_id: str
    from_account_id: str
    to_account_id: str
    amount: Amount | None
    activates_at: Instant | None
    expires_at: Instant | None
    temporary: bool
    timeout_s: int | None
    lot_id: str | None
    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None


class CreateAccountParams(WriteOptions, total=False):
    """Of `accounts.create`."""

    member_id: Required[str]
    currency_id: Required[str]
    number: str | None


class GetBalanceParams(TypedDict, total=False):
    """Of `accounts.balance`."""

    as_of: Instant
    """an instant, past or future; without it now."""


class GetExplanationParams(TypedDict, total=False):
    """Of `accounts.explanation`."""

    as_of: Instant
    """an instant, past or future; without it now."""
    language: str
    """en (the default) or ru."""


class ListLotsParams(PageParams, total=False):
    """Of `accounts.lots`."""

    state: str
    """only those with points in this state."""


class ListTransactionsParams(PageParams, total=False):
    """Of `accounts.transactions`."""

    from_: Instant
    """recorded at or after this instant."""
    to: Instant
    """recorded before this instant."""
    type: str
    """of this type only."""
    user_id: str
    """only what this person did."""
    api_key_id: str
    """only what came by this key."""


class MoveParams(WriteOptions, total=False):
    """What any movement of points may have."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None
    activates_at: Instant | None
    expires_at: Instant | None
    temporary: bool
    """Without it: `false`."""
    timeout_s: int | None
    lot_id: str | None


class CreateTransactionParams(MoveParams, total=False):
    """Of `accounts.transact`."""

    type: Required[TransactionType]
    amount: Required[Amount]


class GetStatementParams(TypedDict, total=False):
    """Of `accounts.statement`."""

    from_: Instant
    """only transactions of this instant or later."""
    to: Instant
    """only transactions before this instant."""
    language: str
    """en (without it) or ru."""


class FindTransactionParams(TypedDict, total=False):
    """Of `transactions.find`."""

    external_id: Required[str]
    """the external id."""
    program_id: str
    """the program, where several have such an id."""


class CommitTransactionParams(WriteOptions, total=False):
    """Of `transactions.commit`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None
    amount: Amount | None


class ReleaseTransactionParams(WriteOptions, total=False):
    """Of `transactions.release`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None


class CancelTransactionParams(WriteOptions, total=False):
    """Of `transactions.cancel`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None
    amount: Amount | None


class ActivateTransactionParams(WriteOptions, total=False):
    """Of `transactions.activate`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None


class ExpireTransactionParams(WriteOptions, total=False):
    """Of `transactions.expire`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None


class CreateTransferParams(WriteOptions, total=False):
    """Of `transfers.create`."""

    external_id: str | None
    reason: str | None
    effective_at: Instant | None
    metadata: Mapping[str, Any] | None
    from_account_id: Required[str]
    to_account_id: Required[str]
    amount: Required[Amount]


class RunBulkParams(WriteOptions, total=False):
    """Of `bulk.run`."""

    operations: Required[Sequence[BulkOperationInput]]
    atomic: bool
    """Without it: `false`."""
