"""Answers that may be some seconds old: `Stampbook-Max-Staleness` lets a replica give them.

The caller is known before that, from the primary: who a revoked key belongs to is never asked of a
replica. Whatever was answered says as of when it is.
"""

import re
from functools import wraps
from typing import Any, Final, NamedTuple

from stampbook.dialects import instants
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.answers import HeaderPair
from stampbook.edge.operations import Aged, Handler
from stampbook.ledger.engine import Ledger
from stampbook.ledger.mirroring.mirror import Reflection
from stampbook.settings import MAX_STALENESS_S

HEADER: Final = b"stampbook-max-staleness"

_is_number = re.compile(r"[0-9]{1,6}").fullmatch


class Dated(NamedTuple):
    """A result with the headers that say as of when it is."""

    value: Any
    headers: tuple[HeaderPair, ...]


def aging(handler: Handler, aged: Aged) -> Handler:
    """The handler, whose answers replicas may give where the caller or the settings allow it."""

    @wraps(handler)
    async def answer(call: Call) -> Any:
        asked_s = _asked(call)
        allowed_s = _allowed(call, aged) if asked_s is None else asked_s
        if asked_s is None and not allowed_s:
            return await handler(call)
        now = call.context.clock()
        found = await _mirrored(call, handler, allowed_s) if allowed_s else None
        if found is not None:
            return Dated(found.value, _told(found, now))
        value = await handler(call)
        return value if asked_s is None else Dated(value, _of_primary(now))

    return answer


def _asked(call: Call) -> int | None:
    """How many seconds old the answer may be by the request's header. Raises Failure (422)."""
    request = call.request
    text = None if request is None else request.header(HEADER)
    if text is None:
        return None
    if not _is_number(text) or int(text) > MAX_STALENESS_S:
        detail = f"must be a number of seconds from 0 to {MAX_STALENESS_S}"
        raise invalid_parameter("Stampbook-Max-Staleness", detail)
    return int(text)


def _allowed(call: Call, aged: Aged) -> int:
    """How many seconds old it may be by the settings."""
    if aged is not Aged.USUALLY:
        return 0
    allowed_s: int = getattr(call.context.settings, "replica_max_staleness_s", 0)
    return allowed_s


async def _mirrored(call: Call, handler: Handler, allowed_s: int) -> Reflection[Any] | None:
    """What a replica answers; None if the primary is to be asked."""
    mirror = call.context.mirror
    # What a person is limited to is read with the rows, so it must not be old.
    if mirror is None or call.caller.limits:
        return None

    async def work(ledger: Ledger) -> Any:
        return await handler(call._replace(context=call.context.reading(ledger)))

    return await mirror.read(work, max_age_us=allowed_s * MICROSECONDS)


def _told(found: Reflection[Any], now: int) -> tuple[HeaderPair, ...]:
    age_s = -(-max(0, now - found.as_of) // MICROSECONDS)
    return (
        (b"stampbook-read-from", b"replica"),
        (b"stampbook-as-of", instants.write(found.as_of).encode()),
        (b"stampbook-position", b"%d" % found.position),
        (b"age", b"%d" % age_s),
    )


def _of_primary(now: int) -> tuple[HeaderPair, ...]:
    as_of = instants.write(now).encode()
    return (b"stampbook-read-from", b"primary"), (b"stampbook-as-of", as_of), (b"age", b"0")
