"""How fast one address may call, if the operator limits it (`altegio_rate_limit`).

The vendor allows 200 calls a minute or 5 a second from one address. Counted in this process
alone: with several, an address has so many calls on each.
"""

from typing import Final

from stampbook.dialects.altegio.access import AnyRequest, address_of, context_of
from stampbook.dialects.altegio.faults import Fault
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.context import Context

MINUTE_S: Final = 60
SECONDS_SHARE: Final = 40
"""In one second so much of a minute's calls may be made: 5 of 200."""


class Pace:
    """Counts calls by address, in this minute and in this second."""

    def __init__(self, per_minute: int) -> None:
        self._limits = {MINUTE_S: per_minute, 1: max(1, per_minute // SECONDS_SHARE)}
        self._windows = dict.fromkeys(self._limits, -1)
        self._calls: dict[int, dict[str, int]] = {length: {} for length in self._limits}

    def take(self, address: str, *, now: int) -> int:
        """Count one call. How many seconds to wait if it is one too many, else 0."""
        wait_s = 0
        for length, limit in self._limits.items():
            window, passed = divmod(now // MICROSECONDS, length)
            calls = self._calls[length]
            if window != self._windows[length]:
                self._windows[length] = window
                calls.clear()
            calls[address] = calls.get(address, 0) + 1
            if calls[address] > limit:
                wait_s = max(wait_s, length - passed)
        return wait_s


def limit_of(context: Context) -> int:
    """Calls a minute from one address; 0: no limit."""
    per_minute: int = getattr(context.settings, "altegio_rate_limit", 0)
    return per_minute


async def keep_pace(request: AnyRequest) -> None:
    """Raises Fault (429) for a call too many. Without a limit nothing is counted."""
    context = context_of(request)
    per_minute = limit_of(context)
    if not per_minute:
        return
    state = request.app.state
    if "altegio_pace" not in state:
        state.altegio_pace = Pace(per_minute)
    wait_s = state.altegio_pace.take(address_of(request), now=context.clock())
    if wait_s:
        raise Fault(429, "too_many", retry_after_s=wait_s)
