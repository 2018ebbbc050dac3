"""A request to this dialect as it came in, and how its format, token and fields are found.

Bytes in, bytes out: the framework's routes hand over an `Exchange` and send the `Reply` back.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import parse_qsl

from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.fields import Fields
from stampbook.dialects.altcraft.json_reading import read_json
from stampbook.dialects.altcraft.writing import JSON, XML
from stampbook.dialects.altcraft.xml_reading import read_xml
from stampbook.edge.bodies import MAX_VALUES, is_crowded, without_mark
from stampbook.edge.caller import Caller, bearer
from stampbook.edge.context import Context

MAX_BODY = 1_048_576
"""Bytes of a body, 1 MiB: a request has some hundred, its external_data some thousand."""

MAX_KEY = 255
MAX_ACTOR = 255
MAX_PARAMETERS = 50

_ACCEPTED = {"application/json": JSON, "application/xml": XML, "text/xml": XML}
_CHARSETS = ("", "utf-8", "utf8", "us-ascii")


class Exchange(NamedTuple):
    """What came in. `headers` are lower-case names and their first values, `scheme` is that of
    the URL by which the caller reached us."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    scheme: str = "http"

    @property
    def origin(self) -> str:
        """Where this server is for the caller: scheme, host and port."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"


class Call(NamedTuple):
    """A request whose caller is known and may do what is asked. `now` is one instant for all,
    `origin` where this server is for the caller."""

    context: Context
    caller: Caller
    fields: Fields
    key: str | None
    now: int
    origin: str


class Reading(NamedTuple):
    """The body, or what is wrong with it; and the format to answer in."""

    fields: Fields | None
    fault: Fault | None
    form: str


def exchange_of(
    raw: Iterable[tuple[bytes, bytes]], query: bytes, body: bytes, *, scheme: str = "http"
) -> Exchange:
    """Headers and URL parameters as text; of repeated ones the first."""
    headers: dict[str, str] = {}
    for name, value in raw:
        headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return Exchange(headers, parse_query(query), body, scheme)


def parse_query(raw: bytes) -> dict[str, str]:
    """The parameters of the URL; what is not readable as such is as if it were not there."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        return {}
    return dict(reversed(pairs))


def read(exchange: Exchange) -> Reading:
    """Read the body and settle the answer's format. Raises nothing."""
    form = expected_form(exchange)
    fields: Fields | None = None
    try:
        fields = _read_body(exchange)
        asked = fields.text("format") or exchange.query.get("format")
        if asked is None:
            return Reading(fields, None, form)
        if asked not in (JSON, XML):
            raise incorrect("format", "must be json or xml")
        return Reading(fields, None, asked)
    except Fault as fault:
        return Reading(fields, fault, form)


def expected_form(exchange: Exchange) -> str:
    """The format by the URL, else by `Accept`, else the request's own."""
    asked = exchange.query.get("format")
    if asked in (JSON, XML):
        return asked
    return accepted_form(exchange.headers.get("accept", "")) or request_form(exchange)


def accepted_form(accept: str) -> str | None:
    """The format that an `Accept` header names: of several the most wanted, then the first."""
    best, best_weight = None, 0.0
    if accept in ("", "*/*"):
        return None
    for part in accept.split(","):
        kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(parameters)
        if kind in _ACCEPTED and weight > best_weight:
            best, best_weight = _ACCEPTED[kind], weight
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def request_form(exchange: Exchange) -> str:
    """The format of the body: by its media type, else by its first character."""
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _ACCEPTED:
        return _ACCEPTED[kind]
    return XML if without_mark(exchange.body).lstrip().startswith(b"<") else JSON


def _read_body(exchange: Exchange) -> Fields:
    if len(exchange.body) > MAX_BODY:
        raise Fault(413, f"Payload too large: at most {MAX_BODY} bytes", status=413)
    if exchange.headers.get("content-encoding", "identity").lower() != "identity":
        raise Fault(415, "Unsupported media type: compressed bodies are not read", status=415)
    if _charset(exchange) not in _CHARSETS:
        raise Fault(415, "Unsupported media type: bodies must be in UTF-8", status=415)
    body = without_mark(exchange.body)
    if request_form(exchange) == XML:
        return read_xml(body)
    if is_crowded(body):
        raise incorrect("body", f"has more than {MAX_VALUES} values")
    return read_json(body)


def _charset(exchange: Exchange) -> str:
    for parameter in exchange.headers.get("content-type", "").lower().split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name == "charset":
            return value.strip("\"' ")
    return ""


def token_of(exchange: Exchange, reading: Reading) -> str:
    """The token: of the header, else of the body, else of the URL. Raises Fault.

    A body that cannot be read may hold the token: then what is wrong with it is said.
    """
    token = bearer(exchange.headers.get("authorization"))
    if token is None and reading.fields is not None:
        token = reading.fields.text("token")
    token = token or exchange.query.get("token")
    if not token:
        raise (reading.fault if reading.fields is None and reading.fault else unauthenticated())
    return token


def call_of(
    context: Context, exchange: Exchange, reading: Reading, caller: Caller, scope: str
) -> Call:
    """The request of a known caller. Raises Fault: first whether he may, then what."""
    actor = _printable(exchange, "stampbook-actor", MAX_ACTOR)
    if not caller.may(scope):
        raise Fault(403, "No access")
    if reading.fault is not None:
        raise reading.fault
    assert reading.fields is not None
    return Call(
        context=context,
        caller=caller if actor is None else caller._replace(actor=actor),
        fields=reading.fields,
        key=_printable(exchange, "idempotency-key", MAX_KEY),
        now=context.clock(),
        origin=exchange.origin,
    )


def unauthenticated() -> Fault:
    return Fault(401, "API token required")


def _printable(exchange: Exchange, name: str, longest: int) -> str | None:
    """A header's text; UTF-8 if it is that. Raises Fault (400) for what cannot be recorded."""
    value = exchange.headers.get(name)
    if value is None:
        return None
    with suppress(UnicodeDecodeError):
        value = value.encode("latin-1").decode()
    if not 0 < len(value) <= longest or not value.isprintable():
        raise incorrect(name, f"must have 1 to {longest} printable characters")
    return value
