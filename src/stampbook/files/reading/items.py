"""Rows as values: what a row says, with all checks that need no database."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from msgspec.json import Encoder

from stampbook.domain.model import FOREVER
from stampbook.files.reading.columns import (
    MEMBER_EXTERNAL_ID,
    METADATA,
    REQUIRED,
    SHEETS,
    Kind,
    Sheet,
    is_known,
    who_columns,
)
from stampbook.files.reading.dates import Calendar, read_date, read_expiry
from stampbook.files.reading.faults import Wrong
from stampbook.files.reading.numbers import read_amount
from stampbook.files.reading.options import Options
from stampbook.files.reading.vendors import Vendor

MAX_NAME: Final = 255
MAX_REASON: Final = 1_000
MAX_METADATA: Final = 4 * 1024
STATUSES: Final = ("active", "inactive")
TYPES: Final = ("accrue", "redeem", "adjust", "cancel")
EXPIRE: Final = "expire"
"""The type of what expired with a vendor; our own files do not say it."""

BLANKS: Final = " \t"
_NUL: Final = re.compile("\0")
_encode: Final = Encoder(order="deterministic").encode


class Unit(NamedTuple):
    """A currency of the program, as rows name it."""

    currency: int
    code: str
    scale: int


class Terms(NamedTuple):
    """By what rows are read: the currencies of the program by the names that rows may use, its
    zone, and what the sender has declared. `vendor` is whose file it is, if it is not ours, and
    `foreign` what its first row calls the currency."""

    kind: Kind
    currencies: Mapping[str, Unit]
    timezone: str
    options: Options = Options()
    allow_negative: bool = False
    vendor: Vendor | None = None
    foreign: str | None = None

    @property
    def sheet(self) -> Sheet:
        """The columns of the file."""
        return SHEETS[self.kind] if self.vendor is None else self.vendor.sheets[self.kind]

    def currency_of(self, word: str | None) -> str:
        """Our name for what a vendor's row calls its currency. Raises Wrong."""
        if word is not None:
            for name in (word, f"cur_{int(word):x}" if word.isascii() and word.isdigit() else word):
                if name in self.currencies:
                    return name
        units = {unit.currency: unit.code for unit in self.currencies.values()}
        if len(units) == 1 and word == self.foreign:
            return next(iter(units.values()))
        raise Wrong("unknown_currency", "is no currency of the program, by code or number")

    @property
    def calendar(self) -> Calendar:
        return Calendar(self.timezone, self.options.date_format)


class Person(NamedTuple):
    """Who the row is about. `metadata` is JSON text. What the row does not say is None."""

    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    status: str | None = None
    created_at: int | None = None
    metadata: str | None = None


class Item(NamedTuple):
    """One row. Instants are microseconds UTC, amounts smallest units of the currency.

    `name` is the row's own id, where it has one. `at` is the business instant. What the row does
    not say is None; `expires_at` is FOREVER for what never expires.

    `card_id` is what a vendor calls the card. Of a vendor's history (`historic`), points may have
    expired that later rows still move.
    """

    kind: Kind
    person: Person
    card_number: str | None = None
    unit: Unit | None = None
    amount: int = 0
    name: str | None = None
    type: str = ""
    at: int | None = None
    activates_at: int | None = None
    expires_at: int | None = None
    cancels: str | None = None
    reason: str | None = None
    card_id: str | None = None
    historic: bool = False

    @property
    def digest(self) -> bytes:
        """The same 32 bytes for the same content, however it is written."""
        said = self[1:-2] if self.card_id is None else self[1:-1]
        return sha256(_encode([self.kind.value, *said])).digest()


def read_item(cells: Mapping[str, Any], terms: Terms) -> Item:
    """What the cells say, by column. Raises Wrong, which names the column."""
    return _Reading(cells, terms).item()


def translated(cells: Mapping[str, Any], terms: Terms) -> Item | None:
    """What a vendor's row says; None if there is nothing in it to import. Raises Wrong, which names
    the vendor's column."""
    vendor = terms.vendor
    assert vendor is not None
    for column in cells:
        if not terms.sheet.has(column):
            raise Wrong("unknown_column", f"there is no column {column!r}", column=column)
    names = vendor.columns[terms.kind]
    try:
        currency = terms.currency_of(vendor.currency(cells))
    except Wrong as wrong:
        wrong.column = names.get("currency", "currency")
        raise
    found = vendor.row(terms.kind, cells, currency)
    if found is None:
        return None
    try:
        item = read_item(found.cells, terms._replace(kind=found.kind))
    except Wrong as wrong:
        wrong.column = names.get(wrong.column or "", wrong.column)
        raise
    historic = item.kind is Kind.TRANSACTIONS
    if found.expires:
        item = item._replace(type=EXPIRE)
    return item._replace(card_id=found.card_id, historic=historic)


