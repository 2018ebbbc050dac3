"""The native API as a dialect: credentials, scope, media type, query; refusals as problems."""

from collections.abc import Sequence
from typing import Final

from msgspec import DecodeError
from msgspec.json import decode

from stampbook.dialects.native.answers import failure, failure_problem, owns, problem_answer
from stampbook.dialects.native.call import Call, Headers, read_headers, read_query
from stampbook.dialects.native.problems import Failure, Fault
from stampbook.dialects.native.routes import ENDPOINTS
from stampbook.edge.answers import Answer, HeaderPair
from stampbook.edge.caller import Caller, bearer
from stampbook.edge.context import Context
from stampbook.edge.requests import Request
from stampbook.programs.faults import Changed, Gone, Invalid, Taken

FORM = "application/x-www-form-urlencoded"
"""What `curl -d` says of every body unless another type is given."""

CONFLICTS = {"external_id": "member_exists"}
"""The code of a conflict over a field; `conflict` for the others."""


class Native:
    """See the module, and edge/operations.py."""

    name = "native"
    operations = ENDPOINTS
    refusals = (Failure, Invalid, Taken, Gone, Changed)
    forgives_slashes = False

    def owns(self, path: str) -> bool:
        return owns(path)

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Call:
        """The request of a known caller, who may make it. Raises Failure (401, 403, 415, 422)."""
        assert request.route is not None
        operation = request.route.operation
        headers = read_headers(request.headers)
        caller = await find_caller(context, headers)
        _check_scope(caller, operation.scope)
        _check_media_type(headers, request.body)
        return Call(
            context,
            caller,
            request.method,
            request.path,
            request.parameters,
            read_query(request.query, operation.extra),
            headers,
            request.body if operation.writes else b"",
            request.id,
        )

    def print(self, call: Call, result: Answer) -> Answer:
        return result

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        if isinstance(refusal, Invalid):
            refusal = _invalid(refusal)
        elif isinstance(refusal, Taken):
            refusal = _taken(refusal)
        elif isinstance(refusal, Gone):
            refusal = Failure(404, "not_found", "it does not exist")
        elif isinstance(refusal, Changed):
            refusal = _changed()
        assert isinstance(refusal, Failure)
        return problem_answer(failure_problem(refusal, request.id), tuple(refusal.headers))

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return failure(request.id, status, detail)

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


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


NATIVE: Final = Native()
