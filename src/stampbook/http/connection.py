"""A connection of the server: uvicorn's, with a short way for hot paths.

uvicorn parses HTTP and serves the application; a POST to a path that a dialect recognises as hot
(http/short_paths.py) is answered here as soon as its body is whole, without an application, a
task or an event of its own. Requests that follow before the answer wait, as uvicorn has them wait.
"""

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stampbook.http.context import Context
from stampbook.http.guarding import GuardedProtocol, Limits, Word
from stampbook.http.names import within_segments
from stampbook.http.short_paths import Answer, Recognise, ShortRequest, Start, Waiting

MAX_BODY: Final = 64 * 1024
"""Bytes of a body that goes the short way; larger ones take the ordinary way."""


class _Nobody:
    """Stands where uvicorn wakes those who wait for a body: nobody does on the short way."""

    def set(self) -> None:
        """Wake nobody."""


class ShortCycle:
    """A request on the short way, and its answer: what uvicorn's connection asks of its own."""

    __slots__ = (
        "body",
        "disconnected",
        "keep_alive",
        "more_body",
        "name",
        "response_complete",
        "start",
    )

    message_event: Final = _Nobody()

    def __init__(self, start: Start, name: str, *, keep_alive: bool) -> None:
        self.start = start
        self.name = name
        self.keep_alive = keep_alive
        self.body = bytearray()
        self.more_body = True
        self.response_complete = False
        self.disconnected = False


class Connection(GuardedProtocol):
    """See the module. The first four arguments are the same for all connections."""

    def __init__(
        self,
        context: Context,
        recognise: Recognise,
        limits: Limits,
        word: Word,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(limits, word, *args, **kwargs)
        self._context = context
        self._recognise = recognise

    # -- the parser's callbacks ---------------------------------------------------------

    def on_headers_complete(self) -> None:
        """The head of a request has come: choose its way."""
        self.check_head()
        found = None
        before: Any = self.cycle
        if before is None or before.response_complete:
            found = self._hot_path()
        if found is None:
            self._make_scope()
            self._begin_ordinarily()
        else:
            start, name = found
            keep_alive = bool(self.parser.should_keep_alive())
            self.cycle = ShortCycle(start, name, keep_alive=keep_alive)  # type: ignore[assignment]

    def on_message_complete(self) -> None:
        """A request is whole: on the short way its work begins."""
        cycle: Any = self.cycle
        begins = isinstance(cycle, ShortCycle) and cycle.more_body
        super().on_message_complete()
        if begins:
            self._begin(cycle)

    def _hot_path(self) -> tuple[Start, str] | None:
        url = self.url
        if b"?" in url or b"%" in url or self.expect_100_continue:
            return None
        parser = self.parser
        if (
            parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or parser.should_upgrade()
            or not _is_plain(self.headers)
        ):
            return None
        return self._recognise(url.decode("latin-1"))

    # -- the short way ------------------------------------------------------------------

    def _begin(self, cycle: ShortCycle) -> None:
        path = self.url.decode("latin-1")
        body = bytes(cycle.body)
        found = cycle.start(ShortRequest(self._context, path, cycle.name, self.headers, body))
        if found is None:
            self._go_the_ordinary_way(cycle)
        elif isinstance(found, Waiting):
            found.outcome.add_done_callback(lambda _: self._finish(cycle, found))
        else:
            self._answer(cycle, found)

    def _go_the_ordinary_way(self, cycle: ShortCycle) -> None:
        self.cycle = None  # type: ignore[assignment]
        self._make_scope()
        self._begin_ordinarily()
        self.cycle.body += cycle.body
        super().on_message_complete()

    def _make_scope(self) -> None:
        """Make what uvicorn makes as a request begins; what has come of it stays."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        HttpToolsProtocol.on_message_begin(self)
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the scope holds the same list

    def _begin_ordinarily(self) -> None:
        super().on_headers_complete()
        if b"%2" in self.url:
            self.scope["path"] = within_segments(self.scope["raw_path"])

    def _finish(self, cycle: ShortCycle, waiting: Waiting) -> None:
        answer = waiting.finish(waiting.outcome)
        if answer is not None:
            self._answer(cycle, answer)
            return
        task = self.loop.create_task(self._finish_slowly(cycle, waiting))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _finish_slowly(self, cycle: ShortCycle, waiting: Waiting) -> None:
        self._answer(cycle, await waiting.finish_slowly(waiting.outcome))

    def _answer(self, cycle: ShortCycle, answer: Answer) -> None:
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        self.transport.write(self.sent(answer, keep_alive=cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def on_response_complete(self) -> None:
        """An answer is out: the next request that waits may begin."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            self.flow.resume_reading()
        elif self.last_words is not None:
            self.say(self.last_words)
        else:
            self.flow.resume_reading()
            self.wait_for_a_request()


def _is_plain(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the body has a length, and not a large one."""
    for name, value in headers:
        if name == b"content-length":
            return len(value) <= 5 and value.isdigit() and int(value) <= MAX_BODY
    return False
