"""Sentences on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stampbook.dialects.instants import read
from stampbook.domain.commands import Accrue, Cancel, Note, Redeem
from stampbook.storage.opening import open_store
from tests.laws.histories import PLAIN, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.process.running import forked


@pytest.fixture
async def folder(folder: Path) -> Path:
    """A database with one account: 100.00 earned, of which 60.50 were used, and given back."""
    store = await open_store(f"sqlite:{folder}/.stampbook/stampbook.sqlite")
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN._replace(scale=2)))
    ledger.set_clock(read("2025-10-03T12:00:00Z"))
    await ledger.submit("a", Accrue(10_000, note=Note(external_id="order-1001")))
    await ledger.submit("a", Redeem(6_050, note=Note(external_id="order-1002")))
    await ledger.submit("a", Cancel(2, note=Note(actor="till 3", reason="till error")))
    await ledger.finish()
    await store.close()
    return folder


async def test_an_account(folder: Path) -> None:
    said = forked("explain", "acc_1", cwd=folder)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines() == [
        "100.00 available",
        "  100.00 from order 1001 (3 Oct 2025) – never expire.",
        "",
        "3 Oct 2025, 12:00  +60.50  Cancelled by till 3: till error. Order 1002: 60.50 back.",
        "3 Oct 2025, 12:00  −60.50  Order 1002 took 60.50, all from 3 Oct 2025."
        " Cancelled on 3 Oct 2025 by till 3.",
        "3 Oct 2025, 12:00  +100.00  100.00 earned with order 1001.",
    ]
    russian = forked("explain", "acc_1", "--language", "ru", cwd=folder)
    assert russian.stdout.startswith(
        "100,00 доступно\n  100,00 за заказ 1001 (3 окт. 2025) – не сгорают.\n"
    )
    found = json.loads(forked("explain", "acc_1", "--json", cwd=folder).stdout)
    assert (found["sum"], found["balance"]["active"]) == ("100.00 available", "100.00")


async def test_a_transaction(folder: Path) -> None:
    said = forked("explain", "txn_800003", cwd=folder)
    text = "Cancelled by till 3: till error. Order 1002: 60.50 back."
    assert (said.returncode, said.stdout) == (0, f"{text}\n")
    found = json.loads(forked("explain", "txn_800003", "--json", cwd=folder).stdout)
    assert found == {"transaction_id": "txn_800003", "text": text}


@pytest.mark.parametrize(
    ("arguments", "status", "what"),
    [
        (("acc_2",), 1, "there is no acc_2"),
        (("txn_800009",), 1, "there is no txn_800009"),
        (("txn_1000001",), 1, "there is no txn_1000001"),
        (("order-1001",), 2, "order-1001 is not an id"),
        (("acc_1", "--language", "de"), 2, "--language de is none of en, ru"),
    ],
)
async def test_what_is_not_there(
    folder: Path, arguments: tuple[str, ...], status: int, what: str
) -> None:
    said = forked("explain", *arguments, cwd=folder)
    assert (said.returncode, said.stdout) == (status, "")
    assert what in said.stderr
