"""Passwords: which may be had, and how they are stored and compared.

They are hashed with argon2id, off the event loop and at most MAX_HASHING at a time, since each
takes 64 MiB for some tens of milliseconds.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from secrets import token_urlsafe
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stampbook.programs.faults import WeakPassword

MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 1_024
MAX_HASHING: Final = 2

_Result = TypeVar("_Result")

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(MAX_HASHING, thread_name_prefix="password")


async def hash_password(password: str, *, login: str) -> str:
    """The text to store for the person of that login. Takes tens of milliseconds, off the event
    loop. Raises WeakPassword."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise WeakPassword(f"must have {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    if password.strip().casefold() == login.strip().casefold():
        raise WeakPassword("must not be the login")
    try:
        return await _off_the_loop(lambda: _hasher.hash(password))
    except UnicodeEncodeError:
        raise WeakPassword("must be Unicode text") from None


async def matches(stored: str | None, password: str) -> bool:
    """Whether the stored text is of that password. Without one (no such login) the answer takes
    equally long, and is False."""
    return await _off_the_loop(lambda: _verify(stored, password[: MAX_PASSWORD + 1]))


async def _off_the_loop(work: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(token_urlsafe(16))


def _verify(stored: str | None, password: str) -> bool:
    nobodys = _nobodys_hash()  # made by whatever comes first, or that would take longer for nobody
    try:
        _hasher.verify(stored or nobodys, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None
