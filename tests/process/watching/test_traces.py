"""Traces: what a collector receives of a server, and that nothing else changes."""

from __future__ import annotations

import gzip
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.process.api import Api
from tests.process.conftest import Deployment
from tests.process.running import Running
from tests.process.watching.test_several import metrics_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"

WITHOUT_EXTRA = """
import sys
sys.modules["opentelemetry"] = None
from stampbook.cli import main
sys.exit(main())
"""


HOOK = "/hook"

hooked: list[str | None] = []
"""The `traceparent` of each request to the receiver of webhooks, which the collector is, too."""


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP collector on loopback, and the spans that it has received."""
    spans: list[Any] = []
    hooked.clear()

    class Receiving(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == HOOK:
                hooked.append(self.headers["traceparent"])
            else:
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                sent = ExportTraceServiceRequest.FromString(body)
                for resource in sent.resource_spans:
                    for scope in resource.scope_spans:
                        spans.extend(scope.spans)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiving)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_batches_loads_saves_and_webhooks_are_traced(on_sqlite: Deployment) -> None:
    with collector() as (address, spans):
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "STAMPBOOK_WEBHOOK_ALLOW": "127.0.0.0/8",
        }
        arguments = ("serve", "--port", "0", "--database", on_sqlite.url)
        with Running(*arguments, cwd=on_sqlite.folder, environment=environment) as server:
            api = Api(server.wait_until_ready(), on_sqlite.secret)
            (account,) = api.open_accounts(1)
            path = f"/v1/accounts/{account}/transactions"
            headers = {"Authorization": f"Bearer {on_sqlite.secret}"}
            api._connection.request(
                "POST",
                path,
                '{"type":"accrue","amount":"1"}',
                {**headers, "traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-Id": "till-7"},
            )
            answer = api._connection.getresponse()
            answer.read()
            assert answer.status == 201
            version, trace, span, flags = answer.headers["traceparent"].split("-")
            assert (version, trace, flags) == ("00", TRACE, "01")
            assert api.ask("GET", "/healthz").status == 200
            webhook = api.post("/v1/webhooks", {"url": address + HOOK, "events": ["*"]})
            api.post(f"/v1/webhooks/{webhook['id']}/test", {})
            assert server.stop() == 0
            assert server.errors == ""
    named: dict[str, list[Any]] = {}
    for each in spans:
        named.setdefault(each.name, []).append(each)
    (request,) = named["POST /v1/accounts/{id}/transactions"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert request.span_id.hex() == span
    assert {each.key: each.value.string_value for each in request.attributes} == {
        "http.request.method": "POST",
        "http.route": "/v1/accounts/{id}/transactions",
        "http.response.status_code": "",
        "stampbook.dialect": "native",
        "stampbook.request_id": "till-7",
    }
    (batch,) = named["ledger.batch"]
    assert [link.span_id for link in batch.links] == [request.span_id]
    (save,) = named["db.save"]
    assert save.parent_span_id == batch.span_id
    assert any(load.parent_span_id == batch.span_id for load in named["db.load"])
    sent = {f"{each.trace_id.hex()}-{each.span_id.hex()}": each.name for each in spans}
    assert {sent[str(each)[3:-3]] for each in hooked} == {"webhook.deliver"}
    assert not [name for name in named if "healthz" in name]
    assert on_sqlite.secret not in str(spans)


def test_a_request_is_linked_to_its_batch_in_another_process(on_postgres: Deployment) -> None:
    """With several processes, half of the accounts are decided by the one without connection."""
    with collector() as (address, spans):
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address}
        arguments = ("serve", "--port", "0", "--workers", "2", "--database", on_postgres.url)
        with Running(*arguments, cwd=on_postgres.folder, environment=environment) as server:
            api = Api(server.wait_until_ready(), on_postgres.secret)
            for account in api.open_accounts(8):
                api.move(account, "accrue", "1")
            handed = metrics_of(api.url).value(
                "stampbook_ledger_handed_over_total", outcome="answered"
            )
            assert 0 < handed < 8
            assert server.stop() == 0
            assert server.errors == ""
    asked = {each.span_id for each in spans if each.name == "POST /v1/accounts/{id}/transactions"}
    linked = [each.links for each in spans if each.name == "ledger.batch"]
    assert len(asked) == 8
    assert asked == {link.span_id for links in linked for link in links}


def test_a_collector_that_is_away_disturbs_nobody(on_sqlite: Deployment) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
    }
    arguments = ("serve", "--port", "0", "--database", on_sqlite.url)
    with Running(*arguments, cwd=on_sqlite.folder, environment=environment) as server:
        api = Api(server.wait_until_ready(), on_sqlite.secret)
        assert api.get("/v1/programs")["data"] == []
        assert server.stop() == 0
        assert "Traceback" not in server.errors


@pytest.mark.parametrize("workers", ["1", "2"])
def test_without_the_extra_there_is_one_warning(on_postgres: Deployment, workers: str) -> None:
    arguments = ("serve", "--port", "0", "--workers", workers, "--database", on_postgres.url)
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    with Running(
        *arguments, cwd=on_postgres.folder, environment=environment, before=WITHOUT_EXTRA
    ) as server:
        api = Api(server.wait_until_ready(), on_postgres.secret)
        answer = api.ask("GET", "/v1/programs")
        assert (answer.status, "traceparent" in answer.headers) == (200, False)
        assert server.stop() == 0
        (line,) = server.errors.splitlines()
        assert "WARNING" in line
        assert "stampbook[otel] is not installed" in line