class _Reading:
    """Reads one row. The column that is being read is the one to blame."""

    def __init__(self, cells: Mapping[str, Any], terms: Terms) -> None:
        self._cells = cells
        self._terms = terms
        self._column: str | None = None

    def item(self) -> Item:
        try:
            return self._item()
        except Wrong as wrong:
            if wrong.column is None:
                wrong.column = self._column
            raise

    def _item(self) -> Item:
        kind = self._terms.kind
        for column in self._cells:
            if not is_known(kind, column):
                raise Wrong("unknown_column", f"there is no column {column!r}", column=column)
        for column in REQUIRED[kind]:
            if not self._word(column):
                raise Wrong("required", "must not be empty")
        person = self._person()
        unit = self._unit()
        card_number = self._short("card_number")
        if card_number is not None and unit is None:
            raise Wrong("required", "a card needs its currency", column="currency")
        item = Item(kind, person, card_number, unit)
        if kind is Kind.MEMBERS or unit is None:
            return item
        item = item._replace(amount=self._amount(unit), expires_at=self._expiry())
        if kind is Kind.TRANSACTIONS:
            return self._transaction(item)
        if kind is Kind.BALANCES:
            return item
        return item._replace(
            name=self._short("lot_id"),
            at=self._date("issued_at"),
            activates_at=self._activation(),
            reason=self._limited("reason", MAX_REASON),
        )

    def _transaction(self, item: Item) -> Item:
        kind = self._word("type") or ""
        if kind not in TYPES:
            raise Wrong("type", f"must be one of {', '.join(TYPES)}")
        cancels = self._short("cancels")
        if (kind == "cancel") != (cancels is not None):
            raise Wrong("cancels", "names what a cancel undoes, and belongs to a cancel alone")
        return item._replace(
            name=self._short("external_id"),
            type=kind,
            at=self._date("at"),
            activates_at=self._activation(),
            expires_at=self._date_or_never("expires_at"),
            cancels=cancels,
            reason=self._limited("reason", MAX_REASON),
        )

    def _person(self) -> Person:
        kind = self._terms.kind
        own = MEMBER_EXTERNAL_ID if kind is Kind.TRANSACTIONS else "external_id"
        found = Person(
            external_id=self._short(own),
            email=self._short("email"),
            phone=self._short("phone"),
            name=self._short("name"),
            status=self._status(),
            created_at=self._date("created_at"),
            metadata=self._metadata(),
        )
        if found.phone is not None and not any(char.isdigit() for char in found.phone):
            raise Wrong("phone", "has no digit", column="phone")
        if not (found.external_id or found.phone or found.email):
            columns = who_columns(kind)
            raise Wrong("required", f"one of {', '.join(columns)} is needed", column=columns[0])
        return found

    def _unit(self) -> Unit | None:
        word = self._word("currency")
        if not word:
            return None
        found = self._terms.currencies.get(word)
        if found is None:
            raise Wrong("unknown_currency", "the program has no such currency")
        return found

    def _amount(self, unit: Unit) -> int:
        text, options = self._word("amount") or "", self._terms.options
        amount = read_amount(
            text, unit.scale, decimal_comma=options.decimal_comma, grouping=options.grouping
        )
        if not amount:
            raise Wrong("zero", "must not be zero")
        kind = self._terms.kind
        adjusts = kind is Kind.TRANSACTIONS and self._word("type") == "adjust"
        self._column = "amount"
        if amount > 0:
            return amount
        if kind is Kind.TRANSACTIONS and not adjusts:
            raise Wrong("negative", "must be positive")
        if not adjusts and not self._terms.allow_negative:
            raise Wrong("negative", "is negative; declare allow_negative")
        return amount

    def _expiry(self) -> int:
        return read_expiry(self._word("expires_at") or "", self._terms.calendar)

    def _date_or_never(self, column: str) -> int | None:
        """None leaves it to the currency."""
        text = self._word(column)
        return read_expiry(text, self._terms.calendar) if text else None

    def _activation(self) -> int | None:
        """`never`: by an event only."""
        text = self._word("activates_at")
        if text and text.casefold() == "never":
            return FOREVER
        return read_date(text, self._terms.calendar) if text else None

    def _date(self, column: str) -> int | None:
        text = self._word(column)
        return read_date(text, self._terms.calendar) if text else None

    def _status(self) -> str | None:
        status = self._word("status")
        if status is not None and status not in STATUSES:
            raise Wrong("status", f"must be one of {', '.join(STATUSES)}")
        return status

    def _metadata(self) -> str | None:
        found: dict[str, Any] = {}
        for column, value in self._cells.items():
            if column.startswith(METADATA) and value not in (None, ""):
                self._column = column
                if isinstance(value, str) and _NUL.search(value):
                    raise Wrong("text", "has a character that no text has")
                found[column.removeprefix(METADATA)] = value
        if not found:
            return None
        text = _encode(found)
        if len(text) > MAX_METADATA:
            raise Wrong("too_long", f"metadata must have at most {MAX_METADATA} bytes")
        return text.decode()

    def _short(self, column: str) -> str | None:
        return self._limited(column, MAX_NAME)

    def _limited(self, column: str, longest: int) -> str | None:
        text = self._text(column)
        if text is not None and len(text) > longest:
            raise Wrong("too_long", f"must have at most {longest} characters")
        return text

    def _word(self, column: str) -> str | None:
        """The same without blanks around it."""
        text = self._text(column)
        return text.strip(BLANKS) or None if text else None

    def _text(self, column: str) -> str | None:
        """The text in the column; None if it is empty or not there."""
        self._column = column
        value = self._cells.get(column)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Wrong("text", "must be a text in quotation marks")
        if _NUL.search(value):
            raise Wrong("text", "has a character that no text has")
        return value
