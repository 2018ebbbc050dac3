"""Requests: how they are made, sent, sent again, and what their answers mean."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, TypeVar
from uuid import uuid4

import httpx
from msgspec import DecodeError, Struct

from stampbook_client.errors import (
    ApprovalPendingError,
    NoAnswerError,
    ProblemError,
    TimedOutError,
    UnexpectedAnswerError,
)
from stampbook_client.models.ledger import Problem
from stampbook_client.models.people import Approval
from stampbook_client.pages import AsyncPages, Page, Pages
from stampbook_client.problems import BY_CODE
from stampbook_client.retrying import AGAIN, Retries, asked_for
from stampbook_client.values import File
from stampbook_client.wire import asked, decode, encode, named

T = TypeVar("T")

CHUNK: Final = 64 * 1024
BYTES: Final = "application/octet-stream"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call, ready to be sent as often as it takes. All attempts have the same headers, and with
    them the same idempotency key."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    file: File | None = None
    extra_s: float = 0.0
    """Seconds that the server may take on purpose."""

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key")


def reading(path: str, params: Mapping[str, object]) -> Request:
    """A request that changes nothing."""
    query = {name: asked(name, each) for name, each in named(params).items() if each is not None}
    return Request(method="GET", path=path, query=query, extra_s=float(query.get("wait_s", 0) or 0))


def writing(
    method: str,
    path: str,
    params: Mapping[str, object],
    *,
    query: tuple[str, ...] = (),
    has_body: bool = True,
    file: File | None = None,
) -> Request:
    """A request that changes something. `query` are arguments that are no fields of the body."""
    fields = named(params)
    asking = {name: asked(name, fields.pop(name)) for name in query if name in fields}
    if params.get("dry_run"):
        asking["dry_run"] = "true"
    headers = {"Idempotency-Key": str(params.get("idempotency_key") or uuid4())}
    if params.get("actor") is not None:
        headers["Stampbook-Actor"] = str(params["actor"])
    expected = params.get("expected_seq")
    if isinstance(expected, Mapping):
        pairs = (f"{account}={seq}" for account, seq in expected.items())
        headers["Stampbook-Expected-Seq"] = ", ".join(pairs)
    if file is not None:
        headers["Content-Type"] = BYTES
        return Request(method=method, path=path, query=asking, headers=headers, file=file)
    if fields and not has_body:
        raise TypeError(f"unknown arguments: {', '.join(fields)}")
    if has_body:
        headers["Content-Type"] = JSON
    content = encode(fields) if has_body else None
    return Request(method=method, path=path, query=asking, headers=headers, content=content)


def value_of(answer: httpx.Response, kind: type[T], *, accepted: bool = False) -> T:
    """What a success answered. Raises ProblemError, ApprovalPendingError and
    UnexpectedAnswerError. `accepted`: 202 is this operation's own status."""
    check(answer)
    try:
        if answer.status_code == 202 and not accepted:
            raise ApprovalPendingError(decode(answer.content, _Pending).approval)
        return decode(answer.content, kind)
    except DecodeError as error:
        raise UnexpectedAnswerError(
            f"the answer cannot be read: {error}", answer.status_code
        ) from error


class _Pending(Struct, frozen=True):
    """The answer to what a second person must approve."""

    approval: Approval


def check(answer: httpx.Response) -> None:
    """Raises ProblemError or UnexpectedAnswerError if the answer is no success."""
    if answer.is_success:
        return
    try:
        problem = decode(answer.content, Problem)
    except DecodeError:
        text = f"{answer.status_code} is no answer of the API: {answer.text[:200]!r}"
        raise UnexpectedAnswerError(text, answer.status_code) from None
    kind = BY_CODE.get(problem.code, ProblemError)
    raise kind(problem, asked_for(answer.headers.get("Retry-After")))


class Attempts:
    """The failures of one call: after each, how long to wait, or the exception that ends it."""

    def __init__(self, request: Request, retries: Retries) -> None:
        self._request = request
        self._retries = retries
        self._failures = 0

    def after(self, error: httpx.TransportError) -> float:
        """Seconds to wait after no answer came. Raises NoAnswerError."""
        self._failures += 1
        wait_s = self._retries.wait_s(self._failures)
        if wait_s is None:
            self._give_up(error)
        return wait_s

    def after_answer(self, answer: httpx.Response) -> float | None:
        """Seconds to wait after an answer that says so; None: it is the answer."""
        if answer.status_code not in AGAIN:
            return None
        self._failures += 1
        return self._retries.wait_s(self._failures, asked_for(answer.headers.get("Retry-After")))

    def _give_up(self, error: httpx.TransportError) -> NoReturn:
        text = f"{self._request.method} {self._request.path} had no answer: {error!r}"
        kind = TimedOutError if isinstance(error, httpx.TimeoutException) else NoAnswerError
        raise kind(text, self._request.key) from error


def _sized(file: Path | BinaryIO) -> tuple[BinaryIO, int]:
    """The file from its beginning, and how many bytes it has."""
    opened = file.open("rb") if isinstance(file, Path) else file
    size = opened.seek(0, 2)
    opened.seek(0)
    return opened, size


class _Sent:
    """A file on its way, in pieces."""

    def __init__(self, file: Path | BinaryIO) -> None:
        self._file, self.size = _sized(file)
        self._is_ours = isinstance(file, Path)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(CHUNK):
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._file.read, CHUNK):
            yield piece

    def close(self) -> None:
        if self._is_ours:
            self._file.close()


