"""A demo sends events to this machine by itself; any other server refuses to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from tests.process.running import Running, forked
from tests.webhooks.receiving import Receiver, receiving, signatures

PATIENCE_S = 20


async def arrived(receiver: Receiver, kind: str) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while kind not in receiver.types:  # noqa: ASYNC110 - the receiver has no event for a type
            await asyncio.sleep(0.05)
    return receiver.got[receiver.types.index(kind)]


async def test_a_demo_sends_events_to_this_machine(tmp_path: Path) -> None:
    words = ("demo", "--port", "0", "--json", str(tmp_path / "facts.json"))
    async with receiving() as receiver:
        with Running(*words, cwd=tmp_path) as running:
            await asyncio.to_thread(running.wait_for, "Press Ctrl-C to end the demo.")
            facts = json.loads((tmp_path / "facts.json").read_text("utf-8"))
            headers = {"Authorization": f"Bearer {facts['api_key']}"}
            async with httpx.AsyncClient(base_url=facts["base_url"], headers=headers) as client:
                body = {"url": receiver.url, "events": ["transaction.created"]}
                endpoint = (await client.post("/v1/webhooks", json=body)).json()
                accrual = {"type": "accrue", "amount": "5"}
                made = await client.post("/v1/accounts/acc_1/transactions", json=accrual)
                assert made.status_code == 201, made.text
                got = await arrived(receiver, "transaction.created")
                metrics = (await client.get("/metrics")).text
            assert got.event["data"]["transaction"] == made.json()
            assert signatures(got, endpoint["secret"])
            assert 'stampbook_webhook_endpoints{status="active"} 1.0' in metrics
            assert await asyncio.to_thread(running.stop) == 0


async def test_a_server_refuses_addresses_of_this_machine(tmp_path: Path) -> None:
    secret = (
        await asyncio.to_thread(
            lambda: (
                forked("migrate", cwd=tmp_path),
                forked("keys", "create", "--name", "a", "--scope", "admin", cwd=tmp_path),
            )[1]
        )
    ).stdout.strip()
    async with receiving() as receiver:
        with Running("serve", "--port", "0", cwd=tmp_path) as running:
            line = await asyncio.to_thread(running.wait_for, "http://")
            url = line[line.index("http://") :].split()[0]
            async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as client:
                for host in ("127.0.0.1", "localhost", "[::1]", "2130706433"):
                    named = f"https://{host}:{receiver.port}/"
                    body = {"url": named, "events": ["*"]}
                    answer = await client.post(f"{url}/v1/webhooks", json=body)
                    assert answer.status_code == 422, (host, answer.text)
                    assert answer.json()["errors"][0]["pointer"] == "/url"
            assert await asyncio.to_thread(running.stop) == 0
        assert receiver.connections == 0
