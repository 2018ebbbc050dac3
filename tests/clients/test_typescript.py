"""The TypeScript client on a running server: every operation, and an hour of use.

Node runs its sources as they are, without a compiler, from version 22.18 on. Where none such is
installed, the one that comes with Playwright does.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from playwright._impl._driver import compute_driver_executable

from clients.generator.__main__ import described
from clients.generator.python.params import fields_of
from clients.generator.reading import read
from clients.generator.typescript.printing import spelled
from stampbook.programs import users
from stampbook.storage.store import Store
from tests.clients.conftest import Shop
from tests.clients.playing import calls, names
from tests.clients.serving import Line, serving
from tests.http.native.play import LOGIN
from tests.webhooks.receiving import receiving

FOLDER = Path(__file__).with_name("typescript")
LEAST = (22, 18)


@cache
def node() -> str:
    """A Node that runs TypeScript."""
    own, _ = compute_driver_executable()
    for each in filter(None, (shutil.which("node"), own)):
        said = subprocess.run([each, "--version"], capture_output=True, text=True, check=True)
        if tuple(map(int, re.findall(r"\d+", said.stdout)[:2])) >= LEAST:
            return each
    raise AssertionError("no Node runs TypeScript, not even that of Playwright")


@asynccontextmanager
async def running(name: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of the folder; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        node(), "--no-warnings", str(FOLDER / name), *words, stdin=PIPE, stdout=PIPE, stderr=PIPE,
        limit=16 * 1024 * 1024,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_every_operation(sqlite_store: Store, tmp_path: Path) -> None:
    api = {each.name: each for each in read(described()).operations}
    whole = read(described())
    answers: dict[str, Any] = {}
    async with serving(sqlite_store, str(tmp_path)) as server:
        async with sqlite_store.transaction() as writing:
            await users.create(
                writing, tenant=1, login=LOGIN, password_hash="none", now=server.clock()
            )
        async with running("play.ts", server.url, server.secret) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for called in calls(answers):
                step = called.step
                if step.operation not in ("stop_import", "resume_import"):
                    await server.carrier.work()
                    await server.carrier.idle()
                files = [] if called.file is None else [called.file.decode()]
                takes = bool(fields_of(whole, api[step.operation]))
                asked = {
                    "resource": spelled(called.resource),
                    "method": spelled(called.method),
                    "given": [*called.ids, *files, *([called.params] if takes else [])],
                    "token": answers[step.by].token if step.by else server.secret,
                }
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                line = await asyncio.wait_for(process.stdout.readline(), 60)
                assert line, called
                said = json.loads(line, object_hook=lambda found: SimpleNamespace(**found))
                assert not hasattr(said, "error"), (called, said.error)
                answers[step.operation] = said.answer
                server.clock.advance(seconds=60)
    assert answers.keys() == names().keys()


async def test_an_hour_with_it(shop: Shop) -> None:
    shop.server.clock.now = time.time_ns() // 1_000
    async with receiving() as receiver:
        webhook = await shop.client.webhooks.create(url=receiver.url, events=["*"])
        await shop.client.webhooks.test(webhook.id)
    (got,) = receiver.got
    sent = {"secret": webhook.secret, "body": got.body, "headers": dict(got.headers)}
    async with Line(shop.server.url, losing={1, 2, 3}) as line:
        words = (shop.server.url, line.url, shop.server.secret, json.dumps(sent))
        async with running("use.ts", *words) as process:
            printed, errors = await asyncio.wait_for(process.communicate(), 60)
    assert printed.decode() == "done\n", errors.decode()
    assert line.connections == 4


async def test_the_example_of_its_page(shop: Shop, tmp_path: Path) -> None:
    """Refused at first, and done when there are points; then they are all there again."""
    client = FOLDER.parents[2] / "clients" / "typescript"
    program = tmp_path / "example.ts"
    block = (client / "README.md").read_text("utf-8").partition("```ts\n")[2].partition("```")[0]
    for word, own in (
        ("stampbook-client", str(client / "src" / "index.ts")), ("acc_7f", shop.account),
        ("https://points.example", shop.server.url), ("sbk_…", shop.server.secret),
    ):  # fmt: skip
        assert word in block, word
        block = block.replace(word, own)
    program.write_text(block, "utf-8")
    said = []
    for _ in range(2):
        async with running(str(program)) as process:
            printed, errors = await asyncio.wait_for(process.communicate(), 60)
        assert not errors, errors.decode()
        said.append(printed.decode().split()[0])
        await shop.client.accounts.accrue(shop.account, Decimal(100))
    assert said == ["Not", "39.50"]
    assert (await shop.client.accounts.balance(shop.account)).active == 200
