"""The export of transactions of Altcraft's loyalty module (6.4 of its specification).

The amounts of rows are positive; what they mean follows from the type. A temporary transaction is
not imported itself: of an accrual its commit is, and of a redemption what was committed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from stampbook.files.reading.columns import Kind, Sheet
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.vendors import Translated, only

COLUMNS: Final = (
    "profile_id", "points_currency_iid", "transaction_id", "transaction_eid", "created_at",
    "transaction_type", "amount", "balance_before", "balance_after", "promo_iid", "promo_eid",
    "description", "activation_date", "expiration_date", "source_type", "source_iid", "source_sid",
    "is_temp", "status", "related_transaction_id",
)  # fmt: skip

REQUIRED: Final = (
    "profile_id", "points_currency_iid", "transaction_id", "created_at", "transaction_type",
    "amount",
)  # fmt: skip

TYPES: Final = {
    "accrual": "accrue",
    "redemption": "redeem",
    "cancellation": "cancel",
    "expiration": "redeem",
    "activation": "",
    "rollback": "",
}
"""What moves points, by the vendor's type. Activations follow from the dates of accruals, and what
is rolled back was not imported."""


NAMES: Final = {
    "currency": "points_currency_iid",
    "member_external_id": "profile_id",
    "external_id": "transaction_id",
    "type": "transaction_type",
    "at": "created_at",
    "activates_at": "activation_date",
    "expires_at": "expiration_date",
    "cancels": "related_transaction_id",
    "reason": "description",
}
"""The vendor's columns by those of ours that they become."""


class Altcraft:
    """See the module."""

    sheets: Mapping[Kind, Sheet] = MappingProxyType(
        {Kind.TRANSACTIONS: Sheet(COLUMNS, REQUIRED, open=None)}
    )
    columns: Mapping[Kind, Mapping[str, str]] = MappingProxyType({Kind.TRANSACTIONS: NAMES})

    def currency(self, cells: Mapping[str, Any]) -> str | None:
        """See Vendor."""
        return cells.get("points_currency_iid") or None

    def row(self, kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated | None:
        """See Vendor."""
        word = cells.get("transaction_type")
        becomes = only(word, TYPES, "transaction_type")
        if not becomes or _is_left_out(str(word), cells):
            return None
        row: dict[str, Any] = {
            "member_external_id": cells.get("profile_id"),
            "currency": currency,
            "external_id": _name(str(word), cells),
            "type": becomes,
            "amount": cells.get("amount"),
            "at": cells.get("created_at"),
            "reason": cells.get("description"),
        }
        if becomes == "accrue":
            row["activates_at"] = cells.get("activation_date") or cells.get("created_at")
            row["expires_at"] = cells.get("expiration_date") or "never"
        if becomes == "cancel":
            row["cancels"] = cells.get("related_transaction_id")
        return Translated(kind, row, expires=word == "expiration")


def _name(word: str, cells: Mapping[str, Any]) -> str | None:
    """By what later rows cancel it: what a commit has made is known by what it has committed."""
    committed = cells.get("related_transaction_id") if word == "accrual" else None
    return committed or cells.get("transaction_id")


def _is_left_out(word: str, cells: Mapping[str, Any]) -> bool:
    """Whether another row says what it does. Raises Wrong for what is not certain yet."""
    status = cells.get("status") or ""
    is_temporary = str(cells.get("is_temp") or "").casefold() in ("true", "1")
    if is_temporary and status == "temporary":
        raise Wrong("temporary", "is not committed yet, nor rolled back", column="status")
    if word == "accrual":
        return is_temporary
    if word == "redemption":
        is_commit = not is_temporary and bool(cells.get("related_transaction_id"))
        return is_commit or status == "rolled_back"
    return False
