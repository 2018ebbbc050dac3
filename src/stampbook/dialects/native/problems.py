"""RFC 9457: how the native API says what went wrong."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.json import Encoder

from stampbook.dialects import amounts
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.domain.model import transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer
from stampbook.edge.unavailable import is_full

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:stampbook:problem:"
RETRY_AFTER_S: Final = 1

STATUS_OF: Final[dict[Code, int]] = {
    Code.NOT_FOUND: 404,
    Code.IDEMPOTENCY_KEY_REUSED: 422,
    Code.EXTERNAL_ID_TAKEN: 409,
    Code.ACCOUNT_MOVED: 409,
    Code.INVALID_REQUEST: 422,
    Code.FORBIDDEN: 403,
    Code.PROGRAM_INACTIVE: 409,
    Code.MEMBER_INACTIVE: 409,
    Code.ACCOUNT_CLOSED: 409,
    Code.NOT_TEMPORARY: 409,
    Code.ALREADY_CANCELLED: 409,
    Code.ALREADY_RELEASED: 409,
    Code.ALREADY_COMMITTED: 409,
    Code.NOT_CANCELLABLE: 409,
    Code.CANCEL_WINDOW_PASSED: 409,
    Code.EXCEEDS_ORIGINAL: 409,
    Code.POINTS_ALREADY_SPENT: 409,
    Code.DEFICIT_OUTSTANDING: 409,
    Code.INSUFFICIENT_POINTS: 409,
    Code.ACCOUNT_FULL: 409,
    Code.LIMIT_EXCEEDED: 403,
    Code.APPROVAL_REQUIRED: 403,
    Code.OVERLOADED: 503,
}
"""Every refusal's status; its code on the wire is the ledger's own word."""

CODE_OF_STATUS: Final = {
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    500: "internal_error",
    503: "overloaded",
}
"""The codes of what never reached a handler."""

STORAGE_FULL: Final = "storage_full"

Word = Annotated[str, Meta(extra_json_schema={"$ref": "#/components/schemas/ProblemCode"})]

_encode = Encoder().encode


class Fault(Struct, frozen=True, omit_defaults=True):
    """What is wrong with one part of a request.

    `pointer` is a JSON pointer into the body; `parameter` the name of a query parameter, a
    header or a part of the path.
    """

    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Problem(Struct, frozen=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    code: Word
    errors: Sequence[Fault]
    request_id: str | UnsetType = UNSET
    active: Written | UnsetType = UNSET
    """Of a refusal: the account's active balance."""
    related_transaction_id: str | UnsetType = UNSET
    """Of a refusal: the transaction in the way, such as an earlier cancel."""
    account_id: str | UnsetType = UNSET
    """Of a refusal within a request on several accounts: the account that refuses."""
    limit: Written | UnsetType = UNSET
    """Of `limit_exceeded`: what the person may do in one act, or in one day."""
    used: Written | UnsetType = UNSET
    """Of `limit_exceeded`: what they have done on that day."""
    asked: Written | UnsetType = UNSET
    """Of `limit_exceeded`: the amount of this act."""
    index: int | UnsetType = UNSET
    """Of an atomic bulk: which operation was refused."""
    used_by: Sequence[str] | UnsetType = UNSET
    """Of `in_use`: the ids of what uses it."""
    pairs: Sequence[Sequence[str]] | UnsetType = UNSET
    """Of `phones_collide`: the ids of two members each, at most 100 pairs."""


class Failure(Exception):
    """Raised by a handler to end the request with a problem; `more` are further fields of it.
    `retry_after_s`: whole seconds after which it may be otherwise."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after_s: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.retry_after_s = retry_after_s
        self.more = more


def invalid(detail: str, *faults: Fault) -> Failure:
    """422 `invalid_request`."""
    return Failure(422, "invalid_request", detail, faults=faults)


def invalid_field(pointer: str, detail: str) -> Failure:
    """422 for one part of the body, named by a JSON pointer."""
    return invalid(f"{pointer} {detail}", Fault(detail, pointer=pointer))


def invalid_parameter(name: str, detail: str) -> Failure:
    """422 for a query parameter or a header."""
    return invalid(f"{name} {detail}", Fault(detail, parameter=name))


def not_found(detail: str) -> Failure:
    """404."""
    return Failure(404, "not_found", detail)


def taken(field: str, code: str = "conflict") -> Failure:
    """409 for a field whose value another resource has."""
    fault = Fault("is taken", pointer=f"/{field}")
    return Failure(409, code, f"the {field} is taken", faults=[fault])


def refused(refusal: Refusal, *, account: int, scale: int, **more: Any) -> Failure:
    """What the ledger refuses, with the account's active balance and the transaction in the way."""
    if refusal.active is not None:
        more["active"] = amounts.write(refusal.active, scale)
    if refusal.figures is not None:
        for name, figure in zip(("limit", "used", "asked"), refusal.figures, strict=True):
            more[name] = amounts.write(figure, scale)
    if refusal.related:
        number = transaction_number(account=account, seq=refusal.related)
        more["related_transaction_id"] = ids.write(ids.TRANSACTION, number)
    return Failure(STATUS_OF[refusal.code], str(refusal.code), refusal.detail, **more)


def problem_of(failure: Failure, request_id: str) -> Problem:
    """A failure as a body; the title says the same for every problem of its code."""
    return Problem(
        type=TYPE_PREFIX + failure.code,
        title=failure.code.replace("_", " ").capitalize(),
        status=failure.status,
        detail=failure.detail,
        code=failure.code,
        errors=failure.faults,
        request_id=request_id or UNSET,
        **failure.more,
    )


def answer_of(failure: Failure, request_id: str) -> Answer:
    """A failure as an answer; one that will pass says when to come again."""
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", MEDIA_TYPE.encode()),)
    wait_s = RETRY_AFTER_S if failure.status == 503 else failure.retry_after_s
    if wait_s is not None:
        headers += ((b"retry-after", str(wait_s).encode()),)
    if failure.status == 401:
        headers += ((b"www-authenticate", b"Bearer"),)
    return Answer(failure.status, _encode(problem_of(failure, request_id)), headers)


def failure_of(status: int, detail: str) -> Failure:
    """What never reached a handler, such as an unknown path or a body that is too large."""
    code = CODE_OF_STATUS.get(status, "invalid_request" if status < 500 else "internal_error")
    return Failure(status, STORAGE_FULL if is_full(detail) else code, detail)
