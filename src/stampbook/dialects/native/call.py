"""One request to the native API as values, and its answer: what every handler takes and gives."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from msgspec.json import Encoder

from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import Failure, invalid_parameter, not_found
from stampbook.edge.answers import JSON, Answer
from stampbook.edge.caller import Caller
from stampbook.edge.context import Context

MAX_KEY = 255
MAX_ACTOR = 255
MAX_PARAMETERS = 20

REPLAYED = (b"idempotency-replayed", b"true")

_encoder = Encoder()


class Headers(NamedTuple):
    """The request's headers that matter here, as text; None where there is none."""

    authorization: str | None
    content_type: str | None
    idempotency_key: str | None
    actor: str | None


class Call(NamedTuple):
    """A request whose caller is known. `path` are the variable parts of its path."""

    context: Context
    caller: Caller
    method: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Headers
    body: bytes
    request_id: str

    @property
    def dry_run(self) -> bool:
        return self.query.get("dry_run") == "true"

    @property
    def actor(self) -> str | None:
        return self.headers.actor

    def id(self, prefix: str, name: str = "id") -> int:
        """The number of an identifier in the path. Raises Failure (404)."""
        number = ids.read(prefix, self.path[name])
        if number is None:
            raise not_found(f"there is no {self.path[name]}")
        return number


def answer(status: int, value: Any, *, replayed: bool = False) -> Answer:
    """A struct as the body of an answer."""
    return Answer(status, _encoder.encode(value), (JSON, REPLAYED) if replayed else (JSON,))


def read_headers(sent: Mapping[bytes, bytes]) -> Headers:
    """Pick the headers that matter. Raises Failure (422) for those that cannot be."""
    authorization, content_type = sent.get(b"authorization"), sent.get(b"content-type")
    key, actor = sent.get(b"idempotency-key"), sent.get(b"stampbook-actor")
    return Headers(
        None if authorization is None else authorization.decode("latin-1"),
        None if content_type is None else content_type.decode("latin-1"),
        None if key is None else _text("Idempotency-Key", key, MAX_KEY),
        None if actor is None else _text("Stampbook-Actor", actor, MAX_ACTOR),
    )


def _text(name: str, value: bytes, longest: int) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    if not 0 < len(text) <= longest or not text.isprintable():
        raise invalid_parameter(name, f"must have 1 to {longest} printable characters")
    return text


def read_query(raw: bytes, allowed: frozenset[str]) -> dict[str, str]:
    """The query's parameters. Raises Failure (422) for unknown, repeated or unreadable ones."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise Failure(422, "invalid_request", "the query is not readable") from None
    query = dict(pairs)
    for name, value in pairs:
        if name not in allowed:
            raise invalid_parameter(name, "is not a parameter of this request")
        if "\0" in value:
            raise invalid_parameter(name, "must not contain the character NUL")
    if len(query) != len(pairs):
        raise Failure(422, "invalid_request", "a parameter is given twice")
    if query.get("dry_run", "true") not in ("true", "false"):
        raise invalid_parameter("dry_run", "must be true or false")
    return query
