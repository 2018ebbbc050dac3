"""People who call by a user token: who they are and to what they are limited.

As keys are (http/caller.py), they are believed for TRUST_S seconds: so long may a token work on
that another process has ended, and so long do limits hold that it has changed.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from stampbook.edge.credentials.trusting import Trusted
from stampbook.programs import users
from stampbook.programs.overseeing import Bounds, bounds_of
from stampbook.programs.users import User
from stampbook.storage.store import Database
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
        limits = await locations.limits_of(self._database, user.user_id)
        bounds = await bounds_of(self._database, user.user_id, tenant=tenant)
        return Person(user, limits, bounds)
