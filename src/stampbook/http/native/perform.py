"""From a request to an answer: credentials, scope, media type, then the operation itself.

Everything that a handler raises on purpose becomes a problem here, in one place.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

from msgspec import DecodeError
from msgspec.json import decode

from stampbook.http.caller import Caller, bearer
from stampbook.http.context import Context
from stampbook.http.native.answers import (
    CODE_OF_STATUS,
    STORAGE_FULL,
    failure_problem,
    problem_answer,
)
from stampbook.http.native.call import Call, Headers, read_headers, read_query
from stampbook.http.problems import Failure, Fault
from stampbook.http.short_paths import Answer
from stampbook.http.unavailable import told
from stampbook.programs.faults import Changed, Gone, Invalid, Taken
from stampbook.storage.store import NoRoom, OutcomeUnknown, Unavailable

Handler = Callable[[Call], Awaitable[Answer]]

FORM = "application/x-www-form-urlencoded"
"""What `curl -d` says of every body unless it is told otherwise."""

CONFLICTS = {"external_id": "member_exists"}
"""The code of a conflict over a field; `conflict` for the others."""


class Operation(NamedTuple):
    """What the way to a handler must know of it. `scope` None: anybody may call."""

    handler: Handler
    scope: str | None
    parameters: frozenset[str]


class Exchange(NamedTuple):
    """A request as it came in."""

    method: str
    url: str
    path: Mapping[str, str]
    query: bytes
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes
    request_id: str


async def perform(operation: Operation, context: Context, exchange: Exchange) -> Answer:
    """Answer a request; never raises what a caller can cause."""
    try:
        headers = read_headers(exchange.headers)
        caller = await find_caller(context, headers)
        return await operation.handler(call_of(operation, context, exchange, headers, caller))
    except Exception as error:
        worded = word_of(error, exchange.request_id)
        if worded is None:
            raise
        return worded


def call_of(
    operation: Operation, context: Context, exchange: Exchange, headers: Headers, caller: Caller
) -> Call:
    """The request of a known caller, who may make it. Raises Failure (403, 415, 422)."""
    _check_scope(caller, operation.scope)
    _check_media_type(headers, exchange.body)
    return Call(
        context,
        caller,
        exchange.method,
        exchange.url,
        exchange.path,
        read_query(exchange.query, operation.parameters),
        headers,
        exchange.body,
        exchange.request_id,
    )


def word_of(error: BaseException, request_id: str) -> Answer | None:
    """The answer to what was raised on purpose; None: it is a bug."""
    if isinstance(error, Failure):
        return problem_answer(failure_problem(error, request_id), tuple(error.headers))
    if isinstance(error, Invalid):
        return _problem_of(_invalid(error), request_id)
    if isinstance(error, Taken):
        return _problem_of(_taken(error), request_id)
    if isinstance(error, Gone):
        return _problem_of(Failure(404, "not_found", "it does not exist"), request_id)
    if isinstance(error, Changed):
        return _problem_of(_changed(), request_id)
    if isinstance(error, Unavailable | OutcomeUnknown):
        code = STORAGE_FULL if isinstance(error, NoRoom) else CODE_OF_STATUS[503]
        return _problem_of(Failure(503, code, told(error)), request_id)
    return None


def _problem_of(failure: Failure, request_id: str) -> Answer:
    return problem_answer(failure_problem(failure, request_id))


async def find_caller(context: Context, headers: Headers) -> Caller:
    """Whose key the request carries. Raises Failure (401)."""
    secret = bearer(headers.authorization)
    if secret is None:
        raise Failure(401, "unauthenticated", "send an API key as Authorization: Bearer")
    caller = context.callers.remembered(secret) or await context.callers.by_secret(secret)
    if caller is None:
        raise Failure(401, "unauthenticated", "the API key is unknown or revoked")
    return caller


def _check_scope(caller: Caller, scope: str | None) -> None:
    if scope is not None and not caller.may(scope):
        raise Failure(403, "forbidden", f"the API key lacks the scope {scope}")


def _check_media_type(headers: Headers, body: bytes) -> None:
    """Bodies are JSON in UTF-8; a client that names no type is taken to mean that.

    So is one that names curl's default, if the body is JSON: `curl -d '{…}'` sends that type
    unasked, and a form cannot be mistaken for JSON. See decision 0104.
    """
    named = headers.content_type
    if not body or named is None or named == "application/json":
        return
    kind, _, parameters = named.partition(";")
    kind = kind.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    is_json = kind == "application/json" or kind.endswith("+json")
    if charset in ("", "utf-8") and kind == FORM and not _parses(body):
        detail = "the body is not valid JSON; send application/json in UTF-8"
        raise Failure(415, "unsupported_media_type", detail)
    if charset not in ("", "utf-8") or not (is_json or kind == FORM):
        raise Failure(415, "unsupported_media_type", "send application/json in UTF-8")


def _parses(body: bytes) -> bool:
    """Whether the body is JSON; one that is nested too deeply is, and is refused later."""
    try:
        decode(body)
    except RecursionError:
        return True
    except (DecodeError, UnicodeDecodeError):
        return False
    return True


def _invalid(error: Invalid) -> Failure:
    return Failure(
        422,
        "invalid_request",
        f"/{error.field} {error.detail}",
        faults=[Fault(error.detail, pointer=f"/{error.field}")],
    )


def _taken(error: Taken) -> Failure:
    return Failure(
        409,
        CONFLICTS.get(error.field, "conflict"),
        f"the {error.field} is taken",
        faults=[Fault("is taken", pointer=f"/{error.field}")],
    )


def _changed() -> Failure:
    return Failure(409, "conflict", "somebody else changed it meanwhile; try again")
