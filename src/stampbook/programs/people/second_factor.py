"""The optional second factor: codes of an authenticator app (TOTP, RFC 6238)."""

from hmac import compare_digest
from typing import Final

from pyotp import TOTP, random_base32

from stampbook.domain.model import MICROSECONDS

ISSUER: Final = "Stampbook"
STEP_S: Final = 30
TOLERANCE: Final = 1
"""Codes of this number of steps before and after the present one are right, too: clocks differ."""


def new_secret() -> str:
    """A secret of 160 random bits, in base 32."""
    return random_base32()


def uri_of(secret: str, login: str) -> str:
    """What an authenticator app reads, usually as a QR code."""
    uri: str = TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    return uri


def step_of(secret: str, code: str, *, now: int) -> int | None:
    """The 30 seconds whose code it is, of those around the instant; None for a wrong code."""
    if not (code.isascii() and code.isdigit()):
        return None
    totp, present = TOTP(secret), now // MICROSECONDS // STEP_S
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        if compare_digest(totp.generate_otp(step), code):
            return step
    return None
