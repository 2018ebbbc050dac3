"""Bodies as clients really send them, and as they should not, in every dialect."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import pytest

from stampbook.dialects.table import DIALECTS
from tests.process.api import Api
from tests.process.conftest import Deployment, deploy
from tests.process.raw import RawClient, Reply, head
from tests.process.running import Running

MARK = b"\xef\xbb\xbf"
MiB = 1024 * 1024


class Shop(NamedTuple):
    """A server, a key's secret, and an account."""

    server: Running
    deployment: Deployment
    account: str

    def post(self, path: str, body: bytes, *, kind: str = "application/json") -> Reply:
        """What a path of some dialect answers to a body."""
        secret = self.deployment.secret
        bearer = f"Bearer {secret}, User {secret}" if path.startswith("/api/v1/") else secret
        headers = (
            f"Authorization: {bearer if 'User' in bearer else 'Bearer ' + secret}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
        )
        with RawClient(self.server.wait_until_ready()) as client:
            client.send(head(f"POST {path}", *headers), body)
            return client.read()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("bodies")
    deployment = deploy(f"sqlite:{folder}/points.sqlite", folder)
    with deployment.serve() as server:
        api = Api(server.wait_until_ready(), deployment.secret)
        (account,) = api.open_accounts(1, scale=0)
        yield Shop(server, deployment, account)
        assert server.stop() == 0
        assert server.errors == ""


CANCEL = "/api/v1.1/loyalty/cancel_transaction"

MARKED = {
    "native": ("/v1/programs", b'{"name": "Marked"}', 201),
    "native, in blanks": ("/v1/programs", b'\r\n {"name": "Marked"}\n', 201),
    "native, a hot path": (
        "/v1/accounts/{account}/transactions",
        b'{"type": "accrue", "amount": "1"}',
        201,
    ),
    "native, a bulk": ("/v1/bulk", b'{"operations": [{}]}', 200),
    "Voucherify": ("/v1/customers", b'{"source_id": "marked"}', 200),
    "Voucherify, without a body": ("/v2/loyalties/programs/lprg_1/activate", b"", 404),
    "Altegio": ("/api/v1/auth", b'{"login": "marked", "password": "wrong"}', 401),
    "Altcraft": (CANCEL, b'{"transaction_id": "1"}', 200),
    "Altcraft, with a slash at the end": (CANCEL + "/", b'{"transaction_id": "1"}', 200),
    "Altcraft, XML": (CANCEL, b"<xml><transaction_id>1</transaction_id></xml>", 200),
}


@pytest.mark.parametrize("what", MARKED)
def test_a_byte_order_mark_is_ignored(shop: Shop, what: str) -> None:
    path, body, status = MARKED[what]
    kind = "application/xml" if "XML" in what else "application/json"
    path = path.format(account=shop.account)
    plain = shop.post(path, body, kind=kind)
    marked = shop.post(path, MARK + body, kind=kind)
    assert plain.status == marked.status == status, plain
    if "XML" in what:
        assert (b"<error>404" in plain.content) is (b"<error>404" in marked.content) is True
    elif what.startswith("Altcraft"):
        assert plain.body["error"] == marked.body["error"] == 404


def _many(before: bytes, item: bytes, after: bytes, size: int) -> bytes:
    count = (size - len(before) - len(after)) // (len(item) + 1)
    return before + b",".join([item] * count) + after