class _Sending:
    """What both ways of sending have in common."""

    def __init__(
        self, retries: Retries, timeout_s: float, url: str, headers: Mapping[str, str]
    ) -> None:
        self._retries = retries
        self._timeout_s = timeout_s
        self._url = url.rstrip("/")
        self._headers = headers

    def _arguments(self, request: Request, sent: _Sent | None) -> dict[str, Any]:
        headers = {**self._headers, **request.headers}
        if sent is not None:
            headers["Content-Length"] = str(sent.size)
        return {
            "params": request.query,
            "headers": headers,
            "content": request.content if sent is None else sent,
            "timeout": httpx.Timeout(self._timeout_s + request.extra_s),
        }

    @staticmethod
    def _opened(request: Request) -> tuple[Request, _Sent | None]:
        if request.file is None:
            return request, None
        if isinstance(request.file, bytes):
            whole = Request(
                method=request.method, path=request.path, query=request.query,
                headers=request.headers, content=request.file,
            )  # fmt: skip
            return whole, None
        return request, _Sent(request.file)


class Api(_Sending):
    """Sends requests one after the other."""

    def __init__(
        self,
        http: httpx.Client,
        retries: Retries,
        timeout_s: float,
        url: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(retries, timeout_s, url, headers)
        self._http = http

    def read(self, path: str, params: Mapping[str, object], answer: type[T]) -> T:
        """What a GET answers."""
        return value_of(self._ask(reading(path, params)), answer)

    def pages(self, path: str, params: Mapping[str, object], item: type[T]) -> Pages[T]:
        """A list; nothing is asked before it is used."""

        def fetch(cursor: str | None) -> Page[T]:
            asking = params if cursor is None else {**params, "cursor": cursor}
            return self.read(path, asking, Page[item])  # type: ignore[valid-type]

        return Pages(fetch)

    def content(self, path: str, params: Mapping[str, object]) -> bytes:
        """What a GET answers that is no JSON."""
        answer = self._ask(reading(path, params))
        check(answer)
        return answer.content

    def write(
        self,
        method: str,
        path: str,
        params: Mapping[str, object],
        answer: type[T],
        *,
        query: tuple[str, ...] = (),
        has_body: bool = True,
        accepted: bool = False,
    ) -> T:
        """What a write answers."""
        request = writing(method, path, params, query=query, has_body=has_body)
        return value_of(self._ask(request), answer, accepted=accepted)

    def upload(
        self,
        path: str,
        file: File,
        params: Mapping[str, object],
        answer: type[T],
        *,
        query: tuple[str, ...],
    ) -> T:
        """What the API answers to a file."""
        request = writing("POST", path, params, query=query, has_body=False, file=file)
        return value_of(self._ask(request), answer, accepted=True)

    def _ask(self, request: Request) -> httpx.Response:
        """The answer of the last attempt. Raises NoAnswerError if that had none."""
        attempts = Attempts(request, self._retries)
        while True:
            whole, sent = self._opened(request)
            try:
                answer = self._http.request(
                    whole.method, self._url + whole.path, **self._arguments(whole, sent)
                )
            except httpx.TransportError as error:
                wait_s = attempts.after(error)
            else:
                again = attempts.after_answer(answer)
                if again is None:
                    return answer
                wait_s = again
            finally:
                if sent is not None:
                    sent.close()
            time.sleep(wait_s)


class AsyncApi(_Sending):
    """Sends requests without blocking the loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        retries: Retries,
        timeout_s: float,
        url: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(retries, timeout_s, url, headers)
        self._http = http

    async def read(self, path: str, params: Mapping[str, object], answer: type[T]) -> T:
        """What a GET answers."""
        return value_of(await self._ask(reading(path, params)), answer)

    def pages(self, path: str, params: Mapping[str, object], item: type[T]) -> AsyncPages[T]:
        """A list; nothing is asked before it is used."""

        async def fetch(cursor: str | None) -> Page[T]:
            asking = params if cursor is None else {**params, "cursor": cursor}
            return await self.read(path, asking, Page[item])  # type: ignore[valid-type]

        return AsyncPages(fetch)

    async def content(self, path: str, params: Mapping[str, object]) -> bytes:
        """What a GET answers that is no JSON."""
        answer = await self._ask(reading(path, params))
        check(answer)
        return answer.content

    async def write(
        self,
        method: str,
        path: str,
        params: Mapping[str, object],
        answer: type[T],
        *,
        query: tuple[str, ...] = (),
        has_body: bool = True,
        accepted: bool = False,
    ) -> T:
        """What a write answers."""
        request = writing(method, path, params, query=query, has_body=has_body)
        return value_of(await self._ask(request), answer, accepted=accepted)

    async def upload(
        self,
        path: str,
        file: File,
        params: Mapping[str, object],
        answer: type[T],
        *,
        query: tuple[str, ...],
    ) -> T:
        """What the API answers to a file."""
        request = writing("POST", path, params, query=query, has_body=False, file=file)
        return value_of(await self._ask(request), answer, accepted=True)

    async def _ask(self, request: Request) -> httpx.Response:
        """The answer of the last attempt. Raises NoAnswerError if that had none."""
        attempts = Attempts(request, self._retries)
        while True:
            whole, sent = self._opened(request)
            try:
                answer = await self._http.request(
                    whole.method, self._url + whole.path, **self._arguments(whole, sent)
                )
            except httpx.TransportError as error:
                wait_s = attempts.after(error)
            else:
                again = attempts.after_answer(answer)
                if again is None:
                    return answer
                wait_s = again
            finally:
                if sent is not None:
                    sent.close()
            await asyncio.sleep(wait_s)
