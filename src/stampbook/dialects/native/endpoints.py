"""Rows of the native API's table."""

from typing import Any

from stampbook.edge.operations import MAX_BODY, Handler, Operation

MAX_BULK_BODY = 10 * 1024 * 1024


def Endpoint(
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
) -> Operation:
    """A row: `query` names parameters with a sentence each; every write may be tried out."""
    asked = dict(query or {})
    return Operation(
        name=handler.__name__,
        method=method,
        paths=(path,),
        handler=handler,
        scope=scope,
        summary=summary,
        answer=answer,
        status=status,
        body=body,
        query=asked,
        max_body=max_body,
        required=required,
        extra=frozenset(asked) | (frozenset() if method == "GET" else {"dry_run"}),
    )
