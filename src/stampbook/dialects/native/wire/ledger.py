"""Bodies of the writes of the ledger."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from stampbook.dialects.native.wire.values import Amount, Id, Instant, Metadata, When

MAX_REASON = 1_000
Reason = Annotated[str, Meta(min_length=1, max_length=MAX_REASON)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=255)]
Timeout = Annotated[int, Meta(ge=1, le=10 * 366 * 86_400)]
"""A temporary transaction lives at most ten years."""


class Note(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may be written beside any transaction."""

    external_id: ExternalId | None = None
    reason: Reason | None = None
    effective_at: Instant | None = None
    metadata: Metadata | None = None


class TransactionBody(Note, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A movement of points.

    `activates_at`, `expires_at`, `temporary`: of an accrual (or a credit by `adjust`).
    `expires_at` may be "never", `activates_at` "event". `timeout_s`: of what is temporary.
    `adjust` needs a reason; a negative amount takes points; `lot_id` reinstates what expired of
    that lot.
    """

    type: Literal["accrue", "redeem", "hold", "adjust"]
    amount: Amount
    activates_at: When | None = None
    expires_at: When | None = None
    temporary: bool = False
    timeout_s: Timeout | None = None
    lot_id: Id | None = None


class CommitBody(Note, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without an amount: all of it."""

    amount: Amount | None = None


class CancelBody(Note, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Without an amount: all that is left of it."""

    amount: Amount | None = None


class TransferBody(Note, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Move available points to another account of the program; lots keep their expiry."""

    from_account_id: Id
    to_account_id: Id
    amount: Amount
