"""One way for every request of every dialect.

Path and method → operation; then the dialect opens the call (the caller, their rights, what
they sent), the operation's handler does the work, and the dialect prints what it returned. What
becomes of all others is in edge/failing.py.

The tree of all paths of all dialects is built once in a process. A segment is decoded by itself, so
a slash that is written %2F belongs to a name and parts nothing. Where a word and a name fit, the
word wins. Two operations for one method and one shape of path are an error of ours, and end the
start. Nearly every path has its words where a template has them, and names that are no words: it is
found by this shape, with one look. The tree is walked for the others.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from time import perf_counter_ns
from typing import Final
from urllib.parse import unquote

from msgspec.structs import replace

from stampbook.edge.access import Access
from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.bounds.reached import DIRECTLY, Reached
from stampbook.edge.compressing import LEAST, compressed
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import secret_in
from stampbook.edge.failing import NO_SUCH_PATH, Failing
from stampbook.edge.operations import MAX_BODY, Operation
from stampbook.edge.pace.pace import TooFast
from stampbook.edge.requests import Dialect, Found, Request, Route
from stampbook.ledger.origin import Origin, begin, current
from stampbook.settings import Settings
from stampbook.watching.counting import count
from stampbook.watching.metrics import REJECTED, UNSERVED, Slots, slots_of
from stampbook.watching.tracing import TRACING, traceparent_of

PLAIN: Final = b"identity"
ENCODED_BODY: Final = "compressed bodies are not read"

PROBED: Final = "site"
"""Pages and probes, which are in no trace."""

REASONS: Final = {408: "deadline", 413: "body", 431: "head", 503: "body"}
"""Why a request is refused before it is whole, in the words of the metrics; else it is garbage."""


class Edge:
    """All dialects on one context; see the module. The first of them is the native API."""

    def __init__(
        self, context: Context, dialects: Sequence[Dialect], reached: Reached = DIRECTLY
    ) -> None:
        self.context = context
        self.reached = reached
        routes = routes_of(tuple(dialects))
        self._failing = Failing(dialects)
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
                return self._failing.word(request, 404, NO_SUCH_PATH)
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
        answer, route = self._failing.answer(request, error), request.route
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
            return self._failing.answer(request, error)

    def refuse(self, request: Request, status: int, detail: str, reason: str | None) -> Answer:
        """The answer to a request that did not come whole, or did not come alone: the last one on
        its connection. It counts as a request of its caller, however fast that one asks. `reason`
        is one of REJECTED; None: the status says it."""
        origin = Origin(UNSERVED, request.id, source=request)
        count(REJECTED, reason or REASONS.get(status, "garbage"))
        with suppress(TooFast):
            self.context.callers.count_known(request, secret_in(request.headers))
        words, standing = self._failing.word(request, status, detail), request.standing
        if standing is not None:
            words = words._replace(headers=(*words.headers, *standing.headers))
        self._access.refused(self._slots_of(request, origin), request, origin, words)
        return words

    def _slots_of(self, request: Request, origin: Origin) -> Slots:
        """Where a request is counted that nobody has served, and under whose name."""
        owner = self._failing.owner_of(request)
        origin.dialect = owner.name
        return self._slots[owner.name] if request.route is None else request.route.slots

    async def _unserved(self, request: Request) -> Answer:
        """No such path, or no such method; and the answer to who asks for the methods."""
        found = request.found
        if found is None or request.method != "OPTIONS":
            await self._meet(request)
        if found is None:
            return self._failing.word(request, 404, NO_SUCH_PATH)
        allow = (b"allow", found.methods.encode())
        if request.method == "OPTIONS":
            dialect = self._failing.owner_of(request)
            return Answer(204, b"", (allow, *dialect.preflight(request)))
        worded = self._failing.owner_of(request).fail(request, 405, "Method Not Allowed")
        return worded._replace(headers=(*worded.headers, allow))

    async def _meet(self, request: Request) -> None:
        """Count a request that no operation takes: it is one of its caller's, or of a stranger's.
        Raises TooFast."""
        await self.context.callers.admit(request, secret_in(request.headers), tokens=True)


class Ambiguous(Exception):
    """Two operations serve the same method of the same path."""


class _Node:
    __slots__ = ("by_method", "name", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.name: _Node | None = None
        self.by_method: dict[str, Route] = {}


_Shape = tuple[dict[str, Route], list[int]]
"""What a shape of path leads to, and the places of its names among the segments. The first segment
is what is before the first slash: nothing."""


class Routes:
    """Finds operations by path; see the module. `words` are the fixed segments of all paths.

    Raises Ambiguous.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._root: Final = _Node()
        self._words: dict[str, str] = {}
        self._word_of = self._words.get
        self._shapes: dict[tuple[str | None, ...], _Shape] = {}
        self._depth = 0
        for dialect in dialects:
            for operation in dialect.operations:
                for path in operation.paths:
                    self._add(dialect, operation, path)
        self.words: Final = self._words.keys()

    def lead(self, request: Request) -> int:
        """Find who serves the request, by its head. Returns the bytes that its body may have."""
        raw_path = request.raw_path
        if raw_path.find(b"//") >= 0:  # `in` would try an integer first
            raw_path = self._forgiven(raw_path)
        path = raw_path.decode("latin-1")
        segments = path.split("/")
        shape = self._shapes.get(tuple(map(self._word_of, segments)))
        if shape is not None and "" not in segments[1:] and "%" not in path and "\0" not in path:
            by_method, places = shape
            found: Found | None = Found(by_method, [segments[at] for at in places])
        else:
            found = self._walk(path, segments[1:])
        request.found = found
        if found is None:
            return MAX_BODY
        method = "GET" if request.method == "HEAD" else request.method
        route = found.by_method.get(method)
        if route is None:
            return MAX_BODY
        request.route = route
        if route.names:
            request.parameters = dict(zip(route.names, found.values, strict=True))
        return route.operation.max_body

    def find(self, raw_path: bytes) -> Found | None:
        """Who serves the path; a slash at its end means nothing. None: nobody does."""
        asked = Request("GET", raw_path, b"", {})
        self.lead(asked)
        return asked.found

    def _forgiven(self, path: bytes) -> bytes:
        """Two slashes enclose an empty segment, which no path has; one dialect forgives them."""
        plain = path
        while b"//" in plain:
            plain = plain.replace(b"//", b"/")
        found = self.find(plain)
        if found is not None and all(
            route.dialect.forgives_slashes for route in found.by_method.values()
        ):
            return plain
        return path

    def _walk(self, path: str, segments: list[str]) -> Found | None:
        """The same by the tree."""
        if segments and not segments[-1]:
            segments.pop()
        if len(segments) > self._depth:
            return None  # 64 KiB of slashes are not worth decoding
        if "%" in path:
            segments = [unquote(segment) for segment in segments]
        values: list[str] = []
        node, at = self._root, 0
        untried: list[tuple[_Node, int, int]] = []  # names that would have fitted where a word did
        while True:
            if at == len(segments) and node.by_method:
                return Found(node.by_method, values)
            segment = segments[at] if at < len(segments) else ""
            below = node.words.get(segment)
            if below is not None:
                if node.name is not None:
                    untried.append((node, at, len(values)))
                node, at = below, at + 1
                continue
            while node.name is None or not segment or "\0" in segment:
                if not untried:
                    return None
                node, at, kept = untried.pop()
                del values[kept:]
                segment = segments[at]
            values.append(segment)
            node, at = node.name, at + 1

    def _add(self, dialect: Dialect, operation: Operation, path: str) -> None:
        node, names = self._root, []
        shape: list[str | None] = [None]
        for segment in path.strip("/").split("/") if path != "/" else ():
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.name = node = node.name or _Node()
                shape.append(None)
            else:
                node = node.words.setdefault(segment, _Node())
                shape.append(self._words.setdefault(segment, segment))
        places = [at for at, word in enumerate(shape) if at and word is None]
        self._shapes[tuple(shape)] = node.by_method, places
        self._depth = max(self._depth, path.count("/"))
        if operation.method in node.by_method:
            other = node.by_method[operation.method].operation
            raise Ambiguous(f"{operation.method} {path}: {operation.name} and {other.name}")
        slots = slots_of(dialect.name, operation.path)
        node.by_method[operation.method] = Route(dialect, operation, tuple(names), slots)


@lru_cache(maxsize=2)
def routes_of(dialects: tuple[Dialect, ...]) -> Routes:
    """The routes of the dialects. Servers of one process share them: nothing changes a tree."""
    return Routes(dialects)
