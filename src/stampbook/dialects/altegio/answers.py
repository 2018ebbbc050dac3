"""What this API answers: envelopes, errors, and the ledger's refusals in its own words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from litestar import Request, Response

from stampbook.dialects.altegio.faults import Fault
from stampbook.dialects.altegio.texts import language, say
from stampbook.dialects.altegio.wire import tokens
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.unavailable import is_full

RETRY_AFTER_S: Final = 1
"""What a caller is told to wait when the ledger is full."""

_encoder = msgspec.json.Encoder(decimal_format="number")


def encoded(content: Any) -> bytes:
    """JSON; amounts are written as they are, digit by digit."""
    return _encoder.encode(content)


BARE: Final = "/v1/visit/loyalty/"
"""Paths that only the newer pages print, without `/api`; their successes are bare."""

NO_META: Final[list[Any]] = []


def money(hundredths: int) -> int | Decimal:
    """An amount as the shortest decimal: 66 is 0.66, 2000 is 20."""
    if hundredths % 100 == 0:
        return hundredths // 100
    return Decimal(hundredths).scaleb(-2).normalize()


def quantity(thousandths: int) -> int | Decimal:
    """How much of something, as the shortest decimal."""
    if thousandths % 1_000 == 0:
        return thousandths // 1_000
    return Decimal(thousandths).scaleb(-3).normalize()


def language_of(request: Request[Any, Any, Any]) -> str:
    return language_by(request.headers)


def language_by(headers: Mapping[str, str]) -> str:
    """The language that the headers ask for."""
    return language(headers.get("accept", ""), headers.get("accept-language", ""))


def wants_envelope(headers: Mapping[str, str]) -> bool:
    """Whether the caller names version 2, for the paths that leave it to the caller (2.1)."""
    accept = headers.get("accept", "").lower()
    return "vnd.api.v2+json" in accept or "vnd.yclients.v2+json" in accept


def is_spoken(headers: Mapping[str, str]) -> bool:
    """Whether the headers are those of this API's callers: two tokens, or the vendor's `Accept`."""
    _, user = tokens(headers.get("authorization", ""))
    return user is not None or wants_envelope(headers)


def enveloped(data: Any, *, meta: Any = NO_META, status: int = 200) -> Response[bytes]:
    return _response(_envelope(data, meta), status)


def counted(
    request: Request[Any, Any, Any],
    rows: list[Any],
    count: int,
    *,
    meta: Mapping[str, Any] | None = None,
) -> Response[bytes]:
    """A page of a list, always enveloped. `count`: the number of all matches.

    The count is in `meta`; clients older than version 2 read it at the top, so it is there too
    unless `Accept` asks for version 2.
    """
    content = _envelope(rows, {"count": count, **(meta or {})})
    if not wants_envelope(request.headers):
        content["count"] = count
    return _response(content, 200)


def _envelope(data: Any, meta: Any) -> dict[str, Any]:
    return {"success": True, "data": data, "meta": meta}


def by_accept(
    request: Request[Any, Any, Any], data: Any, *, meta: Any = NO_META
) -> Response[bytes]:
    """The bare body or the envelope; see `content_by`."""
    content = content_by(request.scope["path"], request.headers, data, meta=meta)
    return _response(content, 200)


def content_by(path: str, headers: Mapping[str, str], data: Any, *, meta: Any = NO_META) -> Any:
    """The envelope for callers that ask for version 2, and the bare body otherwise.

    Paths under `BARE` are answered bare whatever is asked for.
    """
    is_bare = path.startswith(BARE) or not wants_envelope(headers)
    return data if is_bare else _envelope(data, meta)


def no_content() -> Response[None]:
    return Response(None, status_code=204)


def _response(
    content: Any, status: int, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    return Response(
        encoded(content),
        status_code=status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def fault_response(request: Request[Any, Any, Any], fault: Fault) -> Response[bytes]:
    """A fault in the envelope of section 2.2, in the caller's language."""
    return _response(fault_content(fault, language_of(request)), fault.status, fault_headers(fault))


