"""The native API, asked in this process as the person who has signed in.

Every promise of that API holds for the console, because it is the same way: rights, limits,
approvals, audit, idempotency, dry runs. Values are JSON as the API answers it: amounts are text,
instants are RFC 3339 in UTC.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from msgspec.json import decode, encode

from stampbook.console.wording import worded
from stampbook.edge.answers import Answer, Streamed
from stampbook.edge.credentials.people import Acting
from stampbook.edge.requests import Request
from stampbook.edge.uploads.streaming import Source
from stampbook.speaking.speech import Speech

Json = dict[str, Any]

ACCEPTED: Final = 202

REPLAYED: Final = (b"idempotency-replayed", b"true")


RETRY_AFTER: Final = b"retry-after"

READ_FROM: Final = (b"stampbook-read-from", b"replica")
AS_OF: Final = b"stampbook-as-of"


class Problem(Exception):
    """A refusal of the native API: its status, its code, its sentence, and all that it says; and
    after how many seconds it may be otherwise.

    `faults` are what is wrong with single fields, by the field's name.
    """

    def __init__(self, status: int, said: Json, retry_after_s: int = 0) -> None:
        self.status = status
        self.said = said
        self.code: str = said.get("code", "internal_error")
        self.retry_after_s = retry_after_s
        self.detail: str = said.get("detail") or said.get("title") or ""
        super().__init__(f"{status} {self.code}: {self.detail}")

    @classmethod
    def of_fields(cls, faults: Mapping[str, str], detail: str | None = None) -> "Problem":
        """The refusal of a form's fields before the API is asked: sentences by the field's name.
        Without `detail` the first of them is said of the whole form, too."""
        errors = [{"pointer": f"/{name}", "detail": text} for name, text in faults.items()]
        said = errors[0]["detail"] if detail is None else detail
        return cls(422, {"code": "invalid_request", "detail": said, "errors": errors})

    @property
    def faults(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in self.said.get("errors") or ():
            name = (each.get("pointer") or "").rpartition("/")[2] or each.get("parameter") or ""
            found.setdefault(name, each.get("detail") or "")
        return found


class Reply(NamedTuple):
    """What a write was answered. `replayed`: it was done before, by the same form."""

    status: int
    value: Json
    replayed: bool

    @property
    def approval(self) -> Json | None:
        """What a second person must decide before anything is written."""
        return self.value.get("approval") if self.status == ACCEPTED else None


class Api:
    """The native API for one person; `within` answers requests (edge/serving.py). What is wrong
    with fields is said in the language of `speech`. `aged` is called with the instant of each
    answer that a replica gave."""

    def __init__(
        self,
        within: Callable[[Request], Coroutine[Any, Any, Any]],
        acting: Acting,
        address: str,
        speech: Speech,
        aged: Callable[[str], object] = lambda as_of: None,
    ) -> None:
        self._speech = speech
        self._aged = aged
        self._within = within
        self._acting = acting
        self._address = address

    async def get(self, path: str, **query: object) -> Json:
        """What a read answers; a parameter that is None is not sent. Raises Problem."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return (await self._ask("GET", path, given, None, None)).value

    async def find(self, path: str, **query: object) -> Json | None:
        """As `get`; None where there is nothing, or nothing that the person may see."""
        try:
            return await self.get(path, **query)
        except Problem as problem:
            if problem.status == 404:
                return None
            raise

    async def look(self, path: str, **query: object) -> Json | None:
        """As `get`; None if it is refused, for whatever reason."""
        try:
            return await self.get(path, **query)
        except Problem:
            return None

    async def sheet(self, path: str, **query: object) -> bytes:
        """What a read answers as a table for spreadsheets. Raises Problem."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        headers = {b"accept": b"text/csv"}
        return (await self._answer("GET", path, given, headers)).body

    async def stream(self, path: str) -> Streamed:
        """What a read answers that is made while it is sent. Raises Problem."""
        answer = await self._sent("GET", path, {}, {})
        assert isinstance(answer, Streamed)
        return answer

    async def post(
        self,
        path: str,
        body: Json | None = None,
        *,
        key: str | None = None,
        dry_run: bool = False,
        expected: Mapping[str, int] | None = None,
    ) -> Reply:
        """Carry a write out, once for each key. `expected`: only while the last rows of these
        accounts are those. Raises Problem."""
        return await self.write("POST", path, body, key=key, dry_run=dry_run, expected=expected)

    async def write(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        key: str | None = None,
        dry_run: bool = False,
        expected: Mapping[str, int] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        """As `post`, by any method, and with parameters. Raises Problem."""
        query = {**(query or {}), **({"dry_run": "true"} if dry_run else {})}
        return await self._ask(method, path, query, {} if body is None else body, key, expected)

    async def send(
        self, path: str, source: Source, query: Mapping[str, str], *, key: str | None = None
    ) -> Reply:
        """Send a file, which the source has. Raises Problem, BrokenOff."""
        return await self._ask("POST", path, query, None, key, source=source)

    async def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Json | None,
        key: str | None,
        expected: Mapping[str, int] | None = None,
        source: Source | None = None,
    ) -> Reply:
        headers = {b"content-type": b"application/json"}
        if expected:
            named = ",".join(f"{account}={seq}" for account, seq in expected.items())
            headers[b"stampbook-expected-seq"] = named.encode("latin-1", "replace")
        if key is not None:
            headers[b"idempotency-key"] = key.encode("latin-1", "replace")
        answer = await self._answer(method, path, query, headers, body, source)
        return Reply(answer.status, _value(answer), REPLAYED in answer.headers)

    async def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: dict[bytes, bytes],
        body: Json | None = None,
        source: Source | None = None,
    ) -> Answer:
        answer = await self._sent(method, path, query, headers, body, source)
        assert isinstance(answer, Answer)
        return answer

    async def _sent(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: dict[bytes, bytes],
        body: Json | None = None,
        source: Source | None = None,
    ) -> Answer | Streamed:
        raw_query = urlencode(query).encode()
        content = b"" if not body else encode(body)
        request = Request(method, path.encode(), raw_query, headers, content, self._address)
        request.state, request.stream = self._acting, source
        answer: Answer | Streamed = await self._within(request)
        if isinstance(answer, Answer) and answer.status >= 400:
            wait_s = next((int(text) for name, text in answer.headers if name == RETRY_AFTER), 0)
            said = await worded(self, self._speech, path, body, _value(answer))
            raise Problem(answer.status, said, wait_s)
        if READ_FROM in answer.headers:
            self._aged(next(text for name, text in answer.headers if name == AS_OF).decode())
        return answer


def _value(answer: Answer) -> Json:
    value: Json = decode(answer.body) if answer.body else {}
    return value
