"""Rows of the dialect's tables of operations, and who may ask for one."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from stampbook.edge.operations import MAX_BODY, Handler, Operation

MAX_BATCH_BODY: Final = 10 * 1024 * 1024
"""The vendor's largest request. Here only a batch may be so large."""


class Access(Enum):
    """Who may ask: the `extra` of the dialect's operations."""

    KEY = "a key with the operation's scope"
    TENANT = "such a key that is not bounded to a program"
    APPLICATION = "an application by its two headers"
    ANYBODY = "no credentials"


def operation(
    method: str,
    path: str,
    handler: Handler,
    scope: str | None,
    summary: str,
    *,
    tag: str,
    name: str,
    body: Any = None,
    answer: Any = None,
    query: Mapping[str, str] | None = None,
    status: int = 200,
    access: Access = Access.KEY,
    max_body: int = MAX_BODY,
) -> Operation:
    """One row. Its name is what the vendor calls the operation, in small letters."""
    return Operation(
        name=name,
        method=method,
        paths=(path,),
        handler=handler,
        scope=scope,
        public=access in (Access.APPLICATION, Access.ANYBODY),
        summary=summary,
        status=status,
        body=body,
        answer=answer,
        query=query or {},
        max_body=max_body,
        tag=tag,
        extra=access,
    )
