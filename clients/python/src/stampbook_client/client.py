"""The two clients."""

from __future__ import annotations

import platform
from types import TracebackType
from typing import Final, Self

import httpx

from stampbook_client.async_resources import AsyncResources
from stampbook_client.resources import Resources
from stampbook_client.retrying import Retries
from stampbook_client.sending import Api, AsyncApi
from stampbook_client.version import VERSION

TIMEOUT_S: Final = 30.0


def _headers(api_key: str) -> dict[str, str]:
    python = platform.python_version()
    return {
        "Authorization": f"Bearer {api_key}",
        "User-Agent": f"stampbook-client/{VERSION} Python/{python}",
        "Accept": "application/json, application/problem+json, text/csv",
    }


class Stampbook(Resources):
    """A client of the server at `url`, with the secret of an API key, or the token of a session.

    Use it as a context manager, or close it. One client serves many threads. `timeout_s` bounds the
    wait for each step of an attempt; `retries` says how often a request is sent again. With
    `http_client` the requests go through a client of your own, with its proxies, certificates and
    limits, and closing it is left to you.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout_s: float = TIMEOUT_S,
        retries: Retries | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        self._is_ours = http_client is None
        self._http = httpx.Client() if http_client is None else http_client
        self._url, self._retries, self._timeout_s = url, retries or Retries(), timeout_s
        super().__init__(Api(self._http, self._retries, timeout_s, url, _headers(api_key)))

    def signed_in(self, token: str) -> Stampbook:
        """A client on the same connections, with another key or the token of a session."""
        return Stampbook(
            self._url,
            token,
            timeout_s=self._timeout_s,
            retries=self._retries,
            http_client=self._http,
        )

    def close(self) -> None:
        """Close the connections."""
        if self._is_ours:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncStampbook(AsyncResources):
    """The same for asyncio: every method that sends a request is awaited, and lists are iterated
    over with `async for`."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        timeout_s: float = TIMEOUT_S,
        retries: Retries | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        self._is_ours = http_client is None
        self._http = httpx.AsyncClient() if http_client is None else http_client
        self._url, self._retries, self._timeout_s = url, retries or Retries(), timeout_s
        super().__init__(AsyncApi(self._http, self._retries, timeout_s, url, _headers(api_key)))

    def signed_in(self, token: str) -> AsyncStampbook:
        """A client on the same connections, with another key or the token of a session."""
        return AsyncStampbook(
            self._url,
            token,
            timeout_s=self._timeout_s,
            retries=self._retries,
            http_client=self._http,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._is_ours:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
