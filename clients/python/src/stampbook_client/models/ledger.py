"""What the API answers: ledger.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from stampbook_client.models.words import (
    AccountStatus,
    ExplanationPartKind,
    PointsState,
    TransactionStatus,
)


class Account(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    member_id: str
    currency_id: str
    number: str | None
    primary: bool
    status: AccountStatus
    created_at: datetime
    merged_into: str | None = None


class Lifetime(Struct, frozen=True, kw_only=True):
    issued: Decimal
    spent: Decimal
    expired: Decimal
    revoked: Decimal
    restored: Decimal


class Upcoming(Struct, frozen=True, kw_only=True):
    at: datetime
    amount: Decimal


class Balance(Struct, frozen=True, kw_only=True):
    """What a member has at `as_of`; docs/concepts/semantics.md §2 defines the figures."""

    account_id: str
    currency_id: str
    as_of: datetime
    active: Decimal
    pending: Decimal
    held: Decimal
    total: Decimal
    deficit: Decimal
    lifetime: Lifetime
    next_expiration: Upcoming | None
    next_activation: Upcoming | None


class ExplanationPart(Struct, frozen=True, kw_only=True):
    """What a lot, a hold or a debt adds to the balance, or takes from it.

    `lot_id` is null for holds and debts; `transaction_id` is the accrual of a lot, or what
    holds or owes.
    """

    kind: ExplanationPartKind
    lot_id: str | None
    transaction_id: str
    amount: Decimal
    text: str


class ExplanationChange(Struct, frozen=True, kw_only=True):
    """A transaction in words; `effect` is what it did to the active balance."""

    transaction_id: str
    at: datetime
    effect: Decimal
    text: str


class Explanation(Struct, frozen=True, kw_only=True):
    """Why the balance is what it is at `as_of`.

    The parts of the kind `lot` less those of the kind `deficit` are the active balance, to the
    last digit; `sum` says so. `changes` are the newest transactions, newest first, at most 20.
    """

    account_id: str
    as_of: datetime
    balance: Balance
    sum: str
    parts: list[ExplanationPart]
    changes: list[ExplanationChange]


class Lot(Struct, frozen=True, kw_only=True):
    """Points that arrived together, split over the states."""

    id: str
    account_id: str
    seq: int
    accrued_by: str
    issued: Decimal
    pending: Decimal
    available: Decimal
    held: Decimal
    spent: Decimal
    expired: Decimal
    revoked: Decimal
    activates_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


class Allocation(Struct, frozen=True, kw_only=True):
    """An amount of a lot that moved; `lot_id` is null for what no lot pays (`owed`)."""

    lot_id: str | None
    amount: Decimal
    from_: PointsState = field(name="from")
    to: PointsState
    expires_at: datetime | None


class ForwardedLink(Struct, frozen=True, kw_only=True):
    """An account, and a row of its journal."""

    account_id: str
    transaction_id: str


class Forwarded(Struct, frozen=True, kw_only=True):
    """What a late cancel on a merged account gave to (negative: took from) the account that has
    the points now, and the last row there. `via`: the merged accounts on the way, in their
    order, if there are any, and the last row on each."""

    account_id: str
    transaction_id: str
    amount: Decimal
    via: list[ForwardedLink] | None = None


class Posting(Struct, frozen=True, kw_only=True):
    """The smallest fact; `transaction_id` is the redemption or hold that it pays or unpays."""

    lot_id: str | None
    amount: Decimal
    from_: PointsState = field(name="from")
    to: PointsState
    transaction_id: str | None


class Transaction(Struct, frozen=True, kw_only=True):
    """A row of an account's journal.

    In the answer to a write `status` is that of the moment of writing. The fields after
    `approved_by` are there where they mean something; those from `cancelled_by` on when a
    transaction is read. `api_key_id`, `user_id`, `dialect` and `request_id` are whose request
    it was, by which API; null for what the clock did and in rows of earlier releases.
    `approved_by` is the second person, and null in the answer to a write.
    """

    id: str
    account_id: str
    seq: int
    type: str
    amount: Decimal
    effect: Decimal
    status: TransactionStatus
    balance_before: Decimal
    balance_after: Decimal
    cancels: str | None
    external_id: str | None
    reason: str | None
    actor: str | None
    effective_at: datetime
    created_at: datetime
    metadata: dict[str, Any]
    allocations: list[Allocation]
    shortfall: Decimal
    api_key_id: str | None = None
    user_id: str | None = None
    dialect: str | None = None
    request_id: str | None = None
    approved_by: str | None = None
    allocations_truncated: bool | None = None
    more_allocations: int | None = None
    commits: str | None = None
    releases: str | None = None
    activates: str | None = None
    expires: str | None = None
    transfer: str | None = None
    deadline_at: datetime | None = None
    by_clock: bool | None = None
    already_cancelled: bool | None = None
    forwarded: Forwarded | None = None
    cancelled_by: str | None = None
    cancelled_amount: Decimal | None = None
    committed_by: str | None = None
    released_by: str | None = None
    postings: list[Posting] | None = None
    more_postings: int | None = None


class StatementLine(Struct, frozen=True, kw_only=True):
    """A transaction: what it did to the active balance, and that balance after it."""

    at: datetime
    transaction_id: str
    type: str
    text: str
    effect: Decimal
    balance_after: Decimal


class Statement(Struct, frozen=True, kw_only=True):
    """What changed an account from `from` to before `to`, oldest first.

    `opening` and each `effect` add up to the next `balance_after`, and the last one is
    `closing`.
    """

    account_id: str
    currency_id: str
    as_of: datetime
    opening: Decimal
    rows: list[StatementLine]
    closing: Decimal


class Transfer(Struct, frozen=True, kw_only=True):
    """Both legs of a transfer."""

    from_: Transaction = field(name="from")
    to: Transaction


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong with one part of a request.

    `pointer` is a JSON pointer into the body; `parameter` the name of a query parameter, a
    header or a part of the path.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(Struct, frozen=True, kw_only=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]
    request_id: str | None = None
    active: Decimal | None = None
    related_transaction_id: str | None = None
    account_id: str | None = None
    limit: Decimal | None = None
    used: Decimal | None = None
    asked: Decimal | None = None
    index: int | None = None
    used_by: list[str] | None = None
    pairs: list[list[str]] | None = None


class BulkResult(Struct, frozen=True, kw_only=True):
    """What the single call would have answered: its status, and its body under one name."""

    index: int
    status: int
    transaction: Transaction | None = None
    transfer: Transfer | None = None
    problem: Problem | None = None
    replayed: bool | None = None


class Bulk(Struct, frozen=True, kw_only=True):
    """Results in the order of the operations."""

    atomic: bool
    results: list[BulkResult]
