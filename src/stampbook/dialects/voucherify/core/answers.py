"""What this dialect answers: bodies, headers, errors, and the ledger's refusals in its words."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.response import Stream

from stampbook.dialects.voucherify.core.faults import Fault, request_id
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer
from stampbook.edge.caller import bearer
from stampbook.edge.pace import Standing

RETRY_AFTER_S: Final = 1
"""What a caller is told to wait when the ledger is full."""

MAX_BODY: Final = 10 * 1024 * 1024
"""The vendor's largest request, which its answer 413 names."""

JSON: Final = "application/json; charset=utf-8"

REQUEST_HEADERS: Final = (
    "X-App-Id, X-App-Token, X-Client-Application-Id, X-Client-Token, Authorization, Content-Type,"
    " X-Voucherify-API-Version, X-Voucherify-Channel, Idempotency-Key, Stampbook-Actor"
)
OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Rate-Limit-Limit, X-Rate-Limit-Remaining,"
    " X-Rate-Limit-Retry, Retry-After",
}
"""A browser client exists: any origin may read, since every call carries its own credentials."""

HEAD: Final = (
    (b"content-type", JSON.encode()),
    *((name.lower().encode(), value.encode()) for name, value in OPEN.items()),
)

PREFLIGHT: Final = {
    **OPEN,
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": REQUEST_HEADERS,
    "Access-Control-Max-Age": "86400",
}

PREFIXES: Final = (
    "/v2/",
    "/v1/loyalties",
    "/v1/customers",
    "/v1/redemptions",
    "/v1/vouchers",
    "/v1/async-actions",
    "/v1/oauth",
    "/ping",
)

CALLERS: Final = (
    "x-app-id",
    "x-app-token",
    "x-client-application-id",
    "x-client-token",
    "x-voucherify-channel",
    "x-voucherify-api-version",
)
"""Headers that only this API's callers send."""

OAUTH_PREFIX: Final = "oat_"
"""OAuth tokens begin so: a bearer may be an API key's secret instead."""

_encoder = msgspec.json.Encoder()


def owns(path: str) -> bool:
    """Whether errors on that path are to be told in this dialect."""
    return path.startswith(PREFIXES)


def is_spoken(headers: Mapping[str, str]) -> bool:
    """Whether the headers are those of this API's callers: credentials, or what its clients add.

    A bearer token that is an API key's secret is no sign: the native API takes such tokens too.
    """
    token = bearer(headers.get("authorization")) or ""
    return token.startswith(OAUTH_PREFIX) or any(name in headers for name in CALLERS)


def respond(
    body: object, *, status: int = 200, standing: Standing | None = None
) -> Response[bytes]:
    """A JSON answer with the dialect's headers."""
    return Response(
        _encoder.encode(body), status_code=status, media_type=JSON, headers=_headers(standing)
    )


def answer_of(body: object, *, status: int = 200, standing: Standing | None = None) -> Answer:
    """What `respond` answers, as bytes."""
    headers = HEAD
    if standing is not None:
        headers = (
            *HEAD,
            (b"x-rate-limit-limit", b"%d" % standing.limit),
            (b"x-rate-limit-remaining", b"%d" % standing.remaining),
            (b"x-rate-limit-retry", b"%d" % standing.resets_at_s),
        )
    return Answer(status, _encoder.encode(body), headers)


def fault_answer(fault: Fault, standing: Standing | None = None) -> Answer:
    """What `respond_fault` answers, as bytes."""
    worded = answer_of(fault.body(request_id()), status=fault.status, standing=standing)
    if fault.retry_after_s is None:
        return worded
    retry = (b"retry-after", str(fault.retry_after_s).encode())
    return worded._replace(headers=(*worded.headers, retry))


def respond_raw(
    body: bytes, *, media_type: str, standing: Standing | None = None, status: int = 200
) -> Response[bytes]:
    """An answer that is not JSON."""
    return Response(body, status_code=status, media_type=media_type, headers=_headers(standing))


def stream(
    parts: AsyncIterator[bytes], *, media_type: str, standing: Standing | None = None
) -> Stream:
    """An answer that is made while it is sent."""
    return Stream(parts, media_type=media_type, headers=_headers(standing))


