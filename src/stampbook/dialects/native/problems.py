"""RFC 9457: how the native API says what went wrong."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Encoder

from stampbook.dialects.amounts import Written

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:stampbook:problem:"

_encoder = Encoder()


class Fault(Struct, frozen=True, omit_defaults=True):
    """What is wrong with one part of a request.

    `pointer` is a JSON pointer into the body; `parameter` the name of a query parameter, a
    header or a part of the path.
    """

    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Problem(Struct, frozen=True):
    """The body of every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: Sequence[Fault]
    request_id: str | UnsetType = UNSET
    active: Written | UnsetType = UNSET
    """Of a refusal: the account's active balance."""
    related_transaction_id: str | UnsetType = UNSET
    """Of a refusal: the transaction that stands in the way, such as an earlier cancel."""
    index: int | UnsetType = UNSET
    """Of an atomic bulk: which operation was refused."""


class Failure(Exception):
    """Raised by a handler to end the request with a problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = headers


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    request_id: str | UnsetType = UNSET,
    **more: Any,
) -> Problem:
    """A problem; the title says the same for every problem of its code."""
    return Problem(
        type=TYPE_PREFIX + code,
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        errors=faults,
        request_id=request_id,
        **more,
    )


def encode(value: Problem) -> bytes:
    """The body of the answer."""
    return _encoder.encode(value)


def invalid(detail: str, *faults: Fault) -> Failure:
    """422 `invalid_request`."""
    return Failure(422, "invalid_request", detail, faults=faults)


def invalid_field(pointer: str, detail: str) -> Failure:
    """422 for one part of the body, named by a JSON pointer."""
    return invalid(f"{pointer} {detail}", Fault(detail, pointer=pointer))


def invalid_parameter(name: str, detail: str) -> Failure:
    """422 for a query parameter or a header."""
    return invalid(f"{name} {detail}", Fault(detail, parameter=name))


def not_found(detail: str) -> Failure:
    return Failure(404, "not_found", detail)
