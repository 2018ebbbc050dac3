"""The request at hand, as logs, counts and traces name it: a context variable.

The edge begins one for each request; what is below it notes what only it knows. Without a request,
it is that of the worker.
"""

from contextvars import ContextVar
from typing import Any, Final


class Asking:
    """A request. `code` is the reason of a refusal, `replayed` whether an earlier answer was
    repeated, `span` the request's own in a trace."""

    __slots__ = ("code", "dialect", "replayed", "request_id", "span")

    def __init__(self, dialect: str, request_id: str | None = None) -> None:
        self.dialect = dialect
        self.request_id = request_id
        self.code: str | None = None
        self.replayed = False
        self.span: Any = None


NOBODY: Final = Asking("worker")

_current: ContextVar[Asking] = ContextVar("asking", default=NOBODY)

current = _current.get
begin = _current.set
reset = _current.reset
