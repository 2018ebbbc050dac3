"""The forms in which e-mail addresses and phone numbers are compared.

They are stored beside what was given (`members.email_key`, `members.phone_key`), so they are made
anew for all members of a program that gets another region (programs/searching/regions.py).
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from stampbook.programs.faults import Invalid
from stampbook.storage.store import Transacting

_NOT_A_DIGIT: Final = re.compile(r"[^0-9]+")

REMEMBERED: Final = 4_096
"""Parsed numbers that are kept in memory: to parse one takes 20 µs, and a row of an import asks for
its number several times."""


def email_key(email: str | None) -> str | None:
    """The address without regard to case, in the composed form of Unicode (NFC)."""
    if not email:
        return None
    text = email.strip()
    return text.lower() if text.isascii() else nfc(nfc(text).casefold())


def nfc(text: str) -> str:
    return normalize("NFC", text)


def digits_in(text: str) -> str:
    return _NOT_A_DIGIT.sub("", text)


def phone_key(phone: str | None, region: str | None) -> str | None:
    """The digits of the number in its international form (E.164), if it was written in that region.
    Without a region, and of a text that is no number, the digits that it has."""
    if not phone:
        return None
    found = None if region is None else _international(phone, region)
    return found or digits_in(phone) or None


@lru_cache(REMEMBERED)
def _international(phone: str, region: str) -> str | None:
    # Only programs with a region need the library, which has the plans of all countries.
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    # Parts of numbers, which searches ask for, can be parsed too, but are not to be completed.
    found = phonenumbers.is_possible_number_with_reason(number)
    if found != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    form = phonenumbers.PhoneNumberFormat.E164
    return digits_in(phonenumbers.format_number(number, form)) + digits_in(number.extension or "")


def check_region(region: str) -> None:
    """Raises Invalid unless it is the code of a country that has phone numbers."""
    import phonenumbers

    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise Invalid("phone_region", "is not the two-letter code of a country, such as RU")


async def region_of(db: Transacting, program: int) -> str | None:
    """The region of the program's phone numbers."""
    row = await db.fetch_one("SELECT phone_region FROM programs WHERE program_id = $1", program)
    found: str | None = None if row is None else row["phone_region"]
    return found
