"""Credentials become a caller here, and tenancy is bound: once, before anything else is done.

Everything that may make a secret wrong is looked at here, for all dialects: it is unknown or
revoked, it has expired, or it comes from an address from which the key may not be used.

What was looked up a moment ago is believed for TRUST_S seconds, without asking the database. So
a busy secret costs no query per request, and what is revoked, by whatever process, ends within that
time. What is asked for in the second half of its time is looked up anew meanwhile: a busy secret is
always remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from functools import lru_cache
from time import monotonic
from typing import Final, Generic, NamedTuple, TypeVar

from stampbook.edge.credentials.using import Uses
from stampbook.edge.pace.pace import Asking, Pace
from stampbook.networks import Network, is_within, network
from stampbook.programs.api_keys import (
    SCOPES,
    TOKEN_PREFIX,
    USED_EVERY,
    Proven,
    by_oauth_token_hash,
    by_secret_hash,
    hash_secret,
)
from stampbook.programs.roles import Role
from stampbook.storage.store import Store
from stampbook.visits.locations import Limit

TRUST_S: Final = 1.0
"""How long an answer is believed: so long a revoked secret may work on."""

MAX_REMEMBERED: Final = 10_000
"""Answers remembered at once; when there are more, all are asked for again."""

EVERYTHING: Final = frozenset(SCOPES)
"""What a key with the scope `admin` may."""


class Caller(NamedTuple):
    """Who asks: every query and command is bounded by `tenant` and, if not None, `programs`.

    Where that is a single one, as a key's always is, it is `program`, too. `actor` is who pressed
    the button, as the caller tells; it is written to the journal. A person (`user`) calls by a
    `session` instead of a key, whose `api_key_id` is 0 then. People have a `role`, and may be bound
    to programs or to single locations: `limits`, without which they see all of the tenant.
    `until` is when the secret ends, `networks` are where it may come from (none: anywhere),
    `rate_limit` is that of the key. `is_plain`: nothing of that binds the caller.
    """

    tenant: int
    program: int | None
    scopes: frozenset[str]
    api_key_id: int
    actor: str | None = None
    user: int | None = None
    session: int | None = None
    role: Role | None = None
    limits: frozenset[Limit] = frozenset()
    programs: frozenset[int] | None = None
    until: int | None = None
    networks: tuple[Network, ...] = ()
    rate_limit: int | None = None
    is_plain: bool = True

    def may(self, scope: str) -> bool:
        """Whether a key has the scope; `admin` has all."""
        return scope in self.scopes

    @property
    def is_bound(self) -> bool:
        """Whether there are programs of the tenant that the caller does not see."""
        return self.programs is not None

    def sees(self, program: int | None) -> bool:
        """Whether what belongs to the program (None: to the tenant) is there for the caller."""
        return self.programs is None or program in self.programs

    def enters(self, program: int, location: int) -> bool:
        """Whether the location of that program is there for the caller."""
        if not self.limits:
            return self.sees(program)
        return not self.limits.isdisjoint((Limit(program), Limit(program, location)))


_Name = TypeVar("_Name", bound=Hashable)
_Found = TypeVar("_Found")


class Trusted(Generic[_Name, _Found]):
    """What `look_up` found by its name; see the module. Nothing found is not remembered."""

    def __init__(
        self,
        look_up: Callable[[_Name], Awaitable[_Found | None]],
        *,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._look_up = look_up
        self._now_s = now_s
        self._found: dict[_Name, _Found] = {}
        self._until: dict[_Name, float] = {}
        self._asking: dict[_Name, asyncio.Task[_Found | None]] = {}
        self._forgotten = 0
        self.known = self._found.get
        """What was found by a name when it was last looked up, which may be long ago."""

    def remembered(self, name: _Name) -> _Found | None:
        """What was found a moment ago. To be called in the event loop."""
        until = self._until.get(name)
        if until is None:
            return None
        left_s = until - self._now_s()
        if left_s < 0:
            return None
        if left_s < TRUST_S / 2 and name not in self._asking:
            asyncio.get_running_loop().call_soon(self._ask, name)  # nobody waits for it
        return self._found[name]

    async def find(self, name: _Name) -> _Found | None:
        """What is remembered or found. Requests that come together ask the database once."""
        return self.remembered(name) or await asyncio.shield(self._ask(name))

    def forget_all(self) -> None:
        """Ask the database anew for everything: something was changed in this process."""
        self._clear()
        self._asking.clear()
        self._forgotten += 1

    def _ask(self, name: _Name) -> "asyncio.Task[_Found | None]":
        task = self._asking.get(name)
        if task is None:
            task = asyncio.ensure_future(self._find(name))
            self._asking[name] = task
            task.add_done_callback(lambda ended: self._asked(name, ended))
        return task

    def _asked(self, name: _Name, task: "asyncio.Task[_Found | None]") -> None:
        if self._asking.get(name) is task:
            del self._asking[name]
        if not task.cancelled():
            task.exception()  # mark it as seen: often nobody waits for the task

    async def _find(self, name: _Name) -> _Found | None:
        asked_at, forgotten = self._now_s(), self._forgotten
        found = await self._look_up(name)
        if found is None:
            self._found.pop(name, None)
            self._until.pop(name, None)
        elif forgotten == self._forgotten:
            if len(self._found) >= MAX_REMEMBERED:
                self._clear()
            self._found[name], self._until[name] = found, asked_at + TRUST_S
        return found

    def _clear(self) -> None:
        self._found.clear()
        self._until.clear()


class Callers:
    """Finds callers by their secrets, and holds them to their pace; see the module."""

    def __init__(self, store: Store, pace: Pace, *, now_s: Callable[[], float] = monotonic) -> None:
        self._store = store
        self._pace = pace
        self._clock = pace.clock
        self._secrets = Trusted(self._by_secret, now_s=now_s)
        self._tokens = Trusted(self._by_token, now_s=now_s)
        self.uses = Uses(store)

    async def admit(
        self, request: Asking, secret: str | None, *, tokens: bool = False, counts: bool = True
    ) -> Caller | None:
        """The caller of the request, which counts as one of theirs; None if the secret is missing
        or wrong, which counts against the address.

        With `tokens` the secret may also be an OAuth token. A second secret of one request counts
        for nothing: a wrong one is for `Pace.take_wrong`. Raises TooFast, then without a query.
        """
        found = None
        if secret:
            known = self._secrets.known(secret)
            if known is not None and known.is_plain:
                found = self._secrets.remembered(secret)
            found = found or await self._find(request, secret, tokens, counts=counts)
        if not counts:
            return found
        if found is None:
            self._pace.take_wrong(request)
            return None
        now, uses = self._clock(), self.uses
        if now - uses.noted.get(found.api_key_id, 0) >= USED_EVERY:
            uses.note(found.api_key_id, now)
        return found

    def count_known(self, request: Asking, secret: str | None) -> None:
        """Count a request that is answered without asking who sends it, if that is in memory."""
        known = None if secret is None else self._secrets.known(secret)
        if known is not None and self._holds(known, request):
            self._pace.take(request, known.api_key_id, known.rate_limit)

    async def _find(
        self, request: Asking, secret: str, tokens: bool, *, counts: bool
    ) -> Caller | None:
        is_token = tokens and secret.startswith(TOKEN_PREFIX)
        trusted = self._tokens if is_token else self._secrets
        known = trusted.known(secret)
        if known is not None:  # even if it is to be looked up again: no query for what is refused
            if not self._holds(known, request):
                return None
            if counts:
                self._pace.take(request, known.api_key_id, known.rate_limit)
            return trusted.remembered(secret) or await trusted.find(secret)
        self._pace.check(request, secret)
        found = await trusted.find(secret)
        if found is None or not self._holds(found, request):
            return None
        self._pace.prove(secret)
        if counts:
            self._pace.take(request, found.api_key_id, found.rate_limit)
        return found

    def forget_all(self) -> None:
        """Ask the database anew for every secret: a key was changed in this process."""
        self._secrets.forget_all()
        self._tokens.forget_all()

    def _holds(self, caller: Caller, request: Asking) -> bool:
        if caller.until is not None and caller.until <= self._clock():
            return False
        return not caller.networks or is_within(request.address, caller.networks)

    async def _by_secret(self, secret: str) -> Caller | None:
        return self._caller_of(await by_secret_hash(self._store, hash_secret(secret)))

    async def _by_token(self, token: str) -> Caller | None:
        return self._caller_of(await by_oauth_token_hash(self._store, hash_secret(token)))

    def _caller_of(self, proven: Proven | None) -> Caller | None:
        if proven is None:
            return None
        key, until = proven
        is_free = until is None and not key.addresses
        return Caller(
            tenant=key.tenant_id,
            program=key.program_id,
            scopes=key.scopes | EVERYTHING if "admin" in key.scopes else key.scopes,
            api_key_id=key.api_key_id,
            programs=None if key.program_id is None else frozenset({key.program_id}),
            until=until,
            networks=tuple(network(each) for each in key.addresses),
            rate_limit=key.rate_limit,
            is_plain=is_free and not self._pace.limit_of(key.rate_limit),
        )


@lru_cache(maxsize=256)  # few callers send nearly all requests, each always with the same header
def bearer(authorization: bytes | None) -> str | None:
    """The token of an `Authorization: Bearer …` header. What is remembered of it is its text, and
    nothing about whether it is right."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(b" ")
    return token.decode("latin-1").strip() or None if scheme.lower() == b"bearer" else None


def secret_in(headers: Mapping[bytes, bytes]) -> str | None:
    """The secret that the headers carry, in whichever dialect: for requests that no operation
    takes, whose dialect does not read its credentials."""
    if b"x-app-id" in headers and b"x-app-token" in headers:
        return headers[b"x-app-token"].decode("latin-1")
    return bearer(headers.get(b"authorization", b"").partition(b",")[0])
