"""Outcomes in the vendor's words: the envelope, the texts, the map of the ledger's refusals."""

from collections.abc import Mapping
from typing import Final

from stampbook.dialects import amounts
from stampbook.dialects.altcraft.call import File, Success
from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.formats.writing import CONTENT_TYPES, Value, write
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.unavailable import is_full

BASE = "/api/v1.1"

SUCCESS = "Successful operation"

RETRY_AFTER_S = 1
"""When to come again after 503 or 429: queues empty within a second, or not at all."""

RETRY_AFTER = ((b"retry-after", str(RETRY_AFTER_S).encode()),)

CSV: Final[tuple[HeaderPair, ...]] = (
    (b"content-type", b"text/csv; charset=utf-8; header=present"),
    (b"content-disposition", b'attachment; filename="transactions.csv"'),
    (b"cache-control", b"private, no-store"),
)

REFUSALS: Mapping[Code, tuple[int, str]] = {
    Code.NOT_FOUND: (404, "Not found: transaction"),
    Code.IDEMPOTENCY_KEY_REUSED: (409, "Idempotency key already used"),
    Code.EXTERNAL_ID_TAKEN: (409, "External transaction ID already used"),
    Code.ACCOUNT_MOVED: (409, "Account has changed"),
    Code.INVALID_REQUEST: (400, "Incorrect request"),
    Code.FORBIDDEN: (403, "No access"),
    Code.PROGRAM_INACTIVE: (409, "Program is inactive"),
    Code.MEMBER_INACTIVE: (409, "Member is inactive"),
    Code.ACCOUNT_CLOSED: (409, "Account is closed"),
    Code.NOT_TEMPORARY: (409, "Transaction is not temporary"),
    Code.ALREADY_CANCELLED: (409, "Transaction already canceled"),
    Code.ALREADY_RELEASED: (409, "Transaction already rolled back"),
    Code.ALREADY_COMMITTED: (409, "Transaction already committed"),
    Code.NOT_CANCELLABLE: (409, "Transaction cannot be canceled"),
    Code.CANCEL_WINDOW_PASSED: (409, "Transaction cannot be canceled"),
    Code.EXCEEDS_ORIGINAL: (409, "Transaction cannot be canceled"),
    Code.POINTS_ALREADY_SPENT: (409, "Points already spent"),
    Code.DEFICIT_OUTSTANDING: (409, "Insufficient points"),
    Code.INSUFFICIENT_POINTS: (409, "Insufficient points"),
    Code.ACCOUNT_FULL: (409, "Account is full"),
    Code.LIMIT_EXCEEDED: (403, "User limit exceeded"),
    Code.APPROVAL_REQUIRED: (403, "Approval required"),
    Code.OVERLOADED: (503, "Overloaded"),
}
"""Every refusal of the ledger: the envelope's number and its stable text."""

FAILURES: Mapping[int, str] = {
    404: "Not found: method",
    405: "Method not allowed",
    413: "Payload too large",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal error",
    503: "Overloaded",
}
"""What never reached a method, by HTTP status; anything else is an incorrect request."""


def success_answer(success: Success, form: str) -> Answer:
    """A success in the format: error, error_text, data, then what is beside it."""
    envelope: dict[str, Value] = {"error": 0, "error_text": SUCCESS}
    if success.has_data:
        envelope["data"] = success.data
    return Answer(200, write({**envelope, **success.beside}, form), (CONTENT_TYPES[form],))


def fault_answer(fault: Fault, form: str) -> Answer:
    """An error in the format; `data` is null unless a retry is to learn the state."""
    envelope: dict[str, Value] = {
        "error": fault.error,
        "error_text": fault.text,
        "data": fault.data,
    }
    return Answer(fault.status, write(envelope, form), (CONTENT_TYPES[form], *fault.headers))


def file_answer(file: File) -> Streamed:
    """A file of transactions, for nobody but who has the link."""
    return Streamed(200, file.parts, CSV)


def failure(status: int, detail: str) -> Fault:
    """What went wrong outside of a method: no route, method, size, a bug."""
    text = "Storage full" if is_full(detail) else FAILURES.get(status)
    error = status if text is not None else (500 if status > 500 else 400)
    if text is None:
        text = FAILURES[500] if error == 500 else f"Incorrect request: body: {detail}"
    elif status == 415:
        text = f"{text}: {detail}"
    headers = RETRY_AFTER if status in (429, 503) else ()
    return Fault(error, text, status=status, headers=headers)


def refused(refusal: Refusal, *, data: Mapping[str, str] | None = None, hint: str = "") -> Fault:
    """The ledger's refusal in the vendor's words."""
    error, text = REFUSALS[refusal.code]
    if refusal.code is Code.INVALID_REQUEST:
        return incorrect("body", refusal.detail)
    if refusal.code is Code.OVERLOADED:
        return Fault(error, text, status=503, headers=RETRY_AFTER)
    return Fault(error, text + hint, data=data)


def balance_text(amount: int, scale: int) -> str:
    """A balance: the currency's scale, at least two digits after the point."""
    if scale >= 2:
        return amounts.write(amount, scale)
    return amounts.write(amount * 10 ** (2 - scale), 2)
