"""Reports and statements in answers, as JSON and as tables."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from stampbook.dialects.amounts import NUMBER, Written
from stampbook.dialects.native.wire.values import Instant

Cells = Iterator[Sequence[object]]

Rate = Annotated[str, Meta(description="Six digits after the point", extra_json_schema=NUMBER)]
Money = Annotated[str, Meta(description="A sum of money", extra_json_schema=NUMBER)]
Month = Annotated[str, Meta(description="A month of the program's time zone", examples=["2026-12"])]


class MonthShape(Struct, frozen=True):
    """What expires in a month; `month` is null for what never expires."""

    month: Month | None
    outstanding: Written


class LiabilityReport(Struct, frozen=True):
    """What the accounts of a currency have at `as_of`.

    `outstanding` is the sum of `available`, `pending` and `held`, and of `by_expiry`. `net` is the
    sum of the totals of all accounts, `accounts` how many of these are not zero. `value` is what
    the outstanding points are worth, null without a `unit_value` of the currency.
    """

    as_of: Instant
    currency_id: str
    available: Written
    pending: Written
    held: Written
    outstanding: Written
    deficit: Written
    net: Written
    accounts: int
    by_expiry: Sequence[MonthShape]
    value: Money | None


class ExpiringShape(Struct, frozen=True):
    """What expires in the period from `begins_at` to before `ends_at`, unless it is spent.

    `amount` is what is available or pending, `held` what is held, of `lots` in `accounts`.
    """

    begins_at: Instant
    ends_at: Instant
    amount: Written
    held: Written
    lots: int
    accounts: int


class ExpiringReport(Struct, frozen=True):
    as_of: Instant
    currency_id: str
    resolution: str
    data: Sequence[ExpiringShape]


class HeldShape(Struct, frozen=True):
    """What an account has of a lot, or owes (then without a lot)."""

    lot_id: str | None
    account_id: str
    available: Written
    pending: Written
    held: Written
    deficit: Written
    expires_at: Instant | None


class ActivityShape(Struct, frozen=True):
    """What moved in the period from `begins_at` to before `ends_at`.

    `closing` is `opening` and what was issued, returned and reinstated, less what was redeemed, has
    expired or was revoked; `closing_deficit` is `opening_deficit` and what was created, less what
    was paid or cancelled. These four are null with `by=effective`.
    """

    begins_at: Instant
    ends_at: Instant
    opening: Written | None
    issued: Written
    returned: Written
    reinstated: Written
    redeemed: Written
    expired: Written
    revoked: Written
    closing: Written | None
    activated: Written
    held: Written
    released: Written
    transferred: Written
    opening_deficit: Written | None
    deficit_created: Written
    deficit_paid: Written
    deficit_cancelled: Written
    closing_deficit: Written | None
    transactions: int
    cancels: int
    accounts: int
    new_members: int


class ActivityReport(Struct, frozen=True):
    as_of: Instant
    currency_id: str
    resolution: str
    by: Literal["recorded", "effective"]
    data: Sequence[ActivityShape]


class BreakageShape(Struct, frozen=True):
    """What became of the lots that were given for the period from `begins_at` to before `ends_at`.

    `issued` is the sum of `revoked`, `spent`, `expired` and `open`. `rate` is `expired` in
    proportion to what was issued and not revoked, null if that is nothing. `mature`: nothing is
    open.
    """

    begins_at: Instant
    ends_at: Instant
    issued: Written
    revoked: Written
    spent: Written
    expired: Written
    open: Written
    rate: (
        Annotated[str, Meta(description="Six digits after the point", extra_json_schema=NUMBER)]
        | None
    )
    mature: bool


class BreakageReport(Struct, frozen=True):
    as_of: Instant
    currency_id: str
    resolution: str
    data: Sequence[BreakageShape]


class LineShape(Struct, frozen=True):
    """A transaction: what it did to the active balance, and that balance after it."""

    at: Instant
    transaction_id: str
    type: str
    text: Annotated[str, Meta(description="A sentence in the language asked for")]
    effect: Written
    balance_after: Written


class StatementShape(Struct, frozen=True):
    """What changed an account from `from` to before `to`, oldest first.

    `opening` and each `effect` add up to the next `balance_after`, and the last one is `closing`.
    """

    account_id: str
    currency_id: str
    as_of: Instant
    opening: Written
    rows: Sequence[LineShape]
    closing: Written


# -- tables ----------------------------------------------------------------------------------

SUMS: Final = ("available", "pending", "held", "outstanding", "deficit", "net", "accounts", "value")


def liability_cells(report: LiabilityReport) -> Cells:
    """A line for each figure, and for each month."""
    yield "as_of", "currency_id", "figure", "month", "amount"
    for name in SUMS:
        yield report.as_of, report.currency_id, name, None, getattr(report, name)
    for each in report.by_expiry:
        month = each.month or "never"
        yield report.as_of, report.currency_id, "by_expiry", month, each.outstanding


def period_cells(report: ExpiringReport | ActivityReport | BreakageReport) -> Cells:
    """A line for each period."""
    shape = {
        ExpiringReport: ExpiringShape,
        ActivityReport: ActivityShape,
        BreakageReport: BreakageShape,
    }[type(report)]
    yield "as_of", "currency_id", *shape.__struct_fields__
    for each in report.data:
        yield report.as_of, report.currency_id, *map(_plain, _values(each))


def _values(each: Struct) -> list[object]:
    return [getattr(each, name) for name in each.__struct_fields__]


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def statement_cells(statement: StatementShape) -> Cells:
    """The opening balance, a line for each transaction, and the closing balance."""
    yield LineShape.__struct_fields__
    yield None, None, "opening", None, None, statement.opening
    for each in statement.rows:
        yield _values(each)
    yield None, None, "closing", None, None, statement.closing
