"""People who call by a user token: who they are and to what they are limited, remembered.

As with keys (http/caller.py), what was found is believed for TRUST_S seconds: so long may a token
work on that another process has ended, and so long do limits hold that it has changed.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from stampbook.http.caller import MAX_REMEMBERED, TRUST_S
from stampbook.programs import users
from stampbook.programs.users import User
from stampbook.storage.store import Database
from stampbook.visits import locations
from stampbook.visits.locations import Limit

Name = tuple[str, int]
"""A token, and the tenant in whose name it is used."""


class Person(NamedTuple):
    """A user and his limits."""

    user: User
    limits: frozenset[Limit]


class People:
    """Finds people by their tokens; see the module."""

    def __init__(self, database: Database, *, now_s: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._now_s = now_s
        self._remembered: dict[Name, tuple[float, Person]] = {}
        self._asking: dict[Name, asyncio.Task[Person | None]] = {}

    def remembered(self, token: str, *, tenant: int) -> Person | None:
        """Whom the token stood for a moment ago."""
        found = self._remembered.get((token, tenant))
        if found is None or found[0] < self._now_s():
            return None
        return found[1]

    async def by_token(self, token: str, *, tenant: int) -> Person | None:
        """The tenant's user for whom the token stands. Requests that come together ask once."""
        name = token, tenant
        task = self._asking.get(name)
        if task is None:
            task = asyncio.ensure_future(self._find(name))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))
        return await asyncio.shield(task)

    def forget_all(self) -> None:
        """Ask the database anew for everyone: tokens or limits were changed in this process."""
        self._remembered.clear()

    async def _find(self, name: Name) -> Person | None:
        asked_at = self._now_s()
        token, tenant = name
        user = await users.by_token(self._database, token, tenant=tenant)
        if user is None:
            self._remembered.pop(name, None)
            return None
        person = Person(user, await locations.limits_of(self._database, user.user_id))
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[name] = asked_at + TRUST_S, person
        return person
