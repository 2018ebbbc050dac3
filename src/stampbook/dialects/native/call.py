"""One request to the native API as values: what every handler takes, and what it may return.

Bodies are JSON: bytes → frozen structs, every defect with a pointer to it. Texts with NUL are
refused here, for every field: PostgreSQL cannot store it. What else JSON allows and this API does
not: dialects/native/strictness.py.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from msgspec import UNSET, DecodeError, ValidationError
from msgspec.json import Decoder, decode

from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import (
    Failure,
    Fault,
    invalid,
    invalid_field,
    invalid_parameter,
    not_found,
)
from stampbook.dialects.native.strictness import (
    FEW,
    MAX_EXAMINED,
    NAMES,
    beyond,
    check_bounds,
    check_names,
    escape,
    pointer_to_no_number,
)
from stampbook.domain.model import split_number
from stampbook.edge.bodies import (
    BYTE_ORDER_MARK,
    LONG_NUMBER,
    MAX_DEPTH,
    MAX_METADATA,
    NUMERIC,
    WORTH_A_LOOK,
    Excess,
    has_nul,
    too_large_in,
)
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.ledger.denominations import Denomination

Shape = TypeVar("Shape")

MAX_PARAMETERS = 20

REPLAYED: Final = (b"idempotency-replayed", b"true")
"""The header of an answer that was given before to the same idempotency key."""

_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[([0-9]+)\]")
"""A field or a place in a list. A name within metadata is `[...]` and no step: it is not known."""

_NAMED = re.compile(r"Object (?:missing required|contains unknown) field `(.*)`", re.DOTALL)


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

    async def denomination(self, account: int, what: str = "account") -> Denomination:
        """The account's currency, within the caller's bounds. Raises Failure (404)."""
        denominations, caller = self.context.ledger.denominations, self.caller
        found = denominations.known(account) or await denominations.of(account)
        if (
            found is None
            or found.tenant != caller.tenant
            or (caller.programs is not None and found.program not in caller.programs)
        ):
            raise not_found(f"there is no such {what}")
        return found

    async def target(self) -> tuple[int, int, int]:
        """The account and the sequence number of the path's transaction, and the scale of its
        amounts. Raises Failure (404)."""
        account, seq = split_number(self.id(ids.TRANSACTION))
        return account, seq, (await self.denomination(account, "transaction")).scale


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


# -- bodies ----------------------------------------------------------------------


def read(decoder: Decoder[Shape], body: bytes, *, under: str = "") -> Shape:
    """The body as the decoder's struct. Raises Failure (422).

    `under` is the pointer to the body's place in a larger one.
    """
    body = body.removeprefix(BYTE_ORDER_MARK)
    # A look is enough to see that a body is within its bounds and, if it is JSON, has no name twice
    # and no NUL: by far most are small and have no escapes. `in` would try an integer first.
    names: list[bytes] | None = [] if body == b"{}" else None
    if (
        names is None
        and len(body) <= FEW
        and body.find(b"\\") < 0
        and body.count(b"[") + body.count(b"{") <= MAX_DEPTH // 2
        and body.translate(NUMERIC).find(LONG_NUMBER) < 0
    ):
        names = [name for name in NAMES.findall(body) if name]
    if names is not None and len(set(names)) == len(names):
        try:
            return decoder.decode(body)
        except (DecodeError, UnicodeDecodeError):
            pass  # worded below
    check_bounds(body, under)
    shape = decoded(decoder, body, under)
    if len(body) > WORTH_A_LOOK:
        pointer = too_large_in(shape, under)
        if pointer is not None:
            raise invalid_field(pointer, f"must have at most {MAX_METADATA} bytes")
    check_names(body, under)
    return shape


def decoded(decoder: Decoder[Shape], body: bytes, under: str = "") -> Shape:
    """A body within its bounds as the decoder's struct; its names may repeat. Raises Failure."""
    if b"\\u0000" in body and has_nul(body):
        _refuse_nul(body, under)
    try:
        return decoder.decode(body)
    except ValidationError as error:
        raise _at_its_place(str(error), under) from None
    except RecursionError:  # within what is only skipped, and read later
        raise beyond(Excess.DEPTH, under) from None
    except (DecodeError, UnicodeDecodeError) as error:
        where = pointer_to_no_number(body)
        fault = Fault(_first_line(error), pointer=under + where if where else UNSET)
        raise invalid("the body is not JSON in UTF-8", fault) from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _at_its_place(message: str, under: str) -> Failure:
    """msgspec's message as a pointer and a sentence."""
    found = _PLACE.fullmatch(message)
    assert found is not None
    steps = [name or index for name, index in _STEP.findall(found["path"] or "")]
    what = found["what"]
    named = _NAMED.fullmatch(what)
    if named:
        steps.append(named[1])
        what = "is missing" if "missing" in what else "is not a field of this request"
    pointer = under + "".join(f"/{escape(step)}" for step in steps)
    return invalid(f"{pointer or 'the body'}: {what}", Fault(what, pointer=pointer))


def _refuse_nul(body: bytes, under: str) -> None:
    """A text holds an escaped NUL; in a large body its place is not looked for."""
    pointer: str | None = ""
    if len(body) <= MAX_EXAMINED:
        try:
            pointer = _pointer_to_nul(decode(body))
        except (DecodeError, ValidationError, UnicodeDecodeError):
            return  # it is not JSON: that is said instead
    pointer = under + (pointer or "")
    raise invalid(
        f"{pointer or 'the body'} contains the character NUL",
        Fault("must not contain the character NUL", pointer=pointer),
    )


def _pointer_to_nul(value: Any) -> str | None:
    if isinstance(value, str):
        return "" if "\0" in value else None
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return ""
        inner = ((f"/{escape(key)}", each) for key, each in value.items())
    elif isinstance(value, list):
        inner = ((f"/{index}", each) for index, each in enumerate(value))
    else:
        return None
    for step, each in inner:
        found = _pointer_to_nul(each)
        if found is not None:
            return step + found
    return None
