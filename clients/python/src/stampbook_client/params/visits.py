"""What operations take: visits.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict

from stampbook_client.models.words import VisitAttendance, VisitLineKind
from stampbook_client.values import Amount, Instant, WriteOptions


class VisitLineInput(TypedDict, total=False):
    """A service or a good. `price` is that of the whole line before `discount_percent`; `cost` is
    what it costs after it, and follows from the two unless it is given.

    `id` names a line that is to be changed. `item` is the caller's number of the service or
    good.
    """

    kind: Required[VisitLineKind]
    price: Required[Amount]
    id: str | None
    item: int
    """Without it: `0`."""
    title: str
    """Without it: `""`."""
    quantity: Amount
    """Without it: `1`."""
    discount_percent: Amount
    """Without it: `0`."""
    cost: Amount | None
    staff: int
    """Without it: `0`."""


class CreateVisitParams(WriteOptions, total=False):
    """Of `visits.create`."""

    location_id: Required[str]
    member_id: str | None
    starts_at: Instant | None
    length_s: int
    """Without it: `3600`."""
    staff: int
    """Without it: `0`."""
    attendance: VisitAttendance
    """Without it: `"waiting"`."""
    comment: str
    """Without it: `""`."""
    lines: Sequence[VisitLineInput]
    """Without it: `[]`."""


class ChangeVisitParams(WriteOptions, total=False):
    """Of `visits.update`."""

    attendance: VisitAttendance
    comment: str
    lines: Sequence[VisitLineInput]


class AddPaymentParams(WriteOptions, total=False):
    """Of `visits.add_payment`."""

    amount: Required[Amount]
    desk: int
    """Without it: `1`."""
    comment: str
    """Without it: `""`."""


class WithdrawParams(WriteOptions, total=False):
    """Of `visits.withdraw`."""

    account_id: Required[str]
    amount: Required[Amount]


class CancelWithdrawalParams(WriteOptions, total=False):
    """Of `visits.cancel_withdrawal`."""

    reason: str
    """why, for the journal: 1 to 1,000 characters."""
