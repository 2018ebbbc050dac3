"""The exports of Voucherify: vouchers (loyalty cards), their transactions, and when points expire.

The latter two say whose a row is by the voucher's id alone, which the vouchers' own file brings.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import DecodeError
from msgspec.json import decode

from stampbook.files.reading.columns import METADATA, Kind, Sheet
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.vendors import Translated, only

VOUCHERS: Final = (
    "id", "code", "loyalty_balance", "customer_source_id", "customer_id", "customer_name",
    "customer_email", "customer_phone", "campaign", "campaign_id", "metadata", "active", "category",
    "voucher_type", "type", "value", "discount_type", "discount_amount_limit",
    "discount_unit_type", "discount_unit_effect", "gift_balance", "start_date", "expiration_date",
    "validity_timeframe", "validity_day_of_week", "redemption_quantity", "redemption_count",
    "qr_code", "bar_code", "is_referral_code", "created_at", "updated_at", "additional_info",
)  # fmt: skip

TRANSACTIONS: Final = (
    "id", "voucher_id", "campaign", "campaign_id", "type", "amount", "balance",
    "related_transaction_id", "created_at", "details", "source", "source_id", "status", "reason",
)  # fmt: skip

EXPIRATIONS: Final = (
    "id", "voucher_id", "campaign", "campaign_id", "points", "status", "expires_at", "created_at",
    "updated_at",
)  # fmt: skip

TYPES: Final = {
    "POINTS_ACCRUAL": "accrue",
    "POINTS_ADDITION": "accrue",
    "POINTS_TRANSFER_IN": "accrue",
    "PENDING_POINTS_ACTIVATION": "accrue",
    "POINTS_REFUND": "cancel",
    "POINTS_REDEMPTION": "redeem",
    "POINTS_REMOVAL": "redeem",
    "POINTS_TRANSFER_OUT": "redeem",
    "POINTS_EXPIRATION": "redeem",
}

LOYALTY: Final = "LOYALTY_CARD"
OPEN: Final = ("", "ACTIVE")


_CARD: Final = {
    "currency": "campaign",
    "external_id": "customer_source_id",
    "card_number": "code",
    "amount": "loyalty_balance",
    "email": "customer_email",
    "phone": "customer_phone",
    "name": "customer_name",
}

NAMES: Final = {
    Kind.MEMBERS: _CARD,
    Kind.BALANCES: _CARD,
    Kind.LOTS: {
        "currency": "campaign_id",
        "external_id": "voucher_id",
        "lot_id": "id",
        "amount": "points",
        "issued_at": "created_at",
    },
    Kind.TRANSACTIONS: {
        "currency": "campaign_id",
        "member_external_id": "voucher_id",
        "external_id": "id",
        "at": "created_at",
        "activates_at": "created_at",
        "cancels": "related_transaction_id",
    },
}
"""The vendor's columns by those of ours that they become."""


class Voucherify:
    """See the module."""

    sheets: Mapping[Kind, Sheet] = MappingProxyType(
        {
            Kind.MEMBERS: Sheet(VOUCHERS, ("code",)),
            Kind.BALANCES: Sheet(VOUCHERS, ("code", "loyalty_balance")),
            Kind.LOTS: Sheet(EXPIRATIONS, ("id", "voucher_id", "points", "expires_at"), open=None),
            Kind.TRANSACTIONS: Sheet(
                TRANSACTIONS, ("id", "voucher_id", "type", "amount", "created_at"), open=None
            ),
        }
    )
    columns: Mapping[Kind, Mapping[str, str]] = MappingProxyType(NAMES)

    def currency(self, cells: Mapping[str, Any]) -> str | None:
        """See Vendor."""
        return cells.get("campaign") or cells.get("campaign_id") or None

    def row(self, kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated | None:
        """See Vendor."""
        if kind is Kind.TRANSACTIONS:
            return _transaction(cells, currency)
        if kind is Kind.LOTS:
            return _expiration(cells, currency)
        return _voucher(kind, cells, currency)


def _voucher(kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated | None:
    if (cells.get("voucher_type") or cells.get("type") or LOYALTY) != LOYALTY:
        return None
    code = cells.get("code")
    row: dict[str, Any] = {
        "external_id": cells.get("customer_source_id") or cells.get("customer_id") or code,
        "card_number": code,
        "currency": currency,
        **_metadata(cells),
    }
    for column in ("name", "email", "phone"):
        row[column] = cells.get(f"customer_{column}")
    balance = str(cells.get("loyalty_balance") or "")
    if kind is Kind.BALANCES and balance.strip().strip("0.,"):
        row["amount"] = balance
    elif kind is Kind.BALANCES and not balance.strip():
        raise Wrong("required", "must not be empty", column="loyalty_balance")
    else:
        kind = Kind.MEMBERS
    return Translated(kind, row, card_id=cells.get("id") or None)


def _metadata(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of metadata; there is one with all of it as JSON, or one for each key."""
    found = {name: value for name, value in cells.items() if name.startswith(METADATA)}
    text = cells.get("metadata")
    if not text:
        return found
    try:
        whole = decode(text)
    except (DecodeError, RecursionError):
        raise Wrong("metadata", "is not JSON", column="metadata") from None
    if not isinstance(whole, dict):
        raise Wrong("metadata", "must be an object", column="metadata")
    return {**{f"{METADATA}{key}": value for key, value in whole.items()}, **found}


def _expiration(cells: Mapping[str, Any], currency: str) -> Translated | None:
    if str(cells.get("status") or "").upper() not in OPEN:
        return None
    row = {
        "external_id": cells.get("voucher_id"),
        "currency": currency,
        "lot_id": cells.get("id"),
        "amount": cells.get("points"),
        "issued_at": cells.get("created_at"),
        "expires_at": cells.get("expires_at"),
    }
    return Translated(Kind.LOTS, row, card_id=cells.get("voucher_id"))


def _transaction(cells: Mapping[str, Any], currency: str) -> Translated | None:
    word = cells.get("type")
    becomes = only(word, TYPES, "type")
    related = cells.get("related_transaction_id")
    if becomes == "cancel" and not related:
        becomes = "accrue"  # of a redemption that the export does not name
    amount = str(cells.get("amount") or "")
    if becomes != "accrue":
        amount = amount.removeprefix("-")
    row = {
        "member_external_id": cells.get("voucher_id"),
        "currency": currency,
        "external_id": cells.get("id"),
        "type": becomes,
        "amount": amount,
        "at": cells.get("created_at"),
        "reason": cells.get("reason"),
    }
    if becomes == "accrue":
        row["activates_at"] = cells.get("created_at")
    if becomes == "cancel":
        row["cancels"] = related
    expires = word == "POINTS_EXPIRATION"
    return Translated(Kind.TRANSACTIONS, row, card_id=cells.get("voucher_id"), expires=expires)
