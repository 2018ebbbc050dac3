"""Credentials become a caller here, and tenancy is bound: once, before anything else is done.

A caller that was found is believed for TRUST_S seconds (http/trusting.py).
"""

from collections.abc import Callable
from time import monotonic
from typing import Final, NamedTuple

from stampbook.edge.credentials.trusting import TRUST_S, Trusted
from stampbook.programs.api_keys import (
    SCOPES,
    ApiKey,
    by_oauth_token_hash,
    by_secret_hash,
    hash_secret,
)
from stampbook.storage.store import Database

__all__ = ["TRUST_S", "Caller", "Callers", "bearer"]


EVERYTHING: Final = frozenset(SCOPES)
"""What a key with the scope `admin` may."""


class Caller(NamedTuple):
    """Who asks: every query and command is bounded by `tenant` and, if not None, `program`.

    `actor` is who pressed the button, as the caller tells; it is written to the journal.
    """

    tenant: int
    program: int | None
    scopes: frozenset[str]
    api_key_id: int
    actor: str | None = None
    user: int | None = None

    def may(self, scope: str) -> bool:
        """Whether a key has the scope; `admin` has all."""
        return scope in self.scopes


class Callers:
    """Finds callers by their secrets; see the module."""

    def __init__(self, database: Database, *, now_s: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._trusted = Trusted(self._by_secret, now_s=now_s)
        self.remembered = self._trusted.remembered
        self.forget_all = self._trusted.forget_all

    async def by_secret(self, secret: str) -> Caller | None:
        """The caller whose key has that secret; None if no key has it, or the key is revoked."""
        return await self._trusted.find(secret)

    async def by_oauth_token(self, token: str, *, now: int) -> Caller | None:
        """The caller for whom an OAuth token was issued, while it lasts."""
        key = await by_oauth_token_hash(self._database, hash_secret(token), now=now)
        return None if key is None else _caller_of(key)

    async def _by_secret(self, secret: str) -> Caller | None:
        key = await by_secret_hash(self._database, hash_secret(secret))
        return None if key is None else _caller_of(key)


def _caller_of(key: ApiKey) -> Caller:
    return Caller(
        tenant=key.tenant_id,
        program=key.program_id,
        scopes=key.scopes | EVERYTHING if "admin" in key.scopes else key.scopes,
        api_key_id=key.api_key_id,
    )


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
