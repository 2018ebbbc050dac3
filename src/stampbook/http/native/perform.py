"""From a request to an answer: credentials, scope, media type, then the operation itself.

Everything that a handler raises on purpose becomes a problem here, in one place.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

from stampbook.http.caller import Caller, bearer
from stampbook.http.context import Context
from stampbook.http.native.answers import failure_problem, problem_answer
from stampbook.http.native.call import Answer, Call, Headers, read_headers, read_query
from stampbook.http.problems import Failure, Fault
from stampbook.http.unavailable import told
from stampbook.programs.faults import Changed, Gone, Invalid, Taken
from stampbook.storage.store import OutcomeUnknown, Unavailable

Handler = Callable[[Call], Awaitable[Answer]]

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
        _check_scope(caller, operation.scope)
        _check_media_type(headers, exchange.body)
        call = Call(
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
        return await operation.handler(call)
    except Failure as failure:
        return problem_answer(failure_problem(failure, exchange.request_id), tuple(failure.headers))
    except Invalid as error:
        return _problem_of(_invalid(error), exchange.request_id)
    except Taken as error:
        return _problem_of(_taken(error), exchange.request_id)
    except Gone:
        return _problem_of(Failure(404, "not_found", "it does not exist"), exchange.request_id)
    except Changed:
        return _problem_of(_changed(), exchange.request_id)
    except (Unavailable, OutcomeUnknown) as error:
        return _problem_of(Failure(503, "overloaded", told(error)), exchange.request_id)


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
    """Bodies are JSON in UTF-8; a client that names no type is taken to mean that."""
    named = headers.content_type
    if not body or named is None:
        return
    kind, _, parameters = named.partition(";")
    kind = kind.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if (kind != "application/json" and not kind.endswith("+json")) or charset not in ("", "utf-8"):
        raise Failure(415, "unsupported_media_type", "send application/json in UTF-8")


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