CROWDED = {
    "native, a bulk": ("/v1/bulk", b'{"operations":[', b"{}", b"]}", 10 * MiB - 9),
    "native, scopes": ("/v1/api_keys", b'{"name":"a","scopes":[', b'"read"', b"]}", MiB - 9),
    "native, metadata": ("/v1/programs", b'{"name":"a","metadata":{"a":[', b"1", b"]}}", MiB - 9),
    "Voucherify, members": (
        "/v2/loyalties/programs/lprg_1/members/batch",
        *(b"[", b"1", b"]", 10 * MiB - 9),
    ),
    "Voucherify, empty members": (
        "/v2/loyalties/programs/lprg_1/members/batch",
        *(b"[", b"{}", b"]", 10 * MiB - 9),
    ),
    "Voucherify, transfers": (
        "/v1/loyalties/camp_1/members/a/transfers",
        *(b"[", b'{"code":"a","points":1}', b"]", MiB - 9),
    ),
    "Voucherify, cards": (
        "/v2/loyalties/programs",
        *(b'{"name":"a","card_definitions":[', b'{"id":"a"}', b"]}", MiB - 9),
    ),
    "Voucherify, metadata": (
        "/v1/customers",
        *(b'{"source_id":"a","metadata":{"a":[', b"[]", b"]}}", MiB - 9),
    ),
    "Altegio, services": ("/api/v1/records/1", b'{"services":[', b"{}", b"]}", MiB - 9),
    "Altegio, anything": ("/api/v1/auth", b'{"a":[', b"[]", b"]}", MiB - 9),
    "Altcraft, data": (
        "/api/v1.1/loyalty/accrue_points",
        *(b'{"external_data":{"a":[', b"1", b"]}}", MiB - 9),
    ),
    "Altcraft, XML": ("/api/v1.1/loyalty/accrue_points", b"<xml>", b"<a/>", b"</xml>", MiB - 9),
}


@pytest.mark.parametrize("what", CROWDED)
def test_a_list_beyond_its_limit_costs_little(shop: Shop, what: str) -> None:
    """The dialect refuses it before it grows to gigabytes."""
    path, before, item, after, size = CROWDED[what]
    process = psutil.Process(shop.server.process.pid)
    memory, began = process.memory_info().rss, time.monotonic()
    kind = "application/xml" if "XML" in what else "application/json"
    answer = shop.post(path, _many(before, item, after, size), kind=kind)
    assert time.monotonic() - began < 5
    assert process.memory_info().rss - memory < 128 * MiB
    if what.startswith("native"):
        assert (answer.status, answer.body["code"]) == (422, "invalid_request")
    elif what.startswith("Voucherify"):
        assert (answer.status, answer.body["key"]) == (400, "invalid_payload")
    elif what.startswith("Altegio"):
        assert answer.status in (404, 422)
        assert answer.body["success"] is False
    elif what == "Altcraft, data":
        assert (answer.status, answer.body["error"]) == (200, 400)
    else:
        assert answer.status == 200


def test_a_batch_of_members_has_a_named_maximum(shop: Shop) -> None:
    path = "/v2/loyalties/programs/lprg_1/members/batch"
    assert shop.post(path, json.dumps([{}] * 1_000).encode()).status == 404
    answer = shop.post(path, json.dumps([{}] * 1_001).encode())
    assert answer.status == 400
    assert "1000" in answer.body["details"]


@pytest.mark.postgres
def test_names_that_no_database_can_hold_are_not_there(on_postgres: Deployment) -> None:
    """No character in any path of any dialect causes a server error."""
    patterns = [
        (operation.method, path)
        for dialect in DIALECTS
        for operation in dialect.operations
        for path in operation.paths
        if "{" in path
    ]
    assert len(patterns) > 40
    with on_postgres.serve() as server:
        url, secret = server.wait_until_ready(), on_postgres.secret
        for method, pattern in patterns:
            for name in ("a%00b", "%FF", "%ED%A0%80", "9" * 400, "a%2Fb"):
                path = re.sub(r"{[^}]+}", name, pattern)
                bearer = f"{secret}, User {secret}" if path.startswith("/api/v1/") else secret
                body = b"" if method in ("GET", "DELETE") else b"{}"
                lines = f"Authorization: Bearer {bearer}", f"Content-Length: {len(body)}"
                with RawClient(url) as client:
                    client.send(head(f"{method} {path}", *lines), body)
                    assert client.read().status < 500, f"{method} {path}"
        assert server.stop() == 0
        assert server.errors == ""
