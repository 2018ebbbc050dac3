"""How the native API words what the ledger refuses, and what goes wrong around it."""

from typing import Any, Final

from msgspec import UNSET

from stampbook.dialects import amounts
from stampbook.dialects.native import ids, problems
from stampbook.dialects.native.problems import Failure, Problem, problem
from stampbook.domain.model import transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer
from stampbook.edge.unavailable import is_full

RETRY_AFTER_S: Final = 1

STATUS_OF: Final[dict[Code, int]] = {
    Code.NOT_FOUND: 404,
    Code.IDEMPOTENCY_KEY_REUSED: 422,
    Code.EXTERNAL_ID_TAKEN: 409,
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

STORAGE_FULL: Final = "storage_full"

PREFIXES: Final = (
    "/v1/programs",
    "/v1/currencies",
    "/v1/members",
    "/v1/accounts",
    "/v1/transactions",
    "/v1/transfers",
    "/v1/bulk",
    "/v1/api_keys",
    "/v1/locations",
    "/v1/visits",
    "/v1/users",
)
"""Where the native API lives; what no dialect owns is answered by it too."""


def refusal_problem(
    refusal: Refusal, *, account: int, scale: int, request_id: str, **more: Any
) -> Problem:
    """A refusal with the account's active balance and what stands in the way."""
    related = refusal.related
    return problem(
        STATUS_OF[refusal.code],
        str(refusal.code),
        refusal.detail,
        request_id=request_id,
        active=UNSET if refusal.active is None else amounts.write(refusal.active, scale),
        related_transaction_id=ids.write(
            ids.TRANSACTION, transaction_number(account=account, seq=related)
        )
        if related
        else UNSET,
        **more,
    )


def failure_problem(failure: Failure, request_id: str, **more: Any) -> Problem:
    return problem(
        failure.status,
        failure.code,
        failure.detail,
        faults=failure.faults,
        request_id=request_id,
        **more,
    )


def problem_answer(value: Problem, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A problem as an answer; what is overloaded says when to come again."""
    content_type = (b"content-type", problems.MEDIA_TYPE.encode())
    more = tuple((name.lower().encode(), text.encode()) for name, text in headers)
    if value.status == 503:
        more += ((b"retry-after", str(RETRY_AFTER_S).encode()),)
    if value.status == 401:
        more += ((b"www-authenticate", b"Bearer"),)
    return Answer(value.status, problems.encode(value), (content_type, *more))


def owns(path: str) -> bool:
    """Whether a failure on this path is the native API's to word."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in PREFIXES)


def failure(request_id: str, status: int, detail: str) -> Answer:
    """What never reached a handler, such as an unknown path or a body that is too large."""
    code = CODE_OF_STATUS.get(status, "invalid_request" if status < 500 else "internal_error")
    if is_full(detail):
        code = STORAGE_FULL
    return problem_answer(problem(status, code, detail, request_id=request_id or UNSET))
