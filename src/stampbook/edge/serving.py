"""One way for every request of every dialect.

Path and method → operation; then the dialect opens the call (the caller, whether they may, what
they sent), the operation's handler does the work, and the dialect prints what it returned or words
what it refused. What never reaches a handler (an unknown path, a method, a body that is too large,
a bug) is worded by the dialect that the path belongs to. Under `/v1`, which several share, the
caller's credentials and `Accept` decide first; what belongs to no dialect is the native API's.
"""

import logging
from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final

from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.caller import bearer
from stampbook.edge.compressing import LEAST, compressed
from stampbook.edge.context import Context
from stampbook.edge.operations import MAX_BODY
from stampbook.edge.request_ids import HEADER
from stampbook.edge.requests import Dialect, Found, Request
from stampbook.edge.routing import Routes
from stampbook.edge.unavailable import told
from stampbook.programs.faults import Changed
from stampbook.storage.store import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)
access = logging.getLogger("stampbook.access")

NO_SUCH_PATH: Final = "no such path"
CHANGED: Final = "somebody else changed it meanwhile; try again"
ENCODED_BODY: Final = "compressed bodies are not read"


class Edge:
    """All dialects on one context; see the module. The first dialect words what nobody owns."""

    def __init__(self, context: Context, dialects: Sequence[Dialect], fallback: Any = None) -> None:
        self.context = context
        self.fallback = fallback
        self._dialects = dialects
        self._routes = Routes(dialects)

    # -- while a request comes ----------------------------------------------------------

    def route(self, request: Request) -> int:
        """Find who serves the request, by its head. Returns the bytes that its body may have."""
        path = request.raw_path
        if b"//" in path:
            path = self._forgiven(path)
        found = self._routes.find(path)
        if found is None:
            return MAX_BODY if self.fallback is None else 10 * MAX_BODY
        request.found = found
        method = "GET" if request.method == "HEAD" else request.method
        route = found.by_method.get(method)
        if route is None:
            return MAX_BODY
        request.route = route
        if route.names:
            request.parameters = dict(zip(route.names, found.values, strict=True))
        return route.operation.max_body

    def _forgiven(self, path: bytes) -> bytes:
        """Two slashes enclose an empty segment, which no path has; one dialect forgives them."""
        plain = path
        while b"//" in plain:
            plain = plain.replace(b"//", b"/")
        found = self._routes.find(plain)
        if found is not None and all(
            route.dialect.forgives_slashes for route in found.by_method.values()
        ):
            return plain
        return path

    # -- when it is whole ---------------------------------------------------------------

    async def answer(self, request: Request) -> Answer | Streamed:
        """The answer to a request that was routed. Raises nothing."""
        begun_s = perf_counter()
        try:
            answer = await self._served(request)
        except Exception as error:
            answer = self._broken(request, error)
        if isinstance(answer, Streamed) or len(answer.body) >= LEAST:
            answer = await compressed(answer, request.headers.get(b"accept-encoding"))
        if access.isEnabledFor(logging.INFO):
            taken_ms = (perf_counter() - begun_s) * 1000
            access.info(
                "%s %s %d %.1f ms %s",
                request.method,
                request.raw_path.decode("latin-1"),
                answer.status,
                taken_ms,
                request.id,
            )
        return _named(answer, request)

    async def _served(self, request: Request) -> Answer | Streamed:
        route = request.route
        if route is None:
            if self.fallback is not None and self.fallback.serves(request):
                return await self.fallback.answer(request)  # type: ignore[no-any-return]
            return self._unserved(request)
        dialect = route.dialect
        if dialect is self._dialects[0]:
            stranger = await self._stranger(request)
            if stranger is not None:
                # For a vendor's client there is no such path as `/v1/locations`.
                return stranger.fail(request, 404, "Not Found")
        if request.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            return dialect.fail(request, 415, ENCODED_BODY)
        try:
            call = await dialect.open(self.context, request)
            return dialect.print(call, await route.operation.handler(call))
        except dialect.refusals as refusal:
            return dialect.refuse(request, refusal)

    async def _stranger(self, request: Request) -> Dialect | None:
        """The vendor's dialect that the caller speaks, if they have no key for the native API."""
        secret, callers = bearer(request.header(b"authorization")), self.context.callers
        if secret is not None and callers.remembered(secret) is not None:
            return None
        spoken = self._spoken(request)
        if spoken is None or (secret is not None and await callers.by_secret(secret) is not None):
            return None
        return spoken

    def _unserved(self, request: Request) -> Answer:
        """No such path, or no such method; and the answer to who asks for the methods."""
        found = request.found
        if found is None:
            return self.word(request, 404, NO_SUCH_PATH)
        allow = (b"allow", found.methods.encode())
        if request.method == "OPTIONS":
            dialect = self._owner_of(request, found)
            return Answer(204, b"", (allow, *dialect.preflight(request)))
        worded = self._owner_of(request, found).fail(request, 405, "Method Not Allowed")
        return worded._replace(headers=(*worded.headers, allow))

    def _broken(self, request: Request, error: Exception) -> Answer:
        """What is nobody's refusal: the database is away, somebody was faster, or it is a bug."""
        if isinstance(error, Unavailable | OutcomeUnknown):
            return self.word(request, 503, told(error))
        if isinstance(error, Changed):
            return self.word(request, 503, CHANGED)
        log.error("request %s failed", request.id, exc_info=error)
        detail = f"something went wrong here; it is logged as {request.id}"
        return self.word(request, 500, detail)

    # -- who words what went wrong ------------------------------------------------------

    def word(self, request: Request, status: int, detail: str) -> Answer:
        """What happens to a request without a handler, in the words of the dialect concerned."""
        return _named(self._owner_of(request, request.found).fail(request, status, detail), request)

    def _owner_of(self, request: Request, found: Found | None) -> Dialect:
        if request.route is not None:
            return request.route.dialect
        path, native = request.path, self._dialects[0]
        owner = next((each for each in self._dialects if each.owns(path)), None)
        if self.fallback is not None and owner is None:
            return self.fallback  # type: ignore[no-any-return]
        if owner is None and found is not None:
            owner = next(iter(found.by_method.values())).dialect
        owner = owner or native
        is_shared = owner is native or path.startswith("/v1/")
        return self._spoken(request) or owner if is_shared else owner

    def _spoken(self, request: Request) -> Dialect | None:
        """The vendor's dialect that the caller speaks by the headers, if they name one."""
        if self.fallback is not None and self.fallback.is_spoken(request):
            return self.fallback  # type: ignore[no-any-return]
        return next((each for each in self._dialects if each.is_spoken(request)), None)


def _named(answer: Answer | Streamed, request: Request) -> Answer:
    """The answer with the request's name."""
    name = (HEADER, request.id.encode("ascii"))
    if name in answer.headers:
        return answer  # type: ignore[return-value]
    return answer._replace(headers=(*answer.headers, name))  # type: ignore[return-value]
