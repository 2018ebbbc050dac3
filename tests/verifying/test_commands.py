"""`anchor`, `audit`, and `verify` with anchors or in several processes."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from stampbook.storage.opening import open_store
from tests.process.running import forked
from tests.process.test_verify import ANNA, make_history
from tests.tampering import edit_journal, rewrite_reason

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a few movements."""
    path = tmp_path_factory.mktemp("anchored") / "history.sqlite"
    asyncio.run(make_history(f"sqlite:{path}"))
    return path


@pytest.fixture
def database(history: Path, tmp_path: Path) -> str:
    path = tmp_path / "copy.sqlite"
    shutil.copyfile(history, path)
    return f"sqlite:{path}"


@pytest.fixture
def run(database: str, tmp_path: Path) -> Run:
    def run(*words: str, **environment: str) -> CompletedProcess[str]:
        asked = [*words, "--database", database]
        return forked(*asked, cwd=tmp_path, environment=environment)

    return run


async def rewrite(database: str) -> None:
    """Give the first row of Bert's account another reason, with fresh hashes."""
    store = await open_store(database)
    await rewrite_reason(store, ANNA + 1, 1, "Farewell")
    await store.close()


def test_a_rewritten_journal_is_found_by_an_anchor(run: Run, database: str, tmp_path: Path) -> None:
    made = run("anchor")
    assert made.returncode == 0
    kept = tmp_path / "anchors.jsonl"
    kept.write_text(made.stdout + run("anchor", "--json").stdout)
    assert json.loads(made.stdout)["rows"] == 9
    sound = run("verify", "--anchors", str(kept))
    assert (sound.returncode, sound.stdout) == (0, "2 accounts with 9 transactions are sound\n")
    asyncio.run(rewrite(database))
    assert run("verify").returncode == 0
    found = run("verify", "--anchors", str(kept), "--json")
    assert found.returncode == 1
    report = json.loads(found.stdout)
    assert [fault["account_id"] for fault in report["faults"]] == ["acc_2", "acc_2"]
    assert "anchor anc_1 of" in report["faults"][0]["what"]


def test_signatures_of_anchors(run: Run, tmp_path: Path) -> None:
    kept, key, other = (tmp_path / name for name in ("anchors.jsonl", "key", "other"))
    key.write_text("a key of sixteen\n")
    other.write_text("another of sixteen\n")
    kept.write_text(run("anchor", STAMPBOOK_ANCHOR_KEY_FILE=str(key)).stdout)
    asked = ("verify", "--anchors", str(kept))
    assert run(*asked, STAMPBOOK_ANCHOR_KEY_FILE=str(key)).returncode == 0
    wrong = run(*asked, STAMPBOOK_ANCHOR_KEY_FILE=str(other))
    assert wrong.returncode == 1
    assert "is not signed with the key" in wrong.stdout


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (None, "No such file or directory"),
        ("", "has no anchor"),
        ("{}\n", "line 1 is not an anchor"),
        ("\nnonsense\n", "line 2 is not an anchor"),
    ],
)
def test_files_without_anchors(run: Run, tmp_path: Path, lines: str | None, what: str) -> None:
    kept = tmp_path / "anchors.jsonl"
    if lines is not None:
        kept.write_text(lines)
    ended = run("verify", "--anchors", str(kept))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert what in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [("anchor",), ("verify", "--anchors", "anchors.jsonl")])
def test_keys_that_cannot_be_used(run: Run, words: tuple[str, ...]) -> None:
    ended = run(*words, STAMPBOOK_ANCHOR_KEY_FILE="nowhere")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "stampbook: anchor_key_file nowhere: No such file or directory."
        " Correct the setting, or the file.\n"
    )


async def spoil(database: str) -> None:
    store = await open_store(database)
    await edit_journal(store, "UPDATE transactions SET amount = 9 WHERE account_id = 1 AND seq = 2")
    await store.close()


def test_several_processes(run: Run, database: str) -> None:
    sound = run("verify", "--processes", "2")
    assert (sound.returncode, sound.stdout) == (0, "2 accounts with 9 transactions are sound\n")
    asyncio.run(spoil(database))
    found = [run("verify", "--processes", each) for each in ("1", "2")]
    assert [ended.returncode for ended in found] == [1, 1]
    assert found[0].stdout == found[1].stdout
    assert found[0].stdout.startswith("acc_1, transaction 2 (txn_800002): the hash")


def test_what_was_done_is_listed(run: Run) -> None:
    secret = run("keys", "create", "--name", "till", "--scope", "read").stdout
    (newest, *_) = json.loads(run("audit", "--json").stdout)
    assert (newest["action"], newest["entity"]) == ("api_key.created", "key_1")
    assert newest["actor"] == pwd.getpwuid(os.getuid()).pw_name
    assert newest["user_id"] is newest["dialect"] is None
    listed = run("audit", "--action", "program.created").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["id", "aud_1"]
    assert secret.strip() not in run("audit", "--json").stdout
    # The history was made in 2027.
    assert len(json.loads(run("audit", "--json", "--to", "2027-01-01").stdout)) == 1
    assert len(json.loads(run("audit", "--json", "--from", "2027-01-01").stdout)) == 2
    for words in (("--from", "yesterday"), ("--action", "painted")):
        assert run("audit", *words).returncode == 2
