"""The request at hand, as logs, counts and traces name it.

It is the part of an origin (ledger/origin.py) that is known here, below the ledger: one object
for each request, in one context variable.
"""

from contextvars import ContextVar
from typing import Any, Final

from msgspec import Struct

WORKER: Final = "worker"
"""Under this name is counted what has no request."""


class Asking(Struct):
    """A request. `dialect` is the API that received it, `request_id` its own id. `code` is the
    reason of a refusal, `replayed` whether an earlier answer was repeated, `span` the request's own
    in a trace."""

    dialect: str | None = None
    request_id: str | None = None
    code: str | None = None
    replayed: bool = False
    span: Any = None


AT_HAND: Final[ContextVar[Asking]] = ContextVar("origin")
"""What is asked in this task; see `ledger.origin.current`."""
