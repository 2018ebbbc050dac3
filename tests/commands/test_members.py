"""Members on the command line: found, merged, exported and erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stampbook.domain.commands import Accrue, Note
from stampbook.programs import accounts, currencies, members, programs
from stampbook.storage.opening import open_store
from tests.laws.histories import PLAIN, plan_of
from tests.ledgers.on_store import StoreLedger
from tests.process.running import forked


@pytest.fixture
async def folder(folder: Path) -> Path:
    """A database with a member who has 100.00, and another one who has nothing."""
    store = await open_store(f"sqlite:{folder}/.stampbook/stampbook.sqlite")
    ledger = StoreLedger(store)
    await ledger.found(plan_of(PLAIN._replace(scale=2)))
    await ledger.submit("a", Accrue(10_000, note=Note(reason="likes marzipan")))
    await ledger.finish()
    async with store.transaction() as writing:
        program = await programs.get(writing, 1, tenant=1)
        assert program is not None
        ada = await members.create(writing, program, now=1, name="Ada Lovelace", phone="+7 912")
        currency = await currencies.get(writing, 1, tenant=1)
        assert currency is not None
        await accounts.open_account(
            writing, ada, currency, shards=store.shards, number="4711", now=1
        )
        await members.update(writing, 1, {"name": "Augusta Lovelace"}, tenant=1, now=1)
    await store.close()
    return folder


def said(folder: Path, *words: str, status: int = 0) -> str:
    ended = forked("members", *words, cwd=folder)
    assert ended.returncode == status, ended.stderr
    return ended.stdout if status == 0 else ended.stderr


def test_found_merged_exported_and_erased(folder: Path) -> None:
    found = json.loads(said(folder, "find", "Lovelace", "--json"))
    names = {each["name"]: each["id"] for each in found}
    assert names.keys() == {"Ada Lovelace", "Augusta Lovelace"}
    old, new = names["Augusta Lovelace"], names["Ada Lovelace"]
    assert new in said(folder, "find", "4711")
    assert "nobody" in said(folder, "find", "Babbage", status=1)

    tried = said(folder, "merge", old, "--into", new, "--dry-run")
    assert ": 100.00" in tried
    assert said(folder, "merge", old, "--into", new) == tried
    assert "not_found" in said(folder, "merge", old, "--into", new, status=1)
    assert "another member" in said(folder, "merge", new, "--into", new, status=2)

    exported = json.loads(said(folder, "export", new))
    assert [each["id"] for each in exported["members"]] == [new, old]
    assert len(exported["transactions"]) == 3
    assert "not_found" in said(folder, "export", "mbr_99", status=1)

    erase = ("erase", new, "--reason", "asked for it")
    assert "--yes" in said(folder, *erase, status=2)
    assert "balance_not_zero" in said(folder, *erase, "--yes", status=1)
    assert "100.00 forfeited" in said(folder, *erase, "--forfeit", "--dry-run")
    assert "100.00 forfeited" in said(folder, *erase, "--yes", "--forfeit")
    assert "nobody" in said(folder, "find", "Lovelace", status=1)
    again = json.loads(said(folder, *erase, "--yes", "--json"))
    assert (again["member"]["status"], again["texts"]) == ("erased", 0)


def test_nothing_is_left_in_the_file_and_verify_counts(folder: Path) -> None:
    (ada, augusta) = (each["id"] for each in json.loads(said(folder, "find", "Lovelace", "--json")))
    for member in (ada, augusta):
        said(folder, "erase", member, "--reason", "asked", "--yes", "--forfeit")
    verified = forked("verify", cwd=folder)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "the texts of 1 were erased" in verified.stdout
    counted = json.loads(forked("verify", "--json", cwd=folder).stdout)
    assert (counted["sound"], counted["erased"]) == (True, 1)
    for file in (folder / ".stampbook").iterdir():
        content = file.read_bytes().lower()
        for word in (b"lovelace", b"marzipan", b"augusta"):
            assert word not in content, file
