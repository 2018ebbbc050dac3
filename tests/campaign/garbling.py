"""Hostile requests: what is nearly a request, and requests that no honest client sends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from stampbook.dialects.table import DIALECTS
from stampbook.edge.operations import Operation

TEXTS = (
    "", "x", "\0", "\ufffe", "\ud800", "💩" * 300, "'; DROP TABLE programs; --", "../../etc/passwd",
    "%00", "%s%n", "{{7*7}}", "2026-08-06", "9999-12-31T23:59:59Z", "-0", "1e999", "NaN", "0x10",
    "acc_1", "prg_1", "mbr_1", "cur_1", "txn_1", "a" * 5_000, "\u202e", "٣", "accrue", "redeem",
    "true", "null", "https://127.0.0.1/", "P1Y", "Europe/Moscow", "\r\nX: y",
)  # fmt: skip
NUMBERS = (0, -1, 1, 2, 100, 2**31, 2**53, 2**63, -(2**70), 1.5, 1e308, -0.0, 10**39, 10**60)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "FOO", "")
IDS = (
    "1", "2", "0", "-1", "acc_1", "acc_2", "prg_1", "cur_1", "mbr_1", "txn_1", "key_1", "zzz",
    "%00", "%2e%2e", "9" * 40, "acc_" + "f" * 20, "\u00e9", "*", "1?", "camp_1", "v_1",
)  # fmt: skip
HEADERS = (
    "Idempotency-Key: {}", "X-Request-Id: {}", "Accept: {}", "Content-Type: {}", "Range: bytes={}",
    "X-Forwarded-For: {}", "Cookie: session={}", "If-None-Match: {}", "Accept-Encoding: {}",
    "Stampbook-Actor: {}", "traceparent: {}", "Expect: {}", "Host: {}", "Authorization: Basic {}",
    "Transfer-Encoding: {}", "Content-Length: {}", "Connection: {}",
)  # fmt: skip


class Hostile(NamedTuple):
    """What is sent. `is_whole`: it is a request with a length, after which another can come."""

    content: bytes
    is_whole: bool
    method: str


class Garbler:
    """Makes hostile requests."""

    def __init__(self, dice: Random, secret: str) -> None:
        self._dice = dice
        self._secret = secret
        self._operations: Sequence[Operation] = [
            each for dialect in DIALECTS for each in dialect.operations
        ]

    def next(self) -> Hostile:
        """Another one."""
        whole = self._request()
        if self._dice.random() < 0.85:
            return whole
        return self._mutilated(whole.content)

    def _value(self, depth: int = 0) -> Any:
        dice = self._dice
        roll = dice.randrange(10)
        if roll < 4:
            return dice.choice(TEXTS)
        if roll < 6:
            return dice.choice(NUMBERS)
        if roll < 7 or depth > 3:
            return dice.choice((None, True, False))
        if roll < 8:
            return [self._value(depth + 1) for _ in range(dice.choice((0, 1, 2, 30)))]
        return {dice.choice(TEXTS)[:20]: self._value(depth + 1) for _ in range(dice.randrange(4))}

    def _fields(self, operation: Operation) -> list[str]:
        named = getattr(operation.body, "__struct_fields__", ())
        return [*named, "name", "amount", "type", "points", "phone", "metadata"]

    def _body(self, operation: Operation) -> bytes:
        dice = self._dice
        roll = dice.random()
        if roll < 0.05:
            return dice.randbytes(dice.choice((0, 1, 50, 2_000)))
        if roll < 0.08:
            return b'{"metadata":' + b'{"a":' * dice.choice((60, 70, 5_000))
        if roll < 0.1:
            return b"[" * dice.choice((1, 65, 100_000))
        body: Any = self._value()
        if roll < 0.9:
            fields = self._fields(operation)
            body = {name: self._value() for name in dice.sample(fields, min(4, len(fields)))}
            if "type" in body and dice.random() < 0.5:
                body |= {"type": dice.choice(("accrue", "redeem", "hold")), "amount": "1"}
        text = json.dumps(body, ensure_ascii=dice.random() < 0.5)
        return text.encode("utf-8", "surrogatepass")

    def _path(self, operation: Operation) -> str:
        dice = self._dice
        path = dice.choice(operation.paths)
        while "{" in path:
            before, _, rest = path.partition("{")
            path = before + dice.choice(IDS) + rest.partition("}")[2]
        if dice.random() < 0.3:
            names = [*operation.query, "limit", "cursor", "q", "dry_run", "x"]
            # A reader that waits for events is answered after as long as it has asked for.
            names = [name for name in names if name != "wait_s"]
            asked = [
                f"{dice.choice(names)}={dice.choice((*IDS, 'true', 'now', '2026-01-01', '%ff'))}"
                for _ in range(dice.choice((1, 1, 2, 40)))
            ]
            path += "?" + "&".join(asked)
        if dice.random() < 0.02:
            path += "/" + "%41" * dice.choice((1, 100, 20_000))
        return path

    def _request(self) -> Hostile:
        dice = self._dice
        operation = dice.choice(self._operations)
        method = operation.method if dice.random() < 0.9 else dice.choice(METHODS)
        body = self._body(operation) if operation.body or dice.random() < 0.3 else b""
        lines = [f"{method} {self._path(operation)} HTTP/1.1", "Host: test"]
        secret = dice.choice((self._secret,) * 6 + ("", "wrong", "\u00e9", "x" * 500))
        if operation.paths[0].startswith("/api/v1/"):
            lines.append(f"Authorization: Bearer {secret}, User {secret}")
            lines.append("Accept: application/vnd.api.v2+json")
        else:
            lines.append(f"Authorization: Bearer {secret}")
            lines += ["X-App-Id: x", f"X-App-Token: {secret}"]
        if dice.random() < 0.8:
            lines.append("Content-Type: application/json")
        is_whole = True
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            header = dice.choice(HEADERS)
            is_whole &= not header.startswith(("Transfer", "Content-L", "Conn", "Expect", "Host"))
            lines.append(header.format(dice.choice((*TEXTS, *IDS)).replace("\r\n", " ")))
        if body or dice.random() < 0.5:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass")
        return Hostile(head + body, is_whole and bool(method), method)

    def _mutilated(self, content: bytes) -> Hostile:
        """Parts of it are lost, changed, or there twice."""
        dice, garbled = self._dice, bytearray(content[:70_000])
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(garbled) + 1)
            match dice.randrange(5):
                case 0:
                    garbled[at : at + 1] = dice.randbytes(1)
                case 1:
                    del garbled[at : at + dice.randint(1, 30)]
                case 2:
                    garbled[at:at] = dice.randbytes(dice.randint(1, 8))
                case 3:
                    garbled[at:at] = garbled[at : at + dice.randint(1, 40)]
                case _:
                    del garbled[at:]
        return Hostile(bytes(garbled), False, "")
