"""What this API answers: envelopes, errors, and the ledger's refusals in its own words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from stampbook.dialects.altegio.faults import Fault
from stampbook.dialects.altegio.texts import say
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import JSON, Answer, HeaderPair
from stampbook.edge.unavailable import is_full

RETRY_AFTER_S: Final = 1
"""How long a caller is asked to wait when the ledger is full."""

_encoder = msgspec.json.Encoder(decimal_format="number")

encoded = _encoder.encode
"""JSON; amounts are written as they are, digit by digit."""


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


def wants_envelope(accept: str) -> bool:
    """Whether an `Accept` header names version 2: some paths leave the envelope to the caller."""
    accept = accept.lower()
    return "vnd.api.v2+json" in accept or "vnd.yclients.v2+json" in accept


def enveloped(data: Any, meta: Any) -> dict[str, Any]:
    """A success in its envelope."""
    return {"success": True, "data": data, "meta": meta}


def fault_answer(fault: Fault, lang: str) -> Answer:
    """A fault in its envelope, in the caller's language."""
    meta: dict[str, Any] = {}
    if fault.message is not None:
        meta["message"] = fault.message if fault.literal else say(fault.message, lang)
    if fault.errors:
        meta["errors"] = [
            {field: text if fault.literal else say(text, lang)} for field, text in fault.errors
        ]
    headers: tuple[HeaderPair, ...] = (JSON,)
    if fault.retry_after_s is not None:
        headers = (JSON, (b"retry-after", b"%d" % fault.retry_after_s))
    content = {"success": False, "data": None, "meta": meta}
    return Answer(fault.status, encoded(content), headers)


REFUSALS: Final[Mapping[Code, Fault]] = {
    Code.NOT_FOUND: Fault(404),
    Code.IDEMPOTENCY_KEY_REUSED: Fault(422, "idempotency_key_reused", literal=True),
    Code.EXTERNAL_ID_TAKEN: Fault(422, "external_id_taken", literal=True),
    Code.ACCOUNT_MOVED: Fault(422, "account_moved", literal=True),
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
    Code.LIMIT_EXCEEDED: Fault(403, "limit_exceeded"),
    Code.APPROVAL_REQUIRED: Fault(403, "approval_required"),
    Code.OVERLOADED: Fault(503, "overloaded", retry_after_s=RETRY_AFTER_S),
}
"""Every refusal of the ledger on this wire. What is cancelled already is no fault here:
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


def fault_of_status(status: int, detail: str = "") -> Fault:
    """A failure that no handler worded."""
    message = _BY_STATUS.get(status, "error" if status < 500 else "failure")
    if is_full(detail):
        message = "storage_full"
    return Fault(status, message, retry_after_s=RETRY_AFTER_S if status == 503 else None)
