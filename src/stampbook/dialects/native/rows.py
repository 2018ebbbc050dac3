"""Rows of the native API's table of operations."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from stampbook.dialects.native.aging import aging
from stampbook.dialects.native.writing import answering_repeats
from stampbook.edge.operations import MAX_BODY, Aged, Handler, Operation
from stampbook.programs.roles import ADMIN, CANCEL, READ, WRITE, Role

__all__ = ["ADMIN", "CANCEL", "READ", "WRITE"]

NEVER, ASKED, USUALLY = Aged

GET, POST, PUT, PATCH, DELETE = "GET", "POST", "PUT", "PATCH", "DELETE"

MAX_BULK_BODY = 10 * 1024 * 1024

PAGING = {
    "cursor": "the next_cursor of the page before",
    "limit": "entries on a page: 1 to 200, without it 50",
}
LOOKUPS = {
    "external_id": "the member's external id",
    "email": "an e-mail address, compared without case",
    "phone": "a phone number, compared by its digits",
    "q": "a text in an external id, e-mail, phone or name",
}
ACTIVE = {"active": "true: only those that are active now; false: only the others"}
PERIODS = {
    "from": "the instant with which the report begins",
    "to": "the instant before which it ends",
    "resolution": "day (without it), week, month, quarter or year",
}
OF_PROGRAM = {"program_id": "only those of this program"}


def row(
    method: str,
    path: str,
    handler: Handler,
    scope: str | None,
    summary: str,
    answer: Any,
    status: int = 200,
    body: Any = None,
    query: dict[str, str] | None = None,
    max_body: int = MAX_BODY,
    required: frozenset[str] = frozenset(),
    location: str | None = None,
    role: Role | None = None,
    public: bool = False,
    sheet: Callable[[Any], Iterable[Sequence[object]]] | None = None,
    aged: Aged | None = None,
    moves: bool = False,
) -> Operation:
    """A row: `query` names parameters with a sentence each; every write may be tried out.

    What is created has an address of its own: `location`, or the path's last word and its id. What
    the scope `read` may see can be old if the caller says so, unless `aged` says otherwise. Of what
    `moves` points, the ledger knows repeats.
    """
    if aged is None:
        aged = Aged.ASKED if method == GET and scope == READ else Aged.NEVER
    asked = dict(query or {})
    return Operation(
        name=handler.__name__,
        method=method,
        paths=(path,),
        handler=handler if moves else _around(handler, method, aged),
        scope=scope,
        role=role,
        public=public,
        summary=summary,
        answer=answer,
        status=status,
        body=body,
        query=asked,
        max_body=max_body,
        required=required,
        location=location or f"/v1/{path.rpartition('/')[2]}/{{id}}" if status == 201 else None,
        tag=path.split("/")[2],
        sheet=sheet,
        aged=aged,
        extra=frozenset(asked) | (frozenset() if method == GET else {"dry_run"}),
    )


def _around(handler: Handler, method: str, aged: Aged) -> Handler:
    if method != GET:
        return answering_repeats(handler)
    return aging(handler, aged) if aged else handler
