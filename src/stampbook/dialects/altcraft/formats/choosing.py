"""In which format a request is, in which it is to be answered, and its fields."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from stampbook.dialects.altcraft.faults import Fault, incorrect
from stampbook.dialects.altcraft.formats.fields import Fields
from stampbook.dialects.altcraft.formats.json_reading import JsonFields
from stampbook.dialects.altcraft.formats.writing import JSON, XML
from stampbook.dialects.altcraft.formats.xml_reading import read_xml
from stampbook.edge.bodies import BYTE_ORDER_MARK
from stampbook.edge.requests import Request

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
