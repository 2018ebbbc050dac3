"""What this dialect answers as bytes: bodies, headers, errors; and which paths are its own."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from stampbook.dialects.voucherify.core.calls import Download
from stampbook.dialects.voucherify.core.faults import RETRY_AFTER_S, Fault, request_id
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.pace.quota import Standing

REQUEST_HEADERS: Final = (
    b"X-App-Id, X-App-Token, X-Client-Application-Id, X-Client-Token, Authorization, Content-Type,"
    b" X-Voucherify-API-Version, X-Voucherify-Channel, Idempotency-Key, Stampbook-Actor"
)
OPEN: Final[tuple[HeaderPair, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Retry, X-RateLimit-Limit,"
        b" X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After",
    ),
)
"""A browser client exists: any origin may read, since every call carries its own credentials."""

HEAD: Final = ((b"content-type", b"application/json; charset=utf-8"), *OPEN)

PREFLIGHT: Final = (
    *OPEN,
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", REQUEST_HEADERS),
    (b"access-control-max-age", b"86400"),
)

PREFIXES: Final = (
    "/v2/",
    "/v1/loyalties",
    "/v1/customers",
    "/v1/orders",
    "/v1/events",
    "/v1/metadata-schemas",
    "/v1/redemptions",
    "/v1/vouchers",
    "/v1/async-actions",
    "/v1/oauth",
    "/ping",
)

FAILURES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("invalid_payload", "Invalid payload"),
    404: ("not_found", "Resource not found"),
    405: ("method_not_allowed", "Method not allowed"),
    415: ("invalid_payload", "Unsupported media type"),
    429: ("too_many_requests", "Too many requests"),
    500: ("internal_error", "Internal server error"),
    503: ("service_unavailable", "Service unavailable"),
}
"""Keys and messages of what goes wrong outside the handlers."""

_encode = msgspec.json.Encoder().encode


def owns(path: str) -> bool:
    """Whether failures on that path are worded in this dialect."""
    return path.startswith(PREFIXES)


def print_result(result: Any, status: int, standing: Standing | None) -> Answer | Streamed:
    """What a handler returned: a body of JSON, a download, or None where the status is 204."""
    if isinstance(result, Download):
        head = ((b"content-type", result.media_type), *OPEN, *_standing(standing))
        return Streamed(status, result.parts, head)
    if status == 204:
        return Answer(status, b"", (*OPEN, *_standing(standing)))
    return Answer(status, _encode(result), (*HEAD, *_standing(standing)))


def print_fault(fault: Fault, standing: Standing | None = None) -> Answer:
    """An error in the vendor's envelope."""
    head = (*HEAD, *_standing(standing))
    if fault.retry_after_s is not None:
        head = (*head, (b"retry-after", b"%d" % fault.retry_after_s))
    return Answer(fault.status, _encode(fault.body(request_id())), head)


def print_failure(status: int, detail: str, max_body: int) -> Answer:
    """What no handler answered: no such path or method, a body too large, a bug."""
    if status == 413:
        body = {
            "statusCode": 413,
            "error": "Request Entity Too Large",
            "message": f"Payload content length greater than maximum allowed: {max_body}",
        }
        return Answer(413, _encode(body), HEAD)
    key, message = FAILURES.get(status, FAILURES[500 if status >= 500 else 400])
    retry = RETRY_AFTER_S if status == 503 else None
    return print_fault(Fault(status, key, message, detail, retry_after_s=retry))


def _standing(standing: Standing | None) -> tuple[HeaderPair, ...]:
    if standing is None:
        return ()
    return (
        (b"x-rate-limit-limit", b"%d" % standing.limit),
        (b"x-rate-limit-remaining", b"%d" % standing.remaining),
        (b"x-rate-limit-retry", b"%d" % standing.resets_at_s),
    )
