"""What becomes of a request that has its answer: it is counted, and logged if the settings say so.

The path in a line is the one that was asked for, without its query. Of its segments only those are
kept that are words of a route, an id of ours, or a number of at most MAX_DIGITS digits; anything
else may be a name, a phone number or a secret, and becomes a MASK
(docs/decisions/0162-what-is-not-logged.md).
"""

import logging
import re
from collections.abc import Set
from typing import Any, Final

from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.requests import Request
from stampbook.ledger.origin import Origin
from stampbook.watching.metrics import Slots, answered
from stampbook.watching.noticing import Noticed

log = logging.getLogger("stampbook.access")

MASK: Final = "*"
MAX_DIGITS: Final = 8

_is_id = re.compile(rf"[a-z]{{3}}_[0-9a-f]{{1,14}}|[0-9]{{1,{MAX_DIGITS}}}").fullmatch

MILLISECOND: Final = 1_000_000


def shown(path: bytes, words: Set[str]) -> str:
    """The path as it is logged."""
    segments = path.decode("latin-1").split("/")
    return "/".join(
        each if not each or each in words or _is_id(each) else MASK for each in segments
    )


class Access:
    """Counts answers, and logs them: none, those of `errors` (5xx and slow ones), or all.

    `slow_ms` 0: none is slow. While requests fail one after the other, `errors` logs one a second.
    """

    def __init__(self, words: Set[str], mode: str, slow_ms: int) -> None:
        self._words = words
        self._logs_all = mode == "all"
        self._slow_ns = slow_ms * MILLISECOND or None
        self._noticed = Noticed(log)
        if mode == "off":
            self.note = self._count  # type: ignore[method-assign]
        else:
            log.setLevel(logging.INFO)

    def note(
        self,
        slots: Slots,
        request: Request,
        origin: Origin,
        answer: Answer | Streamed,
        took_ns: int,
    ) -> None:
        """The request has its answer."""
        answered(slots, answer.status, took_ns)
        is_slow = self._slow_ns is not None and took_ns > self._slow_ns
        fails = answer.status >= 500
        if not (self._logs_all or is_slow or fails):
            return
        self._write(request, origin, answer, took_ns, is_slow=is_slow)

    def _write(
        self,
        request: Request,
        origin: Origin,
        answer: Answer | Streamed,
        took_ns: int,
        *,
        is_slow: bool,
    ) -> None:
        fails = answer.status >= 500
        kind = str(answer.status) if fails else "slow"
        if not self._logs_all and self._noticed.leaves_out(kind):
            return
        fields = self._fields(request, origin, answer, took_ns)
        message = f"{request.method} {fields['path']} {answer.status}"
        level = logging.WARNING if fails or is_slow else logging.INFO
        if self._logs_all:
            log.log(level, "%s", message, extra={"fields": fields})
        else:
            self._noticed.say(kind, "%s", message, level=level, fields=fields)

    def refused(
        self, slots: Slots, request: Request, origin: Origin, answer: Answer | Streamed
    ) -> None:
        """The request was refused before an API saw it. The connection logs that in its own way, so
        only `all` has a line for it."""
        answered(slots, answer.status, 0)
        if self._logs_all:
            self._write(request, origin, answer, 0, is_slow=False)

    def _count(
        self,
        slots: Slots,
        request: Request,
        origin: Origin,
        answer: Answer | Streamed,
        took_ns: int,
    ) -> None:
        answered(slots, answer.status, took_ns)

    def _fields(
        self, request: Request, origin: Origin, answer: Answer | Streamed, took_ns: int
    ) -> dict[str, Any]:
        route = request.route
        fields: dict[str, Any] = {
            "request_id": request.id,
            "method": request.method,
            "path": shown(request.raw_path, self._words),
            "route": None if route is None else route.operation.path,
            "dialect": origin.dialect,
            "status": answer.status,
            "code": origin.code,
            "duration_ms": round(took_ns / MILLISECOND, 1),
            "bytes_in": len(request.body),
            "bytes_out": len(answer.body) if isinstance(answer, Answer) else None,
            "api_key_id": _named("key", origin.api_key_id),
            "user_id": _named("usr", origin.user_id),
            "address": request.address,
            "replayed": origin.replayed or None,
        }
        return {name: value for name, value in fields.items() if value is not None}


def _named(prefix: str, number: int | None) -> str | None:
    """The id of the caller, as the native API writes it."""
    return None if number is None else f"{prefix}_{number:x}"
