"""What was looked up a moment ago is believed for TRUST_S seconds, without asking the database.

So a busy secret costs no query per request, and what is revoked, by whatever process, ends within
that time. What is asked for in the second half of its time is looked up anew meanwhile: a busy
secret is always remembered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Final, Generic, TypeVar

TRUST_S: Final = 1.0
"""How long an answer is believed: so long a revoked secret may work on."""

MAX_REMEMBERED: Final = 10_000
"""Answers remembered at once; when there are more, all are asked for again."""

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
