"""What a request is answered that is refused, unknown, too fast, or broken here.

It is worded by the dialect that the path belongs to. Under `/v1`, which several share, the caller's
credentials and `Accept` decide first; what belongs to no dialect is the native API's.
"""

import logging
from collections.abc import Sequence
from typing import Final

from stampbook.edge.answers import Answer
from stampbook.edge.pace.pace import TooFast
from stampbook.edge.requests import Dialect, Request
from stampbook.edge.unavailable import told
from stampbook.edge.uploads.streaming import BrokenOff
from stampbook.ledger.origin import current
from stampbook.programs.faults import Changed
from stampbook.storage.store import OutcomeUnknown, Unavailable
from stampbook.watching.counting import count
from stampbook.watching.metrics import RATE_LIMITED

log = logging.getLogger(__name__)

NO_SUCH_PATH: Final = "no such path"
CHANGED: Final = "somebody else changed it meanwhile; try again"
BROKEN_OFF: Final = "the body of the request has not come"
RETRY_AFTER: Final = b"retry-after"


class Failing:
    """Words failures; see the module. The first dialect words what nobody owns."""

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        self._dialects = dialects

    def answer(self, request: Request, error: Exception) -> Answer:
        """A refusal; or the database is away, somebody was faster, or it is a bug."""
        if request.route is not None and isinstance(error, request.route.dialect.refusals):
            return self._refused(request, request.route.dialect, error)
        if isinstance(error, TooFast):
            return self._slowed(request, error)
        if isinstance(error, Unavailable | OutcomeUnknown):
            return self.word(request, 503, told(error))
        if isinstance(error, BrokenOff):
            return self.word(request, 408, BROKEN_OFF)
        if isinstance(error, Changed):
            return self.word(request, 503, CHANGED)
        log.error("request %s failed", request.id, exc_info=error)
        detail = f"something went wrong here; it is logged as {request.id}"
        return self.word(request, 500, detail)

    def word(self, request: Request, status: int, detail: str) -> Answer:
        """What happens to a request without a handler, in the words of the dialect concerned."""
        return self.owner_of(request).fail(request, status, detail)

    def owner_of(self, request: Request) -> Dialect:
        """The dialect that words what becomes of the request."""
        if request.route is not None:
            return request.route.dialect
        path, native, found = request.path, self._dialects[0], request.found
        owner = next((each for each in self._dialects if each.owns(path)), None)
        if owner is None and found is not None:
            owner = next(iter(found.by_method.values())).dialect
        owner = owner or native
        is_shared = owner is native or path.startswith("/v1/")
        return self._spoken(request) or owner if is_shared else owner

    def _spoken(self, request: Request) -> Dialect | None:
        """The vendor's dialect that the caller speaks by the headers, if they name one."""
        return next((each for each in self._dialects if each.is_spoken(request)), None)

    def _slowed(self, request: Request, error: TooFast) -> Answer:
        """The one answer to all who ask too fast."""
        count(RATE_LIMITED, error.by)
        worded = self.word(request, 429, error.detail)
        others = (each for each in worded.headers if each[0] != RETRY_AFTER)
        return worded._replace(headers=(*others, (RETRY_AFTER, b"%d" % error.wait_s)))

    def _refused(self, request: Request, dialect: Dialect, refusal: Exception) -> Answer:
        origin = current()
        origin.code = origin.code or getattr(refusal, "code", None)
        answer = dialect.refuse(request, refusal)
        if answer.status == 401 and dialect is self._dialects[0]:
            # For a vendor's client there is no such path as `/v1/locations`.
            stranger = self._spoken(request)
            if stranger is not None:
                return stranger.fail(request, 404, "Not Found")
        return answer
