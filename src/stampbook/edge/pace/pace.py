"""Who may ask how often: by API key, and by address where the credentials are missing or wrong.

A refusal is `TooFast`; edge/failing.py answers it, in the words of the request's dialect. What a
limited caller has left is noted on the request, from where it comes into the headers of its answer.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final, Literal, NamedTuple, Protocol

from stampbook.edge.answers import HeaderPair
from stampbook.edge.pace.buckets import ADDRESSES, KEYS, SECOND_NS, Buckets
from stampbook.networks import caller_of, is_loopback
from stampbook.settings import RATE_LIMIT_ADDRESS

By = Literal["key", "address"]

DETAIL: Final = {
    "key": "the API key makes too many requests",
    "address": "too many requests without valid credentials come from this address",
}


class TooFast(Exception):
    """The request came too soon: its caller may try again in `wait_s` whole seconds, at least 1."""

    def __init__(self, by: By, wait_s: int, detail: str | None = None) -> None:
        super().__init__(by, wait_s)
        self.by = by
        self.wait_s = max(1, wait_s)
        self.detail = detail or DETAIL[by]


class Standing(NamedTuple):
    """What a limited caller has left: of `limit` a minute, and the seconds until all is back."""

    limit: int
    remaining: int
    full_in_s: int

    @property
    def headers(self) -> tuple[HeaderPair, ...]:
        """For the answer."""
        return (
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.full_in_s),
        )


class Asking(Protocol):
    """What pace needs of a request, and what it notes on it."""

    standing: Standing | None

    @property
    def address(self) -> str: ...


class Pace:
    """The limits in force; see the module. `clock` gives microseconds UTC."""

    def __init__(self, buckets: Buckets, clock: Callable[[], int], settings: Any = None) -> None:
        self.clock = clock
        self._buckets = buckets
        self._of_key: int = getattr(settings, "rate_limit_key", 0)
        self._of_address: int = getattr(settings, "rate_limit_address", RATE_LIMIT_ADDRESS)

    def take(self, request: Asking, api_key: int, own: int | None) -> None:
        """Count a request of the key, whose own limit may be None. Raises TooFast."""
        a_minute = self.limit_of(own)
        if a_minute:
            self._take(request, "key", KEYS, api_key, a_minute)

    def limit_of(self, own: int | None) -> int:
        """Requests a minute of a key whose own limit may be None; 0: any number."""
        return self._of_key if own is None else own

    def take_wrong(self, request: Asking) -> None:
        """Count a request whose credentials are missing or wrong. Raises TooFast."""
        name = self._stranger(request)
        if name is not None:
            self._take(request, "address", ADDRESSES, name, self._of_address)

    def check(self, request: Asking, secret: str) -> None:
        """Whether the secret may be looked up: from an address beyond its limit only one that was
        right before, lest each wrong one cost a query. Raises TooFast."""
        name = self._stranger(request)
        if name is None or not self._buckets.is_empty(
            ADDRESSES, name, a_minute=self._of_address, now_ns=self._now_ns()
        ):
            return
        if not self._buckets.is_marked(secret):
            self._take(request, "address", ADDRESSES, name, self._of_address)

    def prove(self, secret: str) -> None:
        """Remember that the secret was right."""
        self._buckets.mark(secret, now_ns=self._now_ns())

    def _take(self, request: Asking, by: By, region: int, name: Hashable, a_minute: int) -> None:
        taken = self._buckets.take(region, name, a_minute=a_minute, now_ns=self._now_ns())
        request.standing = Standing(a_minute, taken.remaining, _seconds(taken.full_in_ns))
        if taken.wait_ns:
            raise TooFast(by, _seconds(taken.wait_ns))

    def _stranger(self, request: Asking) -> str | None:
        """The name of the address's bucket; None where the address is not limited."""
        if not self._of_address:
            return None
        is_free = self._of_address == RATE_LIMIT_ADDRESS and is_loopback(request.address)
        return None if is_free else caller_of(request.address)

    def _now_ns(self) -> int:
        return self.clock() * 1_000


def _seconds(duration_ns: int) -> int:
    """Whole seconds, rounded up."""
    return -(-duration_ns // SECOND_NS)
