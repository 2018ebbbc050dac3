"""Webhooks on the command line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from stampbook.events.places import START
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.webhooks import endpoints
from stampbook.webhooks.signing import new_secret
from tests.process.running import forked
from tests.webhooks.receiving import Answer, Receiver, receiving, signatures

ALLOW = {"STAMPBOOK_WEBHOOK_ALLOW": "127.0.0.0/8"}


async def _webhook(store: Store, url: str, secret: str) -> None:
    async with store.transaction() as writing:
        await endpoints.create(
            writing,
            tenant=1,
            program=None,
            url=url,
            events=["lot.*"],
            format_="stampbook",
            description="",
            headers={},
            secret=secret,
            place=START,
            now=1_000_000,
        )


async def _run(folder: Path, *arguments: str) -> Any:
    return await asyncio.to_thread(forked, *arguments, cwd=folder, environment=ALLOW)


async def test_a_webhook_is_listed_tried_out_and_sent_its_events_again(folder: Path) -> None:
    store = await open_store(f"sqlite:{folder}/.stampbook/stampbook.sqlite")
    secret = new_secret("stampbook")
    async with receiving() as receiver:
        await _webhook(store, receiver.url, secret)
        listed = await _run(folder, "webhooks", "list", "--json")
        (shown,) = json.loads(listed.stdout)
        assert (shown["id"], shown["url"], shown["status"]) == ("whk_1", receiver.url, "active")
        assert secret not in listed.stdout
        assert receiver.url in (await _run(folder, "webhooks", "list")).stdout
        await _try_out(folder, receiver, secret)
        again = await _run(folder, "webhooks", "redeliver", "whk_1", "--from", "2020-01-01")
        assert (again.returncode, again.stdout) == (0, "1 event will be sent again\n")
        rows = await store.fetch("SELECT status FROM deliveries ORDER BY delivery_id")
        assert [row["status"] for row in rows] == ["delivered", "pending"]
    await store.close()


async def _try_out(folder: Path, receiver: Receiver, secret: str) -> None:
    tried = await _run(folder, "webhooks", "test", "whk_1")
    assert tried.returncode == 0
    assert tried.stdout.startswith("status 204 after ")
    assert signatures(receiver.got[0], secret)
    receiver.choose = lambda got: Answer(500)
    tried = await _run(folder, "webhooks", "test", "whk_1", "--json")
    assert tried.returncode == 1
    assert json.loads(tried.stdout)["status"] == 500
    assert "refused" in tried.stderr


async def test_what_does_not_exist_or_cannot_be(folder: Path) -> None:
    unknown = (("test", "whk_9"), ("redeliver", "whk_9", "--from", "2026-01-01"))
    for asked in unknown:
        ended = await _run(folder, "webhooks", *asked)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert "there is no webhook whk_9" in ended.stderr
    for dates in (("yesterday",), ("2026-01-02", "--to", "2026-01-01")):
        ended = await _run(folder, "webhooks", "redeliver", "whk_1", "--from", *dates)
        assert ended.returncode == 2
