"""The native API as a dialect: credentials, scope, media type, query; refusals as problems."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET, DecodeError, Raw, Struct
from msgspec.json import Decoder, Encoder, decode

from stampbook.dialects.native import ids
from stampbook.dialects.native.aging import Dated
from stampbook.dialects.native.call import REPLAYED, Call, Reply, read_query
from stampbook.dialects.native.people.approvals import postpone
from stampbook.dialects.native.problems import (
    Failure,
    Fault,
    answer_of,
    failure_of,
    invalid_field,
    invalid_parameter,
    taken,
)
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.dialects.native.sheets import VARIES, csv_answer, prefers_csv
from stampbook.domain.refusals import Code
from stampbook.edge.answers import JSON, Answer, HeaderPair, Streamed
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller, bearer
from stampbook.edge.credentials.people import Acting
from stampbook.edge.once import BadKey, KeyReused, read_key
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.loyalty.faults import Refused
from stampbook.loyalty.rules.checking import InvalidExpression
from stampbook.programs.faults import Changed, Gone, Invalid, LastAdmin, Taken, WeakPassword
from stampbook.programs.people.sessions import SESSION_PREFIX
from stampbook.programs.searching.regions import PhonesCollide

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
    "/v1/sessions",
    "/v1/session",
    "/v1/rules",
    "/v1/custom_events",
    "/v1/benefits",
    "/v1/rewards",
    "/v1/purchases",
    "/v1/codes",
    "/v1/approvals",
    "/v1/merges",
    "/v1/event_types",
    "/v1/imports",
    "/v1/exports",
)
"""Where the native API lives."""

FORM: Final = "application/x-www-form-urlencoded"
"""What `curl -d` says of every body unless another type is given."""

CONFLICTS: Final = {"external_id": "member_exists"}
"""The code of a conflict over a field; `conflict` for the others."""

PREFIX_OF: Final = {"program": ids.PROGRAM, "rule": ids.RULE}
"""Prefixes of ids, by the kind of what uses a thing that was to go."""

MAX_ACTOR: Final = 255

MAX_SEQ_DIGITS: Final = 15

NOBODY: Final = Caller(tenant=0, program=None, scopes=frozenset(), api_key_id=0)
"""The caller of what needs no credential."""


class _Named(Struct, frozen=True):
    """The part of what was created that its address needs."""

    id: str
    program_id: str = ""


_encode = Encoder().encode
_named = Decoder(_Named)


class Native:
    """See the module, and edge/requests.py."""

    name = "native"
    operations: Sequence[Operation] = OPERATIONS
    refusals: tuple[type[Exception], ...] = (
        Failure,
        BadKey,
        KeyReused,
        Invalid,
        Taken,
        Gone,
        Changed,
        LastAdmin,
        PhonesCollide,
        Refused,
        InvalidExpression,
    )
    forgives_slashes = False

    def owns(self, path: str) -> bool:
        return any(path == prefix or path.startswith(prefix + "/") for prefix in PREFIXES)

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Call:
        """The request of a known caller, who may make it. Raises Failure (401, 403, 415, 422)."""
        assert request.route is not None
        operation, headers = request.route.operation, request.headers
        secret = bearer(request.headers.get(b"authorization"))
        if request.state is not None:  # it was approved, or the console asks for a person
            secret, caller = request.state.secret, _acting(operation, request.state)
        elif operation.public:
            secret, caller = "", NOBODY
        elif secret is not None and secret.startswith(SESSION_PREFIX):
            caller = await _in_session(context, request, operation, secret)
        else:
            known = await context.callers.admit(request, secret)
            if secret is None:
                raise Failure(401, "unauthenticated", "send an API key as Authorization: Bearer")
            if known is None:
                raise Failure(401, "unauthenticated", "the API key is unknown or revoked")
            caller, scope = known, operation.scope
            current().api_key_id = caller.api_key_id
            if scope is not None and scope not in caller.scopes:
                raise Failure(403, "forbidden", f"the API key lacks the scope {scope}")
        key = read_key(request) if b"idempotency-key" in headers else None
        actor = _actor(request) if b"stampbook-actor" in headers else None
        if b"stampbook-expected-seq" in headers:
            current().expected = _expected(request)
        if request.body and headers.get(b"content-type") != b"application/json":
            _check_media_type(request)
        query = read_query(request.query, operation.extra) if request.query else {}
        return Call(
            context,
            caller,
            operation,
            request.raw_path,
            request.parameters,
            query,
            request.body,
            key,
            actor,
            secret,
            request.id,
            query.get("dry_run") == "true",
            request.text(b"user-agent") if operation.public else None,
            operation.sheet is not None and prefers_csv(request.header(b"accept") or ""),
            request,
        )

    def print(self, call: Call, result: Any) -> Answer | Streamed:
        if isinstance(result, Streamed):
            return result
        if isinstance(result, Dated):
            answer = self.print(call, result.value)
            return answer._replace(headers=(*answer.headers, *result.headers))
        headers: tuple[HeaderPair, ...] = (JSON,)
        if isinstance(result, Reply):
            result, replayed = result
            if replayed:
                headers = (JSON, REPLAYED)
        operation = call.operation
        if operation.location is not None and not call.dry_run:
            made = _named.decode(result) if isinstance(result, Raw) else result
            named = operation.location.format(id=made.id, made=made)
            headers += ((b"location", named.encode()),)
        if operation.sheet is not None:
            if call.prefers_csv:
                return csv_answer(operation, result)
            headers += (VARIES,)
        body = _encode(result)
        if call.dry_run and current().needs_approval is not None:
            body = body[:-1] + b',"approval_required":true}'
        return Answer(operation.status, body, headers)

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        return answer_of(worded(refusal), request.id)

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return answer_of(failure_of(status, detail), request.id)

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        """A part of a bulk request cannot be approved by itself."""
        if isinstance(refusal, Failure) and refusal.code == Code.APPROVAL_REQUIRED:
            return await postpone(context, request)
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


async def _in_session(
    context: Context, request: Request, operation: Operation, token: str
) -> Caller:
    """The person whose session it is, now proven to all that is below, if they have the right.
    Raises Failure (401, 403)."""
    signed_in = context.people.in_session(token)
    if signed_in is None:
        context.pace.check(request, token)
        signed_in = await context.people.by_session(token)
        if signed_in is None:
            context.pace.take_wrong(request)
            raise Failure(401, "unauthenticated", "the session has ended")
        context.pace.prove(token)
    person, caller = signed_in
    current().prove(person.user.user_id, person.overseer)
    _check_right(operation, caller)
    return caller


def _acting(operation: Operation, acting: Acting) -> Caller:
    """The person for whom it is carried out, if they have the right. Raises Failure (403)."""
    current().prove(acting.caller.user, acting.overseer)
    _check_right(operation, acting.caller)
    return acting.caller


def _check_right(operation: Operation, caller: Caller) -> None:
    role, right = caller.role, operation.right
    if right is not None and (role is None or not role.covers(right)):
        raise Failure(403, "forbidden", f"the role {role} may not do this; {right} may")


def _actor(request: Request) -> str:
    """Who pressed the button. Raises Failure (422)."""
    actor = request.text(b"stampbook-actor") or ""
    if not 0 < len(actor) <= MAX_ACTOR or not actor.isprintable():
        detail = f"must have 1 to {MAX_ACTOR} printable characters"
        raise invalid_parameter("Stampbook-Actor", detail)
    return actor


def _expected(request: Request) -> dict[int, int]:
    """The last row of each account on which the request rests: `acc_7f=12, acc_80=3`.

    Raises Failure (422).
    """
    found: dict[int, int] = {}
    for each in (request.text(b"stampbook-expected-seq") or "").split(","):
        name, _, text = each.strip().partition("=")
        account = ids.read(ids.ACCOUNT, name)
        is_seq = text.isascii() and text.isdigit() and len(text) <= MAX_SEQ_DIGITS
        if account is None or not is_seq or found.setdefault(account, int(text)) != int(text):
            detail = "must name accounts, each with the seq of its last row: acc_7f=12, acc_80=3"
            raise invalid_parameter("Stampbook-Expected-Seq", detail)
    return found


def _check_media_type(request: Request) -> None:
    """Bodies are JSON in UTF-8; a client that names no type is taken to mean that.

    So is one that names curl's default, if the body is JSON: `curl -d '{…}'` sends that type
    unasked, and a form cannot be mistaken for JSON. See decision 0104. Raises Failure (415).
    """
    named = request.header(b"content-type")
    if named is None:
        return
    kind, _, parameters = named.partition(";")
    kind = kind.strip().lower()
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    is_json = kind == "application/json" or kind.endswith("+json")
    if charset in ("", "utf-8") and kind == FORM and not _parses(request.body):
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


def worded(refusal: Exception) -> Failure:
    """The refusals of what is below the dialect, in its words."""
    match refusal:
        case Failure():
            return refusal
        case WeakPassword(field=field, detail=detail):
            fault = Fault(detail, pointer=f"/{field}")
            return Failure(422, "weak_password", f"/{field} {detail}", faults=[fault])
        case LastAdmin():
            return Failure(409, "last_admin", "nobody else could do everything any more")
        case PhonesCollide(pairs=pairs):
            detail = "members with different numbers would have the same one; merge them first"
            both = [[ids.write(ids.MEMBER, each) for each in pair] for pair in pairs]
            return Failure(409, "phones_collide", detail, pairs=both)
        case Invalid(field=field, detail=detail):
            return invalid_field(f"/{field}", detail)
        case BadKey():
            return invalid_parameter("Idempotency-Key", str(refusal))
        case KeyReused():
            detail = "the idempotency key was used for another request"
            return Failure(422, "idempotency_key_reused", detail)
        case Taken(field=field):
            return taken(field, CONFLICTS.get(field, "conflict"))
        case Refused(code=code, detail=detail, used_by=used_by):
            named = [ids.write(PREFIX_OF[kind], number) for kind, number in used_by]
            return Failure(409, str(code), detail, used_by=named or UNSET)
        case InvalidExpression(field=field, code=code, detail=detail):
            fault = Fault(detail, pointer=f"/{field}")
            return Failure(422, str(code), f"/{field} {detail}", faults=[fault])
        case Gone():
            return Failure(404, "not_found", "it does not exist")
        case _:
            return Failure(409, "conflict", "somebody else changed it meanwhile; try again")


NATIVE: Final = Native()
