"""Saved answers of Altegio (YCLIENTS): of clients, of a client's cards, of a chain's transactions.

Cards do not say whose they are: `client_id` can be put beside `data`. Transactions name their card,
which the answer about cards brings.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from stampbook.files.reading.columns import METADATA, Kind, Sheet
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.vendors import Translated
from stampbook.files.vendors.documents import wanted

TYPES: Final = {
    "2": "accrue",
    "3": "redeem",
    "4": "accrue",
    "5": "accrue",
    "6": "redeem",
    "7": "redeem",
}
"""What the types of transactions do to a card: 2 accrual, 3 withdrawal, 4 referral, 5 and 6 by
hand, 7 points that expired. All others do nothing to it."""

EXPIRED: Final = "7"
MAX_TYPE: Final = 11
NUMBERED: Final = 8
"""Digits of the chain's and the card's id in a number that the vendor has made."""

KEPT: Final = ("surname", "patronymic", "birth_date", "sex", "comment")
"""What is kept of a client as metadata."""


NAMES: Final = {
    Kind.MEMBERS: {"external_id": "id"},
    Kind.BALANCES: {
        "currency": "type_id", "external_id": "client_id", "card_number": "number",
        "amount": "balance",
    },
    Kind.TRANSACTIONS: {
        "currency": "card_id", "member_external_id": "card_id", "card_number": "card_id",
        "external_id": "id", "at": "created_date", "activates_at": "created_date",
    },
}  # fmt: skip
"""The fields of answers by the columns of ours that they become."""


class _Any(Sheet):
    """Answers have many fields, of which some are read."""

    def has(self, column: str) -> bool:
        return True


class Altegio:
    """See the module."""

    sheets: Mapping[Kind, Sheet] = MappingProxyType(
        dict.fromkeys((Kind.MEMBERS, Kind.BALANCES, Kind.TRANSACTIONS), _Any(()))
    )
    columns: Mapping[Kind, Mapping[str, str]] = MappingProxyType(NAMES)

    def order(self, kind: Kind, cells: Mapping[str, Any]) -> tuple[str, int]:
        """Movements from the oldest to the newest; everything else as it comes."""
        if kind is not Kind.TRANSACTIONS:
            return "", 0
        number = cells.get("id")
        return str(cells.get("created_date") or ""), number if isinstance(number, int) else 0

    def currency(self, cells: Mapping[str, Any]) -> str | None:
        """The type of the card; transactions do not say it."""
        if "balance" not in cells:
            return None
        kind = cells.get("type")
        title = kind.get("title") if isinstance(kind, dict) else None
        return str(title) if title else wanted(cells, "type_id")

    def row(self, kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated | None:
        """See Vendor."""
        if kind is Kind.TRANSACTIONS:
            return _transaction(cells, currency)
        if kind is Kind.BALANCES or ("balance" in cells and "number" in cells):
            return _card(kind, cells, currency)
        return _client(cells)


def _client(cells: Mapping[str, Any]) -> Translated:
    number = wanted(cells, "id")
    if not number:
        raise Wrong("required", "must not be empty", column="id")
    row: dict[str, Any] = {"external_id": number}
    for column in ("name", "phone", "email"):
        row[column] = wanted(cells, column)
    for column in KEPT:
        if value := cells.get(column):
            row[f"{METADATA}{column}"] = value
    return Translated(Kind.MEMBERS, row)


def _card(kind: Kind, cells: Mapping[str, Any], currency: str) -> Translated:
    card, number, balance = (wanted(cells, name) for name in ("id", "number", "balance"))
    if not card or balance is None:
        column = "balance" if card else "id"
        raise Wrong("required", "must not be empty", column=column)
    client = wanted(cells, "client_id")
    row = {"external_id": client or number or card, "card_number": number, "currency": currency}
    amount = _amount(balance)
    if amount == "0" or kind is Kind.MEMBERS:
        return Translated(Kind.MEMBERS, row, card_id=card)
    return Translated(Kind.BALANCES, {**row, "amount": amount}, card_id=card)


def _transaction(cells: Mapping[str, Any], currency: str) -> Translated | None:
    word = wanted(cells, "type_id")
    if word is None or not word.isdigit() or not 1 <= int(word) <= MAX_TYPE:
        raise Wrong("type", f"must be a number from 1 to {MAX_TYPE}", column="type_id")
    if word not in TYPES:
        return None
    card = wanted(cells, "card_id")
    if not card or card == "0":
        raise Wrong("required", "must not be empty", column="card_id")
    chain = wanted(cells, "salon_group_id") or ""
    row = {
        "member_external_id": card,
        "card_number": f"{chain:0>{NUMBERED}}{card:0>{NUMBERED}}" if chain else None,
        "currency": currency,
        "external_id": wanted(cells, "id"),
        "type": TYPES[word],
        "amount": _amount(wanted(cells, "amount")),
        "at": wanted(cells, "created_date"),
    }
    if TYPES[word] == "accrue":
        row["activates_at"] = row["at"]
    return Translated(Kind.TRANSACTIONS, row, card_id=card, expires=word == EXPIRED)


def _amount(text: str | None) -> str | None:
    """Without the zeros behind the point, which say nothing: the API has numbers, no texts."""
    if text is None or "." not in text or "e" in text.casefold():
        return text
    return text.rstrip("0").removesuffix(".")
