"""The vendor's spellings of Stampbook's numbers, both ways, without a table.

A `transaction_id` is a UUID of version 8 whose text order is number order; a `profile_id` is the
member's number as 24 hexadecimal digits.
"""

import re

from stampbook.domain.model import MAX_SEQUENCE, SEQUENCE_BITS

_TRANSACTION = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8000-000000000000")
_PROFILE = re.compile(r"[0-9a-f]{24}")

LIMIT = 2**53
"""Stampbook's numbers stay below."""


def write_transaction(number: int) -> str:
    """`write_transaction(74565)` is `00000000-0012-8345-8000-000000000000`."""
    high, low = f"{number >> 12:012x}", f"{number & 0xFFF:03x}"
    return f"{high[:8]}-{high[8:]}-8{low}-8000-000000000000"


def read_transaction(text: str) -> int | None:
    """The number of a transaction id, in either case of letters; None for any other text."""
    found = _TRANSACTION.fullmatch(text.lower())
    if found is None:
        return None
    number = int(found[1] + found[2] + found[3], 16)
    whole = number >> SEQUENCE_BITS and number & MAX_SEQUENCE
    return number if whole and number < LIMIT else None


def write_profile(member: int) -> str:
    """`write_profile(26)` is `00000000000000000000001a`."""
    return f"{member:024x}"


def read_profile(text: str) -> int | None:
    """The member number that a profile id spells; None if it is no such spelling."""
    if not _PROFILE.fullmatch(text.lower()):
        return None
    number = int(text, 16)
    return number if 0 < number < LIMIT else None
