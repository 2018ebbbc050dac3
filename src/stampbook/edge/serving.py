"""One way for every request of every dialect.

Path and method → operation; then the dialect opens the call (the caller, their rights, what
they sent), the operation's handler does the work, and the dialect prints what it returned or words
what it refused. What never reaches a handler (an unknown path, a method, a body that is too large,
a bug) is worded by the dialect that the path belongs to. Under `/v1`, which several share, the
caller's credentials and `Accept` decide first; what belongs to no dialect is the native API's.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter_ns
from typing import Final

from msgspec.structs import replace

from stampbook.edge.access import Access
from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.edge.compressing import LEAST, compressed
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import secret_in
from stampbook.edge.pace.pace import TooFast
from stampbook.edge.requests import Dialect, Found, Request
from stampbook.edge.routing import routes_of
from stampbook.edge.unavailable import told
from stampbook.edge.uploads.streaming import BrokenOff
from stampbook.ledger.origin import Origin, begin, current
from stampbook.programs.faults import Changed
from stampbook.settings import Settings
from stampbook.storage.store import OutcomeUnknown, Unavailable
from stampbook.watching.counting import count
from stampbook.watching.metrics import RATE_LIMITED, REJECTED, UNSERVED, Slots, slots_of
from stampbook.watching.tracing import TRACING, traceparent_of

log = logging.getLogger(__name__)

NO_SUCH_PATH: Final = "no such path"
CHANGED: Final = "somebody else changed it meanwhile; try again"
BROKEN_OFF: Final = "the body of the request has not come"
RETRY_AFTER: Final = b"retry-after"
PLAIN: Final = b"identity"
ENCODED_BODY: Final = "compressed bodies are not read"


PROBED: Final = "site"
"""Pages and probes, which are in no trace."""

REASONS: Final = {408: "deadline", 413: "body", 431: "head", 503: "body"}
"""Why a request is refused before it is whole, in the words of the metrics; else it is garbage."""


class Edge:
    """All dialects on one context; see the module. The first dialect words what nobody owns."""

    def __init__(
        self, context: Context, dialects: Sequence[Dialect], reached: Reached = DIRECTLY
    ) -> None:
        self.context = context
        self.reached = reached
        self._dialects = dialects
        routes = routes_of(tuple(dialects))
        self.route = routes.lead
        context.carry_out = self._carry_out
        context.within = self.within
        self._slots = {each.name: slots_of(each.name, UNSERVED) for each in dialects}
        settings = getattr(context, "settings", None) or Settings()
        self.serve = self.traced if TRACING.is_on else self.answer
        self._access = Access(routes.words, settings.access_log, settings.slow_request_ms)

    async def _carry_out(self, request: Request) -> Answer | Streamed:
        """The answer to a request that no connection has brought."""
        self.route(request)
        return await self.answer(request)

    # -- when it is whole ---------------------------------------------------------------

    async def traced(self, request: Request) -> Answer | Streamed:
        """As `answer`, with a span that goes on the caller's trace."""
        route = request.route
        if route is None or route.dialect.name == PROBED:
            return await self.answer(request)
        path = route.operation.path
        fields = {
            "http.request.method": request.method,
            "http.route": path,
            "stampbook.dialect": route.dialect.name,
            "stampbook.request_id": request.id,
        }
        caller = request.header(b"traceparent")
        with TRACING.request(f"{request.method} {path}", caller, fields) as span:
            answer = await self.answer(request)
            span.set_attribute("http.response.status_code", answer.status)
        named = (b"traceparent", traceparent_of(span).encode())
        return answer._replace(headers=(*answer.headers, named))

    async def answer(self, request: Request) -> Answer | Streamed:
        """The answer to a request that was routed."""
        begun_ns = perf_counter_ns()
        route = request.route
        answer: Answer | Streamed
        name = UNSERVED if route is None else route.dialect.name
        origin = Origin(name, request.id, source=request)
        begin(origin)
        if TRACING.is_on:
            origin.span = TRACING.current()
        try:
            if route is None:
                answer = await self._unserved(request)
            elif request.headers.get(b"content-encoding", PLAIN).lower() != PLAIN:
                await self._meet(request)
                answer = route.dialect.fail(request, 415, ENCODED_BODY)
            else:
                dialect = route.dialect
                call = await dialect.open(self.context, request)
                answer = dialect.print(call, await route.operation.handler(call))
        except Exception as error:
            answer = await self._ended(request, error)
        standing = request.standing
        if standing is not None:
            answer = answer._replace(headers=(*answer.headers, *standing.headers))
        if isinstance(answer, Streamed) or len(answer.body) >= LEAST:
            answer = await compressed(answer, request.headers.get(b"accept-encoding"))
        slots = self._slots_of(request, origin) if route is None else route.slots
        self._access.note(slots, request, origin, answer, perf_counter_ns() - begun_ns)
        return answer

    async def within(self, request: Request) -> Answer | Streamed:
        """The answer to a request that is a part of the one at hand: it has that one's origin, and
        is neither counted nor logged by itself."""
        self.route(request)
        outer = current()
        inner = replace(outer, needs_approval=None, expected={})
        begin(inner)
        try:
            route = request.route
            if route is None:
                return self.word(request, 404, NO_SUCH_PATH)
            call = await route.dialect.open(self.context, request)
            return route.dialect.print(call, await route.operation.handler(call))
        except Exception as error:
            return await self._ended(request, error)
        finally:
            outer.code = inner.code or outer.code
            outer.replayed = inner.replayed or outer.replayed
            begin(outer)

    async def _ended(self, request: Request, error: Exception) -> Answer:
        """The answer to what ended in an exception."""
        answer, route = self._failed(request, error), request.route
        if route is not None and current().needs_approval is not None:
            answer = await self._postponed(request, route.dialect, error) or answer
        return answer

    async def _postponed(
        self, request: Request, dialect: Dialect, refusal: Exception
    ) -> Answer | None:
        """The answer to what a second person must approve, if the dialect can ask for one."""
        try:
            return await dialect.postpone(self.context, request, refusal)
        except Exception as error:
            return self._failed(request, error)

    def refuse(self, request: Request, status: int, detail: str, reason: str | None) -> Answer:
        """The answer to a request that did not come whole, or did not come alone: the last one on
        its connection. It counts as a request of its caller, however fast that one asks. `reason`
        is one of REJECTED; None: the status says it."""
        origin = Origin(UNSERVED, request.id, source=request)
        count(REJECTED, reason or REASONS.get(status, "garbage"))
        with suppress(TooFast):
            self.context.callers.count_known(request, secret_in(request.headers))
        words, standing = self.word(request, status, detail), request.standing
        if standing is not None:
            words = words._replace(headers=(*words.headers, *standing.headers))
        self._access.refused(self._slots_of(request, origin), request, origin, words)
        return words

    def _slots_of(self, request: Request, origin: Origin) -> Slots:
        """Where a request is counted that nobody has served, and under whose name."""
        owner = self._owner_of(request, request.found)
        origin.dialect = owner.name
        return self._slots[owner.name] if request.route is None else request.route.slots

    async def _unserved(self, request: Request) -> Answer:
        """No such path, or no such method; and the answer to who asks for the methods."""
        found = request.found
        if found is None or request.method != "OPTIONS":
            await self._meet(request)
        if found is None:
            return self.word(request, 404, NO_SUCH_PATH)
        allow = (b"allow", found.methods.encode())
        if request.method == "OPTIONS":
            dialect = self._owner_of(request, found)
            return Answer(204, b"", (allow, *dialect.preflight(request)))
        worded = self._owner_of(request, found).fail(request, 405, "Method Not Allowed")
        return worded._replace(headers=(*worded.headers, allow))

    async def _meet(self, request: Request) -> None:
        """Count a request that no operation takes: it is one of its caller's, or of a stranger's.
        Raises TooFast."""
        await self.context.callers.admit(request, secret_in(request.headers), tokens=True)

    def _failed(self, request: Request, error: Exception) -> Answer:
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

    # -- who words what went wrong ------------------------------------------------------

    def word(self, request: Request, status: int, detail: str) -> Answer:
        """What happens to a request without a handler, in the words of the dialect concerned."""
        return self._owner_of(request, request.found).fail(request, status, detail)

    def _owner_of(self, request: Request, found: Found | None) -> Dialect:
        if request.route is not None:
            return request.route.dialect
        path, native = request.path, self._dialects[0]
        owner = next((each for each in self._dialects if each.owns(path)), None)
        if owner is None and found is not None:
            owner = next(iter(found.by_method.values())).dialect
        owner = owner or native
        is_shared = owner is native or path.startswith("/v1/")
        return self._spoken(request) or owner if is_shared else owner

    def _spoken(self, request: Request) -> Dialect | None:
        """The vendor's dialect that the caller speaks by the headers, if they name one."""
        return next((each for each in self._dialects if each.is_spoken(request)), None)
