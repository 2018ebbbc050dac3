"""The Altcraft API as a dialect: format, token, scope; refusals in the envelope.

In which format a request is, and in which it is to be answered, is settled before anything else.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from stampbook.dialects.altcraft.answers import (
    BASE,
    failure,
    fault_answer,
    file_answer,
    refused,
    success_answer,
)
from stampbook.dialects.altcraft.call import Call, File, Success, Visit
from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.formats.fields import Fields, JsonFields
from stampbook.dialects.altcraft.formats.writing import JSON, XML
from stampbook.dialects.altcraft.formats.xml_reading import read_xml
from stampbook.dialects.altcraft.routes import OPERATIONS
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.bodies import BYTE_ORDER_MARK
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import bearer
from stampbook.edge.once import HEADER, BadKey, KeyReused, read_key
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current

ACTOR: Final = b"stampbook-actor"
MAX_ACTOR: Final = 255

MAX_PARAMETERS: Final = 50

ACCEPT: Final = b"accept"

_ACCEPTED: Final = {b"application/json": JSON, b"application/xml": XML, b"text/xml": XML}
_CHARSETS: Final = (b"utf-8", b"utf8", b"us-ascii")


class Reading(NamedTuple):
    """The body's fields, or what is wrong with it; the URL's parameters; the answer's format."""

    fields: Fields | None
    fault: Fault | None
    query: Mapping[str, str]
    form: str


class Altcraft:
    """See the module, and edge/operations.py."""

    name = "altcraft"
    operations: Sequence[Operation] = OPERATIONS
    refusals: tuple[type[Exception], ...] = (Fault, BadKey, KeyReused)
    forgives_slashes = True

    def owns(self, path: str) -> bool:
        while "//" in path:
            path = path.replace("//", "/")
        return path == BASE or path.startswith(f"{BASE}/")

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> Call | Visit:
        """The caller, then whether they may, then what they sent. Raises Fault, BadKey."""
        assert request.route is not None
        scope = request.route.operation.scope
        if scope is None:
            (link,) = request.parameters.values()
            return Visit(context, link)
        reading = read(request)
        request.state = reading.form
        token = bearer(request.headers.get(b"authorization"))
        if token is None and reading.fields is not None:
            token = reading.fields.text("token")
        token = token or reading.query.get("token")
        caller = await context.callers.admit(request, token)
        if caller is None:
            # A body that cannot be read may hold the token: then that is what is wrong.
            hidden = reading.fault if not token and reading.fields is None else None
            raise hidden or Fault(401, "API token required")
        current().api_key_id = caller.api_key_id
        actor = _read_actor(request) if ACTOR in request.headers else None
        if scope not in caller.scopes:
            raise Fault(403, "No access")
        if reading.fault is not None:
            raise reading.fault
        assert reading.fields is not None
        return Call(
            context=context,
            caller=caller if actor is None else caller._replace(actor=actor),
            fields=reading.fields,
            key=read_key(request) if HEADER in request.headers else None,
            now=context.clock(),
            form=reading.form,
            request=request,
        )

    def print(self, call: Call | Visit, result: Success | File) -> Answer | Streamed:
        if isinstance(result, File):
            return file_answer(result)
        assert isinstance(call, Call)
        return success_answer(result, call.form)

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        if isinstance(refusal, BadKey):
            refusal = incorrect("idempotency-key", str(refusal))
        elif isinstance(refusal, KeyReused):
            refusal = refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, ""))
        assert isinstance(refusal, Fault)
        return fault_answer(refusal, request.state or form_by_head(request))

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        return fault_answer(failure(status, detail), request.state or form_by_head(request))

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()


def _read_actor(request: Request) -> str:
    """Who pressed the button. Raises Fault (400) for what cannot be recorded."""
    actor = request.text(ACTOR) or ""
    if not 0 < len(actor) <= MAX_ACTOR or not actor.isprintable():
        raise incorrect(ACTOR.decode(), f"must have 1 to {MAX_ACTOR} printable characters")
    return actor


# -- formats ----------------------------------------------------------------------


def read(request: Request) -> Reading:
    """Read the body and settle the answer's format. Raises nothing."""
    query = _read_query(request.query) if request.query else {}
    body = request.body.removeprefix(BYTE_ORDER_MARK)
    named = request.headers.get(b"content-type", b"")
    form = own = _ACCEPTED.get(named) or _own_form(named, body)
    if query or ACCEPT in request.headers:
        form = _asked_form(request, query) or own
    fields: Fields | None = None
    try:
        if b";" in named and not _is_utf_8(named):
            raise Fault(415, "Unsupported media type: bodies must be in UTF-8", status=415)
        fields = read_xml(body) if own == XML else JsonFields(body)
        asked = fields.text("format") or query.get("format")
        if asked is None:
            return Reading(fields, None, query, form)
        if asked not in (JSON, XML):
            raise incorrect("format", "must be json or xml")
        return Reading(fields, None, query, asked)
    except Fault as fault:
        return Reading(fields, fault, query, form)


def form_by_head(request: Request) -> str:
    """The format in which to answer a request whose body has not been read."""
    return _asked_form(request, _read_query(request.query)) or _own_form(
        request.headers.get(b"content-type", b""), b""
    )


def _read_query(raw: bytes) -> dict[str, str]:
    """The first of each parameter of the URL. What is not readable as such is ignored."""
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))


def _asked_form(request: Request, query: Mapping[str, str]) -> str | None:
    """The format that the URL names, else the one that `Accept` names."""
    asked = query.get("format")
    if asked in (JSON, XML):
        return asked
    accept = request.headers.get(ACCEPT, b"*/*")
    return None if accept == b"*/*" else _accepted_form(accept)


def _accepted_form(accept: bytes) -> str | None:
    """The format that an `Accept` header names: of several the most wanted, then the first."""
    best, best_weight = None, 0.0
    for part in accept.split(b","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(b";"))
        weight = _weight(parameters)
        if kind in _ACCEPTED and weight > best_weight:
            best, best_weight = _ACCEPTED[kind], weight
    return best


def _weight(parameters: list[bytes]) -> float:
    for parameter in parameters:
        if parameter.startswith(b"q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _own_form(named: bytes, body: bytes) -> str:
    """The format of the body: by its media type, else by its first character."""
    kind = named.partition(b";")[0].strip().lower()
    return _ACCEPTED.get(kind) or (XML if body.lstrip().startswith(b"<") else JSON)


def _is_utf_8(content_type: bytes) -> bool:
    """Whether the first charset that the media type names is UTF-8; it may name none."""
    for parameter in content_type.lower().split(b";")[1:]:
        name, _, value = parameter.strip().partition(b"=")
        if name == b"charset":
            return value.strip(b"\"' ") in (b"", *_CHARSETS)
    return True


ALTCRAFT: Final = Altcraft()
