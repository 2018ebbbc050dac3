"""People behind a session or a user token: who they are and to what they are limited.

As keys are (caller.py), they are believed for TRUST_S seconds: so long may a token or a session
work on that another process has ended, and so long do limits hold that it has changed.
"""

from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from stampbook.edge.credentials.caller import Caller, Trusted
from stampbook.ledger.origin import Overseer
from stampbook.programs import users
from stampbook.programs.people import sessions
from stampbook.programs.people.overseeing import Bounds, bounds_of
from stampbook.programs.people.sessions import Lifetime, Session
from stampbook.programs.users import User
from stampbook.storage.store import OutcomeUnknown, Store, Transacting, Unavailable
from stampbook.visits import locations
from stampbook.visits.locations import Limit


class Person(NamedTuple):
    """A user, the programs and locations to which they are limited, and what judges their acts.

    `session` is the one by which they call, if it is not a user token.
    """

    user: User
    limits: frozenset[Limit]
    overseer: Bounds | None = None
    session: Session | None = None


class SignedIn(NamedTuple):
    """A person as their session shows them, and the caller whom that makes."""

    person: Person
    caller: Caller


class Acting(NamedTuple):
    """A request that is carried out for a person who does not send it themselves: who they are,
    what judges them, and the token of the session in which they ask, if they do."""

    caller: Caller
    overseer: Overseer | None
    secret: str = ""


class People:
    """Finds people by their tokens and sessions; see the module."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        lifetime: Lifetime,
        *,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self.lifetime = lifetime
        self._store = store
        self._clock = clock
        self._trusted = Trusted(self._by_token, now_s=now_s)
        self._trusted_sessions = Trusted(self._by_session, now_s=now_s)
        self.in_session = self._trusted_sessions.remembered
        self.remembered = self._trusted.remembered
        """Whom a token (the text, the tenant) stood for a moment ago."""

    def forget_all(self) -> None:
        """Ask the database anew for everybody: something was changed in this process."""
        self._trusted.forget_all()
        self._trusted_sessions.forget_all()

    async def by_token(self, token: str, *, tenant: int) -> Person | None:
        """The tenant's user to whom the token belongs."""
        return await self._trusted.find((token, tenant))

    async def by_session(self, token: str) -> SignedIn | None:
        """Whose session it is, while it lasts."""
        return await self._trusted_sessions.find(token)

    async def renew(self, session: Session, token: str) -> str | None:
        """The session goes on under a new token, this one ends. None if it has one already."""
        async with self._store.transaction() as writing:
            renewed = await sessions.renew(writing, session, token)
        self.forget_all()
        return renewed

    async def _by_token(self, name: tuple[str, int]) -> Person | None:
        token, tenant = name
        user = await sessions.by_token(self._store, token, tenant=tenant)
        return None if user is None else await self._person(user)

    async def _by_session(self, token: str) -> SignedIn | None:
        now = self._clock()
        found = await sessions.by_session(self._store, token, now=now, lifetime=self.lifetime)
        if found is None:
            return None
        user, session = found
        if sessions.is_due(session, now=now, lifetime=self.lifetime):
            with suppress(Unavailable, OutcomeUnknown):  # on a full disk people can still read
                async with self._store.transaction() as writing:
                    session = await sessions.touch(writing, session, now=now)
        person = (await self._person(user))._replace(session=session)
        return SignedIn(person, caller_of(person))

    async def _person(self, user: User) -> Person:
        return await _person(self._store, user)


async def person_of(db: Transacting, number: int, *, tenant: int) -> Person | None:
    """The tenant's user of that number, who may act."""
    user = await users.get(db, number, tenant=tenant)
    if user is None or user.status != users.ACTIVE:
        return None
    return await _person(db, user)


async def _person(db: Transacting, user: User) -> Person:
    limits = await locations.limits_of(db, user.user_id)
    return Person(user, limits, await bounds_of(db, user.user_id, tenant=user.tenant_id))


def caller_of(person: Person) -> Caller:
    """The person as the caller of the native API."""
    user, session = person.user, person.session
    programs = frozenset(each.program for each in person.limits) or None
    return Caller(
        tenant=user.tenant_id,
        program=next(iter(programs)) if programs is not None and len(programs) == 1 else None,
        scopes=user.scopes,
        api_key_id=0,
        user=user.user_id,
        session=None if session is None else session.session_id,
        role=user.role,
        limits=person.limits,
        programs=programs,
    )