def preflight() -> Response[bytes]:
    """The answer to a browser that asks what it may send."""
    return Response(b"", status_code=204, media_type="text/plain", headers=PREFLIGHT)


def respond_fault(fault: Fault, standing: Standing | None = None) -> Response[bytes]:
    """An error in the vendor's envelope."""
    response = respond(fault.body(request_id()), status=fault.status, standing=standing)
    if fault.retry_after_s is not None:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    return response


def _headers(standing: Standing | None) -> dict[str, str]:
    if standing is None:
        return dict(OPEN)
    return {
        **OPEN,
        "X-Rate-Limit-Limit": str(standing.limit),
        "X-Rate-Limit-Remaining": str(standing.remaining),
        "X-Rate-Limit-Retry": str(standing.resets_at_s),
    }


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


def failure(request: Request[Any, Any, Any], status: int, detail: str) -> Response[bytes]:
    """What no handler answered: no such path or method, a body too large, a bug."""
    if status == 413:
        return respond(
            {
                "statusCode": 413,
                "error": "Request Entity Too Large",
                "message": f"Payload content length greater than maximum allowed: {MAX_BODY}",
            },
            status=413,
        )
    return respond_fault(failure_fault(status, detail))


def failure_fault(status: int, detail: str) -> Fault:
    """What went wrong outside the handlers, but for a body that is too large."""
    key, message = FAILURES.get(status, FAILURES[500 if status >= 500 else 400])
    retry = RETRY_AFTER_S if status == 503 else None
    return Fault(status, key, message, detail, retry_after_s=retry)


REFUSALS: Final[Mapping[Code, tuple[int, str]]] = {
    Code.NOT_FOUND: (404, "Resource not found"),
    Code.IDEMPOTENCY_KEY_REUSED: (423, "Idempotency key reused"),
    Code.EXTERNAL_ID_TAKEN: (423, "External id taken"),
    Code.INVALID_REQUEST: (400, "Invalid payload"),
    Code.FORBIDDEN: (403, "Forbidden"),
    Code.PROGRAM_INACTIVE: (423, "Invalid program status"),
    Code.MEMBER_INACTIVE: (423, "Invalid member status"),
    Code.ACCOUNT_CLOSED: (423, "Card is closed"),
    Code.NOT_TEMPORARY: (423, "Transaction is not temporary"),
    Code.ALREADY_CANCELLED: (423, "Transaction is canceled"),
    Code.ALREADY_RELEASED: (423, "Transaction is released"),
    Code.ALREADY_COMMITTED: (423, "Transaction is committed"),
    Code.NOT_CANCELLABLE: (423, "Transaction cannot be canceled"),
    Code.CANCEL_WINDOW_PASSED: (423, "Cancel window has passed"),
    Code.EXCEEDS_ORIGINAL: (423, "Amount exceeds the original transaction"),
    Code.POINTS_ALREADY_SPENT: (423, "Points are already spent"),
    Code.DEFICIT_OUTSTANDING: (423, "A deficit is outstanding"),
    Code.INSUFFICIENT_POINTS: (423, "Insufficient points"),
    Code.ACCOUNT_FULL: (423, "Card is full"),
    Code.OVERLOADED: (503, "Service overloaded"),
}
"""All that the ledger may refuse: status and message. The key is the ledger's code, but for
those that the vendor has a key of its own for."""

KEYS: Final[Mapping[Code, str]] = {
    Code.INVALID_REQUEST: "invalid_payload",
    Code.PROGRAM_INACTIVE: "non_active_program",
    Code.MEMBER_INACTIVE: "non_active_member",
    Code.OVERLOADED: "service_unavailable",
}


def refused(refusal: Refusal) -> Fault:
    """A refusal of the ledger that has no place of its own in an operation's table."""
    status, message = REFUSALS[refusal.code]
    return Fault(
        status,
        KEYS.get(refusal.code, refusal.code.value),
        message,
        refusal.detail[:1].upper() + refusal.detail[1:],
        retry_after_s=RETRY_AFTER_S if refusal.code is Code.OVERLOADED else None,
    )
