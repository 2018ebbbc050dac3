"""Wrong passwords: each of them makes the next try wait longer, for its login and its address.

Only an address waits for what was tried from it, so nobody can lock a user out from elsewhere. Who
tries many logins from one address waits too; a login that has signed in from that address before
does not wait for those. Counted in this process alone, and bounded: what was not touched for the
longest time is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

from stampbook.domain.model import MICROSECONDS
from stampbook.edge.pace.networks import network_of

FREE: Final = 10
"""Wrong passwords in a row for a login from an address before the first wait."""

FREE_OF_ADDRESS: Final = 100
"""The same for an address and all logins together."""

LONGEST_S: Final = 60
"""The longest wait. A user who shares an address with an attacker gets in within it; the attacker
has 1,440 tries a day, with which nobody finds a password that was not given away."""

FORGOTTEN_S: Final = 3_600
"""After this time without a try, all begins anew."""

MAX_REMEMBERED: Final = 10_000
"""Logins and addresses of which failures are remembered, and logins that have signed in."""

MAX_AT_ONCE: Final = 64
"""Passwords that wait to be compared; each takes some tens of milliseconds of a processor."""

_Key = tuple[object, ...]
_Value = TypeVar("_Value")


class TooSoon(Exception):
    """The try must wait: `wait_s` whole seconds."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class _Failures(NamedTuple):
    made: int
    last: int  # microseconds UTC


class Attempt:
    """One try that is being made. `succeeded` is to be called when the password was right."""

    def __init__(self) -> None:
        self.right = False

    def succeeded(self) -> None:
        """The password was right: it does not count as wrong."""
        self.right = True


class Attempts:
    """Tries to sign in; see the module."""

    def __init__(self) -> None:
        self._failures: OrderedDict[_Key, _Failures] = OrderedDict()
        self._proven: OrderedDict[_Key, None] = OrderedDict()
        self._at_once = 0

    @contextmanager
    def attempt(self, *, key: int, login: str, address: str, now: int) -> Iterator[Attempt]:
        """Make a try at an instant. Raises TooSoon.

        It counts as wrong until it has succeeded: tries that are made at once count as well.
        `key` is the API key by which the caller has reached us.
        """
        place = (key, network_of(address))
        pair = (*place, login)
        waits = [self._wait(pair, FREE, now)]
        if pair not in self._proven:
            waits.append(self._wait(place, FREE_OF_ADDRESS, now))
        if self._at_once >= MAX_AT_ONCE:
            waits.append(1)
        if any(waits):
            raise TooSoon(max(waits))
        for each in (place, pair):
            self._count(each, now)
        self._at_once += 1
        made = Attempt()
        try:
            yield made
        finally:
            self._at_once -= 1
            if made.right:
                self._clear(pair, place)

    def _wait(self, key: _Key, free: int, now: int) -> int:
        """Seconds until the next try."""
        failures = self._failures.get(key)
        if failures is None or failures.made < free:
            return 0
        wait_s = min(LONGEST_S, 2 ** min(failures.made - free, 10))
        left = failures.last + wait_s * MICROSECONDS - now
        # A clock that was set back must not make anybody wait for longer.
        return min(wait_s, -(-left // MICROSECONDS)) if left > 0 else 0

    def _count(self, key: _Key, now: int) -> None:
        failures = self._failures.get(key)
        made = 0
        if failures is not None and now - failures.last <= FORGOTTEN_S * MICROSECONDS:
            made = failures.made
        _remember(self._failures, key, _Failures(made + 1, now))

    def _clear(self, pair: _Key, place: _Key) -> None:
        self._failures.pop(pair, None)
        failures = self._failures.get(place)
        if failures is not None:  # this try was no failure of the address; the others were
            self._failures[place] = failures._replace(made=max(0, failures.made - 1))
        _remember(self._proven, pair, None)


def _remember(remembered: "OrderedDict[_Key, _Value]", key: _Key, value: _Value) -> None:
    remembered[key] = value
    remembered.move_to_end(key)
    if len(remembered) > MAX_REMEMBERED:
        remembered.popitem(last=False)
