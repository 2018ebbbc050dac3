"""One request to the native API as values: what every handler takes, and what it may return."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import Failure, invalid_parameter, not_found
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request

MAX_PARAMETERS = 20

REPLAYED: Final = (b"idempotency-replayed", b"true")
"""The header of an answer that was given before to the same idempotency key."""


class Call(NamedTuple):
    """A request whose caller is known.

    `path` are the variable parts of its path, `raw_path` is all of it as it came. `key` is its
    idempotency key, `actor` who pressed the button, `secret` what the caller is known by. Of those
    who sign in there is a `user_agent`. `prefers_csv`: the answer is wanted as a table. `request`
    is it as it came.
    """

    context: Context
    caller: Caller
    operation: Operation
    raw_path: bytes
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    key: str | None
    actor: str | None
    secret: str
    request_id: str
    dry_run: bool
    user_agent: str | None = None
    prefers_csv: bool = False
    request: Request | None = None

    def id(self, prefix: str, name: str = "id") -> int:
        """The number of an identifier in the path. Raises Failure (404)."""
        number = ids.read(prefix, self.path[name])
        if number is None:
            raise not_found(f"there is no {self.path[name]}")
        return number


class Reply(NamedTuple):
    """What is answered where it may be a replay. A handler returns the bare value otherwise."""

    value: Any
    replayed: bool


def read_query(raw: bytes, allowed: frozenset[str]) -> dict[str, str]:
    """The query's parameters. Raises Failure (422) for unknown, repeated or unreadable ones."""
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
