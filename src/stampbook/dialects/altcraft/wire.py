"""Requests as values: what each method's fields say, judged by the fields alone."""

from typing import NamedTuple

from stampbook.dialects.altcraft.faults import incorrect, not_found
from stampbook.dialects.altcraft.formats.fields import Fields
from stampbook.dialects.spelling.altcraft import read_transaction
from stampbook.domain.model import MICROSECONDS

MAX_TIMEOUT_S = 2_592_000
"""Thirty days: the longest life of a temporary transaction."""

MAX_LIMIT = 100
DEFAULT_LIMIT = 20

EMAIL, PHONE, PROFILE_ID, CUSTOM = "email", "phone", "profile_id", "custom"
MATCHINGS = (EMAIL, PHONE, PROFILE_ID, CUSTOM)


class Person(NamedTuple):
    """By what a member is found: the kind, the value, and of `custom` the field's name."""

    matching: str
    value: str
    field_name: str = ""


class CurrencyName(NamedTuple):
    """The two ways to name a currency; either, both or none may be given."""

    iid: int | None
    eid: str | None


class Scope(NamedTuple):
    """Program, currency and member, which most methods begin with."""

    program: int
    currency: CurrencyName
    person: Person


class Movement(NamedTuple):
    """An accrual or a redemption. `amount` as it is spelled; instants microseconds UTC.

    `timeout_s` is None for a permanent one and where the currency's setting holds.
    """

    scope: Scope
    amount: str
    promotion: str | None
    is_temp: bool
    timeout_s: int | None
    created_at: int | None
    activates_at: int | None
    expires_at: int | None
    eid: str | None
    external_data: str | None


class Interval(NamedTuple):
    """From and until when, both inclusive, microseconds UTC."""

    start: int
    end: int


def read_person(fields: Fields) -> Person:
    """The `matching` block; identifiers that it does not name are ignored."""
    matching = fields.choice("matching", MATCHINGS)
    if matching != CUSTOM:
        return Person(matching, fields.required_text(matching))
    name = fields.required_text("field_name")
    value = fields.label("field_value")
    if not value:
        raise incorrect("field_value", "is required")
    return Person(matching, value, name)


def read_currency(fields: Fields) -> CurrencyName:
    return CurrencyName(
        fields.integer("points_currency_iid"), fields.text("points_currency_eid") or None
    )


def read_scope(fields: Fields) -> Scope:
    return Scope(
        program=fields.required_integer("loyalty_program_id"),
        currency=read_currency(fields),
        person=read_person(fields),
    )


def read_movement(fields: Fields, *, now: int, accrual: bool) -> Movement:
    """An accrual or, without the two dates of points, a redemption. Raises Fault (400)."""
    amount = fields.decimal("amount")
    if not amount:
        raise incorrect("amount", "is required")
    is_temp = fields.flag("is_temp") or False
    activates_at = fields.instant("activation_date") if accrual else None
    expires_at = fields.end("expiration_date") if accrual else None
    if activates_at is not None and expires_at is not None and expires_at <= activates_at:
        raise incorrect("expiration_date", "must lie after activation_date")
    return Movement(
        scope=read_scope(fields),
        amount=amount,
        promotion=fields.text("promotion_id") or None,
        is_temp=is_temp,
        timeout_s=_timeout(fields) if is_temp else None,
        created_at=read_past(fields, "created_at", now=now),
        activates_at=activates_at,
        expires_at=expires_at,
        eid=_eid(fields),
        external_data=fields.document("external_data"),
    )


def _timeout(fields: Fields) -> int | None:
    seconds = fields.integer("temp_timeout_sec")
    if seconds is not None and not 1 <= seconds <= MAX_TIMEOUT_S:
        raise incorrect("temp_timeout_sec", f"must be between 1 and {MAX_TIMEOUT_S}")
    return seconds


def _eid(fields: Fields) -> str | None:
    eid = fields.text("transaction_eid")
    if eid == "":
        raise incorrect("transaction_eid", "must have 1 to 255 characters")
    return eid


def read_past(fields: Fields, name: str, *, now: int) -> int | None:
    """An instant that does not lie in the future."""
    instant = fields.instant(name)
    if instant is not None and instant > now:
        raise incorrect(name, "must not lie in the future")
    return instant


def read_interval(fields: Fields) -> Interval:
    """`date_from` and `date_to`, both inclusive: a date without a fraction is its whole second."""
    start, end = fields.required_instant("date_from"), fields.required_end("date_to")
    if end < start:
        raise incorrect("date_to", "must not lie before date_from")
    return Interval(start, end if end % MICROSECONDS else end + MICROSECONDS - 1)


def read_limit(fields: Fields) -> int:
    limit = fields.integer("limit")
    if limit is None:
        return DEFAULT_LIMIT
    if not 1 <= limit <= MAX_LIMIT:
        raise incorrect("limit", f"must be between 1 and {MAX_LIMIT}")
    return limit


def read_from_id(fields: Fields) -> int | None:
    """The number of the transaction after which a list begins. Raises Fault (404)."""
    text = fields.text("from_id")
    if not text:
        return None
    number = read_transaction(text)
    if number is None:
        raise not_found("transaction")
    return number