def fault_content(fault: Fault, lang: str) -> dict[str, Any]:
    """A fault in the envelope of section 2.2."""
    meta: dict[str, Any] = {}
    if fault.message is not None:
        meta["message"] = fault.message if fault.literal else say(fault.message, lang)
    if fault.errors:
        meta["errors"] = [
            {field: text if fault.literal else say(text, lang)} for field, text in fault.errors
        ]
    return {"success": False, "data": None, "meta": meta}


def fault_headers(fault: Fault) -> dict[str, str]:
    """The headers that belong to a fault."""
    return {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}


REFUSALS: Final[Mapping[Code, Fault]] = {
    Code.NOT_FOUND: Fault(404),
    Code.IDEMPOTENCY_KEY_REUSED: Fault(422, "idempotency_key_reused", literal=True),
    Code.EXTERNAL_ID_TAKEN: Fault(422, "external_id_taken", literal=True),
    Code.INVALID_REQUEST: Fault(422, "invalid_request", literal=True),
    Code.FORBIDDEN: Fault(403, "denied"),
    Code.PROGRAM_INACTIVE: Fault(404),
    Code.MEMBER_INACTIVE: Fault(404),
    Code.ACCOUNT_CLOSED: Fault(404),
    Code.NOT_TEMPORARY: Fault(422, "not_temporary", literal=True),
    Code.ALREADY_CANCELLED: Fault(422, "already_cancelled", literal=True),
    Code.ALREADY_RELEASED: Fault(422, "already_released", literal=True),
    Code.ALREADY_COMMITTED: Fault(422, "already_committed", literal=True),
    Code.NOT_CANCELLABLE: Fault(422, "not_cancellable", literal=True),
    Code.CANCEL_WINDOW_PASSED: Fault(422, "cancel_window_passed", literal=True),
    Code.EXCEEDS_ORIGINAL: Fault(422, "exceeds_original", literal=True),
    Code.POINTS_ALREADY_SPENT: Fault(422, "points_already_spent", literal=True),
    Code.DEFICIT_OUTSTANDING: Fault(422, "error", [("amount", "insufficient")]),
    Code.INSUFFICIENT_POINTS: Fault(422, "error", [("amount", "insufficient")]),
    Code.ACCOUNT_FULL: Fault(422, "account_full", literal=True),
    Code.OVERLOADED: Fault(503, "overloaded", retry_after_s=RETRY_AFTER_S),
}
"""Every refusal of the ledger on this wire (2.4). What is cancelled already is no fault here:
the operations answer it with the state as it is, before they come to this table."""


def refused(refusal: Refusal) -> Fault:
    """The fault that a refusal of the ledger becomes."""
    return REFUSALS[refusal.code]


_BY_STATUS: Final[Mapping[int, str | None]] = {
    401: "authentication",
    403: "denied",
    404: None,
    405: "method",
    413: "too_large",
    415: "media_type",
    422: "error",
    429: "too_many",
    431: "too_large",
    503: "overloaded",
}


def failure(request: Request[Any, Any, Any], status: int, detail: str) -> Response[bytes]:
    """What the server itself answers on this API's paths: no route, wrong method, a bug."""
    return fault_response(request, fault_of_status(status, detail))


def fault_of_status(status: int, detail: str = "") -> Fault:
    """What is told of a failure that no handler worded."""
    message = _BY_STATUS.get(status, "error" if status < 500 else "failure")
    if is_full(detail):
        message = "storage_full"
    return Fault(status, message, retry_after_s=RETRY_AFTER_S if status == 503 else None)


def owns(path: str) -> bool:
    """Whether the path belongs to this API: /api/v1/…, and /v1/visit/… as newer pages print it.

    `/api/v1.1/…` is somebody else's.
    """
    return path == "/api/v1" or path.startswith(("/api/v1/", "/v1/visit/"))
