"""The console's cookies, and the tokens that prove that a form is one of ours.

A token of a form is derived from the secret of the cookie that it belongs to, so nothing is stored,
and no other session's token fits.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from hashlib import blake2b
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import DecodeError
from msgspec.json import decode, encode

from stampbook.edge.answers import HeaderPair
from stampbook.edge.requests import Request

SESSION: Final = "stampbook_session"
LOGIN: Final = "stampbook_login"
FLASH: Final = "stampbook_flash"
LANGUAGE: Final = "stampbook_language"
THEME: Final = "stampbook_theme"

PATH: Final = "/console"
LOGIN_S: Final = 3_600
FLASH_S: Final = 60
CHOICE_S: Final = 365 * 86_400
"""How long language and theme are remembered before somebody signs in."""

MAX_FLASH: Final = 3_000
"""Bytes of a cookie that browsers keep for certain, with a margin."""


def cookies_of(request: Request) -> dict[str, str]:
    """The request's cookies; of those that are sent twice, the first."""
    found: dict[str, str] = {}
    for part in (request.header(b"cookie") or "").split(";"):
        name, separator, value = part.strip().partition("=")
        if separator:
            found.setdefault(name, value.strip('"'))
    return found


def put(request: Request, name: str, value: str, *, max_age_s: int | None = None) -> HeaderPair:
    """The header that sets a cookie, until the browser ends unless it has an age."""
    parts = [f"{name}={value}", f"Path={PATH}", "HttpOnly", "SameSite=Lax"]
    if max_age_s is not None:
        parts.append(f"Max-Age={max_age_s}")
    if request.origin.startswith("https://"):
        parts.append("Secure")
    return (b"set-cookie", "; ".join(parts).encode("latin-1"))


def remove(request: Request, name: str) -> HeaderPair:
    """The header that removes a cookie."""
    return put(request, name, "", max_age_s=0)


# -- what is said once, on the page after a write ------------------------------------


def write_flash(said: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(encode(said)).decode().rstrip("=")


def read_flash(value: str) -> dict[str, Any] | None:
    """What the cookie says; None if it is not one of ours."""
    if len(value) > MAX_FLASH:
        return None
    try:
        said = decode(urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (DecodeError, Error, UnicodeDecodeError, ValueError):
        return None
    return said if isinstance(said, dict) else None


# -- whose form it is ----------------------------------------------------------------


def new_secret() -> str:
    return token_urlsafe(24)


def form_token(secret: str) -> str:
    """What a form must send that belongs to the session or sign-in of that secret."""
    return blake2b(secret.encode(), digest_size=24, person=b"console form").hexdigest()


def is_form_token(given: str, secret: str) -> bool:
    return compare_digest(given.encode(), form_token(secret).encode())


def is_same_origin(request: Request) -> bool:
    """Whether the request comes from one of our own pages, if the browser says where it comes from.

    A client that is no browser sends neither header: then the form's token alone decides.
    """
    site = request.header(b"sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.header(b"origin")
    if origin is None:
        return True
    return origin == request.origin or urlsplit(origin).netloc == request.header(b"host")
