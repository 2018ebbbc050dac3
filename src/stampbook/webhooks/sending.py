"""Sends a request to an endpoint, and says what came of it.

The client connects to addresses that were checked for this very connection, and to nothing else: it
follows no redirect, keeps no connection, and takes no proxy from the environment.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import Any, Final

import httpcore
import httpx

from stampbook.domain.model import MICROSECONDS
from stampbook.networks import Network
from stampbook.settings import networks_of
from stampbook.watching.counting import count
from stampbook.watching.metrics import WEBHOOK_ATTEMPTS
from stampbook.watching.tracing import TRACING, traceparent_of
from stampbook.webhooks.addresses import (
    Forbidden,
    Resolve,
    check_addresses,
    check_scheme,
    system_resolver,
)
from stampbook.webhooks.claiming import Claimed
from stampbook.webhooks.model import Attempt
from stampbook.webhooks.signing import headers_of, new_request_id

TIMEOUT_S: Final = 15.0
"""From the beginning of an attempt to the end of its answer."""

CONNECT_S: Final = 5.0
"""For finding the address and connecting to it."""

MAX_ANSWER: Final = 64 * 1024
"""Bytes of an answer that are read."""

KEPT: Final = 1_024
"""Bytes of an answer that are kept."""

FORBIDDEN: Final = "forbidden_address"
UNRESOLVED: Final = "unresolved_name"
NO_CONNECTION: Final = "connection_failed"
NO_TLS: Final = "tls_failed"
TIMED_OUT: Final = "timeout"
BROKEN: Final = "broken_answer"
REDIRECTED: Final = "redirected"
REFUSED: Final = "refused"
ERRORS: Final = (
    FORBIDDEN, UNRESOLVED, NO_CONNECTION, NO_TLS, TIMED_OUT, BROKEN, REDIRECTED, REFUSED,
)  # fmt: skip
"""Why an event has not arrived: in the last two cases there is an answer."""

RETRYING: Final = frozenset({429, 503})
"""Statuses whose `Retry-After` counts."""


class _Unresolved(Exception):
    """The name has no address now."""


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that may be reached. Raises Forbidden and _Unresolved."""

    def __init__(self, resolve: Resolve, allow: Sequence[Network], *, scheme: str) -> None:
        self._resolve, self._allow, self._scheme = resolve, allow, scheme
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface has it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host, port)
                return await self._first(addresses, port, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            found = ()
        if not found:
            raise _Unresolved
        addresses = check_addresses(found, self._allow)
        check_scheme(self._scheme, addresses, self._allow)
        return addresses

    async def _first(
        self,
        addresses: Sequence[str],
        port: int,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the addresses that takes it."""
        for each in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(
                    each,
                    port,
                    timeout=CONNECT_S / len(addresses),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(
            addresses[-1], port, local_address=local_address, socket_options=socket_options
        )


class _Stream(httpx.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """One request on a connection of its own, over the guarded backend."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=1, max_keepalive_connections=0, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Stream(answer.stream)
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class Sender:
    """Sends requests to endpoints; `allow` are permitted networks. `clock` is in microseconds."""

    def __init__(
        self,
        clock: Callable[[], int],
        allow: Sequence[Network] = (),
        *,
        resolve: Resolve = system_resolver,
        timeout_s: float = TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock = clock
        self.allow = allow
        self.resolve = resolve
        self._timeout_s = timeout_s
        self._tls = tls

    async def send(self, url: str, headers: Mapping[str, str], body: str) -> Attempt:
        """One attempt. It does not raise."""
        at, began = self.clock(), perf_counter()
        status: int | None = None
        error: str | None
        response = retry_after_s = None
        with TRACING.span("webhook.deliver") as span:
            if span is not None:
                headers = {**headers, "traceparent": traceparent_of(span)}
            try:
                async with asyncio.timeout(self._timeout_s):
                    answer, response = await self._exchange(url, headers, body.encode())
                    status, error = answer.status_code, _error_of(answer.status_code)
                    if status in RETRYING:
                        retry_after_s = _retry_after(answer.headers.get("retry-after"), at)
            except Exception as failure:
                error = _word_of(failure)
        took_ms = round((perf_counter() - began) * 1_000)
        return Attempt(at, status, took_ms, error, response, retry_after_s)

    async def _exchange(
        self, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[httpx.Response, str]:
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx.create_ssl_context, trust_env=False)
        scheme = url.partition(":")[0]
        backend = _Guarded(self.resolve, self.allow, scheme=scheme)
        limits = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        async with (
            httpx.AsyncClient(
                transport=_Transport(backend, self._tls),
                follow_redirects=False,
                trust_env=False,
                timeout=limits,
            ) as client,
            client.stream("POST", url, headers=dict(headers), content=body) as answer,
        ):
            read = bytearray()
            async for part in answer.aiter_raw():
                read += part
                if len(read) >= MAX_ANSWER:
                    break
            return answer, bytes(read[:KEPT]).decode("utf-8", "replace").replace("\0", "\ufffd")


def sender_of(
    settings: Any, clock: Callable[[], int], *, resolve: Resolve = system_resolver
) -> Sender:
    """What sends requests within the networks of the settings; without settings, to public
    addresses only."""
    allow = networks_of(getattr(settings, "webhook_allow", ""))
    return Sender(clock, allow, resolve=resolve)


async def deliver(sender: Sender, claimed: Claimed) -> Attempt:
    """Sign a delivery, and send it. It does not raise."""
    webhook, delivery = claimed.webhook, claimed.delivery
    signed = headers_of(
        webhook.format,
        secrets=claimed.secrets,
        event_id=delivery.event_id,
        body=delivery.body,
        now=sender.clock(),
        request_id=new_request_id(),
    )
    attempt = await sender.send(webhook.url, {**webhook.headers, **signed}, delivery.body)
    count(WEBHOOK_ATTEMPTS, "delivered" if attempt.is_success else "failed")
    return attempt


def _error_of(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return REDIRECTED if 300 <= status < 400 else REFUSED


def _word_of(failure: Exception) -> str:
    if isinstance(failure, Forbidden):
        return FORBIDDEN
    if isinstance(failure, _Unresolved):
        return UNRESOLVED
    if isinstance(failure, TimeoutError | httpcore.TimeoutException):
        return TIMED_OUT
    if isinstance(failure, httpcore.ConnectError | ssl.SSLError):
        return NO_TLS if _is_tls(failure) else NO_CONNECTION
    return BROKEN


def _is_tls(failure: BaseException | None) -> bool:
    while failure is not None:
        if isinstance(failure, ssl.SSLError):
            return True
        failure = failure.__cause__ or failure.__context__
    return False


def _retry_after(text: str | None, now: int) -> int | None:
    """Seconds from now, of a number or a date."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, round((moment - datetime.fromtimestamp(now / MICROSECONDS, UTC)).total_seconds()))
