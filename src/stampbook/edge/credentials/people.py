"""People who call by a user token: who they are and to what they are limited.

As keys are (http/caller.py), they are believed for TRUST_S seconds: so long may a token work on
that another process has ended, and so long do limits hold that it has changed.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from stampbook.edge.credentials.caller import EVERYTHING, Caller
from stampbook.edge.credentials.trusting import Trusted
from stampbook.programs import users
from stampbook.programs.overseeing import Bounds, bounds_of
from stampbook.programs.users import User
from stampbook.storage.store import Database, Transacting
from stampbook.visits import locations
from stampbook.visits.locations import Limit


class Person(NamedTuple):
    """A user, the programs and locations to which they are limited, and what judges their acts."""

    user: User
    limits: frozenset[Limit]
    overseer: Bounds | None = None


class People:
    """Finds people by their tokens; see the module."""

    def __init__(self, database: Database, *, now_s: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._trusted = Trusted(self._by_token, now_s=now_s)
        self.forget_all = self._trusted.forget_all

    def remembered(self, token: str, *, tenant: int) -> Person | None:
        """Whom the token stood for a moment ago."""
        return self._trusted.remembered((token, tenant))

    async def by_token(self, token: str, *, tenant: int) -> Person | None:
        """The tenant's user to whom the token belongs."""
        return await self._trusted.find((token, tenant))

    async def _by_token(self, name: tuple[str, int]) -> Person | None:
        token, tenant = name
        user = await users.by_token(self._database, token, tenant=tenant)
        if user is None:
            return None
        return await _person(self._database, user)


async def person_of(db: Transacting, number: int, *, tenant: int) -> Person | None:
    """The tenant's user of that number, who may act."""
    user = await users.get(db, number, tenant=tenant)
    return None if user is None else await _person(db, user)


async def _person(db: Transacting, user: User) -> Person:
    limits = await locations.limits_of(db, user.user_id)
    return Person(user, limits, await bounds_of(db, user.user_id, tenant=user.tenant_id))


def caller_of(person: Person) -> Caller:
    """The person as the caller of the native API."""
    user = person.user
    scopes = EVERYTHING if "admin" in user.scopes else user.scopes
    return Caller(
        tenant=user.tenant_id, program=None, scopes=scopes, api_key_id=0, user=user.user_id
    )
