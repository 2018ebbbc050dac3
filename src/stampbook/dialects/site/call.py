"""What the handlers of pages and probes take."""

from typing import NamedTuple

from stampbook.edge.context import Context
from stampbook.edge.requests import Request


class PageCall(NamedTuple):
    """A request for a page."""

    context: Context
    request: Request
