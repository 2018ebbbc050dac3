"""A client of the native API: plain HTTP on one connection, without any of Stampbook's code."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 30.0


class Answer(NamedTuple):
    """Status, headers and JSON body of an answer; None if it has no body."""

    status: int
    headers: dict[str, str]
    body: Any


class Api:
    """Sends requests with one API key, one at a time. Raises OSError or HTTPException if cut."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
        self._secret = secret

    def __del__(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """The answer, whatever its status."""
        headers = {"Authorization": f"Bearer {self._secret}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body)
        try:
            self._connection.request(method, path, content, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, json.loads(text) if text else None)

    def get(self, path: str) -> Any:
        """The body of a 200."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """The body of a 200 or 201."""
        answer = self.ask("POST", path, body, key=key)
        assert answer.status in (200, 201), answer
        return answer.body

    def move(self, account: str, kind: str, amount: str, **more: Any) -> Any:
        """A transaction of the account."""
        return self.post(f"/v1/accounts/{account}/transactions", move(kind, amount, **more))

    def balance(self, account: str) -> Any:
        return self.get(f"/v1/accounts/{account}/balance")

    def journal(self, account: str) -> Iterator[Any]:
        """All transactions of the account, the newest first."""
        path = f"/v1/accounts/{account}/transactions?limit=200"
        page = self.get(path)
        yield from page["data"]
        while page["next_cursor"]:
            page = self.get(f"{path}&cursor={page['next_cursor']}")
            yield from page["data"]

    def open_accounts(self, count: int, **currency: Any) -> list[str]:
        """Accounts in a new program, each with a member of its own."""
        program = self.post("/v1/programs", {"name": "Tried"})["id"]
        path = f"/v1/programs/{program}"
        counted = self.post(f"{path}/currencies", {"name": "Points", **currency})["id"]
        accounts = []
        for _ in range(count):
            member = self.post(f"{path}/members", {})["id"]
            opened = self.post("/v1/accounts", {"member_id": member, "currency_id": counted})
            accounts.append(opened["id"])
        return accounts


def move(kind: str, amount: str, **more: Any) -> dict[str, Any]:
    """The body of a request for a transaction."""
    return {"type": kind, "amount": amount, **more}
