"""The programs of `examples` and of the client's page, as their readers run them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import stampbook_client
from tests.clients.conftest import Shop
from tests.clients.serving import Serving

FOLDER = Path(__file__).parents[2] / "examples"
SOURCE = str(Path(stampbook_client.__file__).parents[1])


async def started(name: str, *words: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(FOLDER / name), *words),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": SOURCE, "PYTHONWARNINGS": "error"},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


async def said(name: str, *words: str, folder: Path, typed: str = "") -> tuple[int | None, str]:
    """The status of an example and what it printed."""
    process = await started(name, *words, folder=folder)
    printed, errors = await asyncio.wait_for(process.communicate(typed.encode()), 60)
    return process.returncode, printed.decode() + errors.decode()


def test_a_till_has_forty_lines() -> None:
    lines = (FOLDER / "till.py").read_text("utf-8").splitlines()
    assert len([line for line in lines if line.strip()]) <= 40


async def test_the_till(shop: Shop, tmp_path: Path) -> None:
    server = shop.server
    lines = ("sale +491700000001 100.00 0", "sale +491700000001 50.00 3.00",
             "sale +491700000001 9 100", "back till-3/2")  # fmt: skip
    words = (server.url, server.secret, shop.program, shop.currency)
    status, printed = await said("till.py", *words, folder=tmp_path, typed="\n".join(lines))
    assert printed.splitlines() == [
        "till-3/1: 5.00 points",
        "till-3/2: 4.35 points",
        "only 4.35 points",
        "till-3/2 is taken back: 5.00 points",
    ]
    assert status == 0


async def test_the_receiver(shop: Shop, tmp_path: Path) -> None:
    """An event that is delivered twice is printed once, and what is not signed is refused."""
    import time

    from stampbook.dialects.bodies_of_events import FORMATS
    from stampbook.settings import Settings, waits_of
    from stampbook.worker.delivering import Courier

    server, client = shop.server, shop.client
    server.clock.now = time.time_ns() // 1_000
    port = _free_port()
    url = f"http://127.0.0.1:{port}/"
    webhook = await client.webhooks.create(url=url, events=["transaction.*"])
    assert webhook.secret
    process = await started(
        "receiver.py", webhook.secret, str(port), str(tmp_path), folder=tmp_path
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode() == f"listening on {port}\n"
    try:
        for amount in ("5.00", "7.50"):
            await client.accounts.accrue(shop.account, amount)
        context = server.context
        waits = waits_of(Settings().webhook_schedule)
        courier = Courier(context.store, context.sender, FORMATS, waits, chance=lambda: 0.5)

        async def deliver() -> None:
            while await courier.work():
                await courier.idle()
            await courier.idle()

        await deliver()
        sent = [each async for each in client.webhooks.deliveries(webhook.id)]
        assert {each.status for each in sent} == {"delivered"}
        await client.deliveries.redeliver(sent[-1].id)
        await deliver()
        assert (await client.deliveries.get(sent[-1].id)).status == "delivered"
        assert await _status_of(port, b"{}") == 400
    finally:
        process.terminate()
        printed, errors = await process.communicate()
    assert printed.decode().splitlines() == [
        f"accrue 5.00 on {shop.account}",
        f"accrue 7.50 on {shop.account}",
    ], errors


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _status_of(port: int, body: bytes) -> int:
    """What the receiver answers to a request without a signature."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


async def working(server: Serving) -> None:
    """What a server does beside its requests."""
    while True:
        await server.carrier.work()
        await server.carrier.idle()
        await asyncio.sleep(0.05)


async def test_the_nightly_import(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "balances.csv"
    words = (shop.server.url, shop.server.secret, shop.program, str(file))
    beside = asyncio.create_task(working(shop.server))
    try:
        rows = f"guest-1,{shop.currency},80.00\nguest-2,{shop.currency},25.50\n"
        file.write_text(f"external_id,currency,amount\n{rows}guest-3,nothing,1\n", "utf-8")
        status, printed = await said("nightly.py", *words, folder=tmp_path)
        assert status == 1
        assert "2 would be new, 0 known, 1 refused" in printed
        assert "guest-3" in printed
        file.write_text(f"external_id,currency,amount\n{rows}", "utf-8")
        for new, known in ((2, 0), (0, 2)):
            status, printed = await said("nightly.py", *words, folder=tmp_path)
            assert (status, f"done: {new} new, {known} known, 0 refused" in printed) == (0, True)
    finally:
        beside.cancel()
    (guest,) = [
        each async for each in shop.client.members.list(shop.program, external_id="guest-2")
    ]
    (account,) = [each async for each in shop.client.members.accounts(guest.id)]
    assert (await shop.client.accounts.balance(account.id)).active == 25.5


async def test_the_notebook(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells, one after the other; the last line of one may be what Jupyter shows."""
    notebook = json.loads((FOLDER / "lots.ipynb").read_text("utf-8"))
    monkeypatch.setenv("DEMO_URL", shop.server.url)
    monkeypatch.setenv("DEMO_KEY", shop.server.secret)
    cells = ["".join(each["source"]) for each in notebook["cells"] if each["cell_type"] == "code"]
    assert all(not each.get("outputs") for each in notebook["cells"])
    drawings = await asyncio.to_thread(_run, cells)
    assert all(each.startswith("<svg") for each in drawings)
    accrued, spent, back, again = drawings
    assert accrued.count("<rect") == 3
    assert len({accrued, spent, back}) == 3
    assert again == spent


def _run(cells: list[str]) -> list[str]:
    names: dict[str, Any] = {}
    drawings = []
    for cell in cells:
        exec(compile(cell, "lots.ipynb", "exec"), names)  # noqa: S102 - our own notebook
        if cell.rstrip().endswith("Drawing(account)"):
            drawings.append(names["Drawing"](names["account"])._repr_svg_())
    return drawings


async def test_the_page_of_the_client(shop: Shop, tmp_path: Path) -> None:
    page = FOLDER.parent / "clients" / "python" / "README.md"
    block = page.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    for word, own in (
        ("acc_7f", shop.account), ("https://points.example", shop.server.url),
        ("sbk_…", shop.server.secret),
    ):  # fmt: skip
        assert word in block, word
        block = block.replace(word, own)
    program = tmp_path / "example.py"
    program.write_text(block, "utf-8")
    await shop.client.accounts.accrue(shop.account, Decimal(100))
    assert await said(str(program), folder=tmp_path) == (0, "39.50\n")
    assert (await shop.client.accounts.balance(shop.account)).active == 100


def test_the_folder_says_what_is_in_it() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    programs = {each.name for each in FOLDER.iterdir() if each.suffix in (".py", ".ipynb")}
    assert {name for name in programs if f"`{name}`" not in text} == set()
    compiled = subprocess.run([sys.executable, "-m", "compileall", "-q", str(FOLDER)], check=False)
    assert compiled.returncode == 0
