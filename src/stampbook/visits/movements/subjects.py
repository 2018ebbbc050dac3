"""Subjects of movements: which visit a movement belongs to, and whether it pays or is earned."""

from collections.abc import Callable
from typing import Final

VISIT_SUBJECT: Final = "visit:"
"""The beginning of the subject of withdrawals; the visit's number follows."""

CASHBACK_SUBJECT: Final = "cashback:"
REFERRAL_SUBJECT: Final = "referral:"
"""The beginnings of the subjects of cashback and of a referrer's reward."""


subject_of: Final[Callable[[int], str]] = f"{VISIT_SUBJECT}{{}}".format
"""The subject of every withdrawal in a visit; its guard has the same name."""


def cashback_subject(visit: int) -> str:
    return f"{CASHBACK_SUBJECT}{visit}"


def referral_subject(visit: int) -> str:
    return f"{REFERRAL_SUBJECT}{visit}"


def credit_subjects(visit: int) -> tuple[str, str]:
    """The subjects of the points that a visit has earned."""
    return cashback_subject(visit), referral_subject(visit)


def visit_of(subject: str | None) -> int | None:
    """The visit that a movement of this subject belongs to; None: it belongs to no visit."""
    kind, colon, number = (subject or "").partition(":")
    is_visit = f"{kind}{colon}" in (VISIT_SUBJECT, CASHBACK_SUBJECT, REFERRAL_SUBJECT)
    is_number = number.isascii() and number.isdigit() and len(number) < 16
    return int(number) if is_visit and is_number else None
