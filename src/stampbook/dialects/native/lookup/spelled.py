"""What a text spells: an id of any dialect, or a word and a number, as people say it."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from stampbook.dialects.native import ids
from stampbook.dialects.spelling import altcraft, voucherify
from stampbook.dialects.spelling.voucherify import Prefix
from stampbook.domain.model import MAX_ACCOUNT, MAX_SEQUENCE, SEQUENCE_BITS

MEMBER, ACCOUNT, ORDER, VISIT = "member", "account", "order", "visit"
TRANSACTION, LOT, PROGRAM, CURRENCY = "transaction", "lot", "program", "currency"
APPOINTMENT, CUSTOMER = "appointment", "customer"

NATIVE: Final[Mapping[str, str]] = {
    ids.MEMBER: MEMBER,
    ids.ACCOUNT: ACCOUNT,
    ids.ORDER: ORDER,
    ids.VISIT: VISIT,
    ids.TRANSACTION: TRANSACTION,
    ids.LOT: LOT,
    ids.PROGRAM: PROGRAM,
    ids.CURRENCY: CURRENCY,
    ids.APPOINTMENT: APPOINTMENT,
}

VOUCHERIFY: Final[Mapping[Prefix, str]] = {
    Prefix.MEMBER: MEMBER,
    Prefix.CARD: ACCOUNT,
    Prefix.TRANSACTION: TRANSACTION,
    Prefix.PENDING_BUCKET: LOT,
    Prefix.ORDER: ORDER,
    Prefix.PROGRAM: PROGRAM,
}

WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("visit", "визит", "посещение"), VISIT),
    **dict.fromkeys(("appointment", "record", "запись"), APPOINTMENT),
    **dict.fromkeys(("card", "account", "карта", "счет", "счёт"), ACCOUNT),
    **dict.fromkeys(("order", "заказ"), ORDER),
    **dict.fromkeys(("member", "client", "customer", "клиент", "участник", "гость"), MEMBER),
    **dict.fromkeys(("transaction", "операция", "транзакция"), TRANSACTION),
}
"""What people call things, and what these are."""

_WORDED: Final = re.compile(r"(\w+)\s*[:#№]?\s*(\S.*)", re.DOTALL)


class Spelled(NamedTuple):
    """A thing of a kind, by our number of it."""

    kind: str
    number: int


class Worded(NamedTuple):
    """A thing of a kind, by what it is called: a number of ours, or a name that somebody gave."""

    kind: str
    name: str

    @property
    def number(self) -> int | None:
        """The name as one of our numbers."""
        plain = self.name.isascii() and self.name.isdigit() and len(self.name) <= 16
        return (int(self.name) or None) if plain else None


def spelled(text: str) -> Spelled | None:
    """What an id of any dialect names; None for a text that is none."""
    lower = text.lower()
    found = _native(lower) or _voucherify(lower) or _altcraft(lower)
    if found is None or found.number >= ids.LIMIT:
        return None
    if found.kind in (TRANSACTION, LOT) and not _is_place(found.number):
        return None
    return found if found.kind != ACCOUNT or found.number <= MAX_ACCOUNT else None


def _native(text: str) -> Spelled | None:
    prefix = text.partition("_")[0]
    number = ids.read(prefix, text)
    return Spelled(NATIVE[prefix], number) if prefix in NATIVE and number is not None else None


def _voucherify(text: str) -> Spelled | None:
    for prefix, kind in VOUCHERIFY.items():
        number = voucherify.parse(prefix, text)
        if number:
            return Spelled(kind, number)
    bucket = voucherify.parse_bucket(text)
    if bucket is not None:
        return Spelled(ACCOUNT, bucket.account)
    definition = voucherify.parse(Prefix.CARD_DEFINITION, text)
    if definition is not None and definition < voucherify.DEFINED_HERE:
        return Spelled(CURRENCY, definition)
    customer = voucherify.parse_customer(text)
    if customer is None:
        return None
    if customer.member is not None:
        return Spelled(MEMBER, customer.member)
    return None if customer.customer is None else Spelled(CUSTOMER, customer.customer)


def _altcraft(text: str) -> Spelled | None:
    number = altcraft.read_transaction(text)
    if number is not None:
        return Spelled(TRANSACTION, number)
    number = altcraft.read_profile(text)
    return None if number is None else Spelled(MEMBER, number)


def _is_place(number: int) -> bool:
    return 0 < number >> SEQUENCE_BITS <= MAX_ACCOUNT and bool(number & MAX_SEQUENCE)


def worded(text: str) -> Worded | None:
    """A word for a kind of things and what follows it: "visit 12", "order #1001"."""
    found = _WORDED.fullmatch(text)
    if found is None or found[1].lower() not in WORDS:
        return None
    return Worded(WORDS[found[1].lower()], found[2].strip())
