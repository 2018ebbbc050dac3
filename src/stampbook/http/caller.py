"""Credentials become a caller here, and tenancy is bound: once, before anything else is done.

A caller that was found is remembered for TRUST_S seconds, so that a busy key costs no query per
request and a key that is revoked, by whatever process, ends within that time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

from stampbook.programs.api_keys import ApiKey, by_oauth_token_hash, by_secret_hash, hash_secret
from stampbook.storage.store import Database

TRUST_S = 1.0
"""How long a key is believed without asking the database: so long a revoked one may work on."""

MAX_REMEMBERED = 10_000
"""Keys remembered at once; when there are more, all are asked for again."""


class Caller(NamedTuple):
    """Who asks: every query and command is bounded by `tenant` and, if not None, `program`.

    `actor` is who pressed the button, as the caller tells; it is written to the journal.
    """

    tenant: int
    program: int | None
    scopes: frozenset[str]
    api_key_id: int
    actor: str | None = None

    def may(self, scope: str) -> bool:
        """Whether a key has the scope: `read`, `ledger:write`, `ledger:cancel`; `admin` has all."""
        return scope in self.scopes or "admin" in self.scopes


class Callers:
    """Finds callers by their secrets; see the module."""

    def __init__(self, database: Database, *, now_s: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._now_s = now_s
        self._remembered: dict[str, tuple[float, Caller]] = {}
        self._asking: dict[str, asyncio.Task[Caller | None]] = {}

    def remembered(self, secret: str) -> Caller | None:
        """The caller of a secret that was looked up a moment ago."""
        found = self._remembered.get(secret)
        if found is None or found[0] < self._now_s():
            return None
        return found[1]

    async def by_secret(self, secret: str) -> Caller | None:
        """The caller whose key has that secret; None if there is none, or it is revoked."""
        return self.remembered(secret) or await self._once(secret, lambda: self._by_secret(secret))

    async def by_oauth_token(self, token: str, *, now: int) -> Caller | None:
        """The caller for whom an OAuth token was issued, while it lasts."""
        key = await by_oauth_token_hash(self._database, hash_secret(token), now=now)
        return None if key is None else _caller_of(key)

    def forget_all(self) -> None:
        """Ask the database anew for everyone: a key was revoked in this process."""
        self._remembered.clear()

    async def _once(
        self, secret: str, look_up: Callable[[], Awaitable[Caller | None]]
    ) -> Caller | None:
        """Requests of one key that come together ask the database once."""
        task = self._asking.get(secret)
        if task is None:
            task = asyncio.ensure_future(look_up())
            self._asking[secret] = task
            task.add_done_callback(lambda _: self._asking.pop(secret, None))
        return await asyncio.shield(task)

    async def _by_secret(self, secret: str) -> Caller | None:
        asked_at = self._now_s()
        key = await by_secret_hash(self._database, hash_secret(secret))
        if key is None:
            self._remembered.pop(secret, None)
            return None
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        caller = _caller_of(key)
        self._remembered[secret] = asked_at + TRUST_S, caller
        return caller


def _caller_of(key: ApiKey) -> Caller:
    return Caller(
        tenant=key.tenant_id,
        program=key.program_id,
        scopes=key.scopes,
        api_key_id=key.api_key_id,
    )


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
