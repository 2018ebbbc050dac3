"""The demo as a newcomer meets it: what it prints works as printed."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.process.api import Api
from tests.process.running import Running, forked

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "first-cancels.md"


class Shown(NamedTuple):
    """A running demo: its facts, what it printed, and the commands of it by their titles."""

    facts: dict[str, Any]
    output: str
    commands: dict[str, str]
    file: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """One for all tests; only one of them runs the command of a vendor, which changes things."""
    folder = tmp_path_factory.mktemp("demo")
    file = folder / "facts.json"
    words = ("demo", "--port", "0", "--json", str(file))
    with Running(*words, cwd=folder, fresh=True) as running:
        output = running.wait_for("Press Ctrl-C to end the demo.")
        yield Shown(json.loads(file.read_text("utf-8")), output, commands_in(output), file)
        assert running.stop() == 0
        assert running.errors == ""
    assert list((folder / ".stampbook").iterdir()) == []


def commands_in(output: str) -> dict[str, str]:
    found = re.findall(r"^# (.+)\n((?:.+\\\n)*.+)$", output, re.MULTILINE)
    return {title.partition(":")[0]: line for title, line in found}


def run(line: str) -> Any:
    """The JSON that a pasted command prints."""
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run([bash, "-c", line], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_facts_have_their_promised_shape(demo: Shown) -> None:
    facts = demo.facts
    patterns = {
        "base_url": r"http://127\.0\.0\.1:[0-9]+",
        "api_key": r"\S{20,}",
        "console": {"url": r"http://.+", "login": r".+", "password": r".{8,}"},
        "altegio": {
            "partner_token": r"\S+",
            "user_token": r"\S+",
            "login": r".+",
            "password": r".+",
            **dict.fromkeys(
                ("location_id", "chain_id", "client_id", "card_id", "record_id", "visit_id"), int
            ),
        },
        "voucherify": {
            "app_id": r".+",
            "app_token": r"\S+",
            "program_id": r"lprg_[a-f0-9]+",
            "member_id": r"lmbr_[a-f0-9]+",
            "card_id": r"lcrd_[a-f0-9]+",
            "bucket_id": r"lcppb_[a-f0-9]+",
        },
        "altcraft": {
            "token": r"\S+",
            "loyalty_program_id": int,
            "points_currency_iid": int,
            "points_currency_eid": r".+",
            "email": r".+@.+",
            "transaction_id": r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8000-000000000000",
            "transaction_eid": r".+",
        },
        "native": {
            "program_id": r"prg_\w+",
            "currency_id": r"cur_\w+",
            "member_id": r"mbr_\w+",
            "account_id": r"acc_\w+",
        },
    }
    check_shape(facts, patterns)
    assert facts["api_key"] in demo.output
    assert facts["console"]["password"] in demo.output
    assert f"Console: {facts['console']['url']}\n" in demo.output
    assert facts["console"]["url"] == facts["base_url"] + "/console"


def check_shape(value: Any, pattern: Any) -> None:
    if isinstance(pattern, dict):
        assert list(value) == list(pattern)
        for name in pattern:
            check_shape(value[name], pattern[name])
    elif pattern is int:
        assert type(value) is int
        assert value > 0
    else:
        assert re.fullmatch(pattern, value), (value, pattern)


def shown_on_the_page() -> tuple[str, Any]:
    """The command of the page, and what it says that the command answers."""
    page = PAGE.read_text("utf-8")
    (shown,) = re.findall(r"^\$ (curl (?:.+\\\n)*.+)\n(\{(?:.+\n)+)```$", page, re.MULTILINE)
    return shown[0], json.loads(shown[1])


def without_secrets(line: str) -> str:
    """The command with the usual port, and with its secrets cut short."""
    line = re.sub(r"127\.0\.0\.1:[0-9]+", "127.0.0.1:8000", line)
    line = re.sub(r"sbk_[\w-]+", "sbk_…", line)
    return re.sub(r"User [\w-]+", "User lGVl…", line)


def test_the_file_of_secrets_is_its_owners_only(demo: Shown) -> None:
    assert stat.S_IMODE(demo.file.stat().st_mode) == 0o600


def test_the_altegio_command(demo: Shown) -> None:
    """The documented answer, also on the page: the visit's state, with nothing withdrawn any
    more. The withdrawal was in two parts."""
    facts = demo.facts["altegio"]
    api = Api(demo.facts["base_url"], demo.facts["api_key"])
    card = f"acc_{facts['card_id']:x}"
    assert api.balance(card)["active"] == "150.00"
    url = f"{demo.facts['base_url']}/api/v1/visit/loyalty/transactions/{facts['visit_id']}"
    tokens = f"Bearer {facts['partner_token']}, User {facts['user_token']}"
    parts = run(f"curl -sS '{url}' -H 'Authorization: {tokens}'")
    assert [part["amount"] for part in parts] == [0.66, 99.34]
    assert {part["type_id"] for part in parts} == {3}
    answer = state = run(demo.commands["Altegio"])
    assert (without_secrets(demo.commands["Altegio"]), answer) == shown_on_the_page()
    assert state.keys() == {
        "payment_transactions",
        "loyalty_transactions",
        "kkm_transaction_details_container",
        "items",
    }
    assert state["loyalty_transactions"] == []
    assert state["payment_transactions"] == []
    assert state["kkm_transaction_details_container"] == {
        "last_operation_type": 1,
        "transactions": [],
    }
    assert [item["cost"] for item in state["items"]] == [20, 3000]
    assert [item["is_good"] for item in state["items"]] == [True, False]
    assert [item["discount"] for item in state["items"]] == [0, 0]
    assert api.balance(card)["active"] == "250.00"
    assert run(demo.commands["Altegio"]) == answer
    assert api.balance(card)["active"] == "250.00"


def test_the_login_gets_a_user_token(demo: Shown) -> None:
    facts = demo.facts["altegio"]
    body = json.dumps({"login": facts["login"], "password": facts["password"]})
    answer = run(
        f"curl -sS '{demo.facts['base_url']}/api/v1/auth'"
        f" -H 'Authorization: Bearer {facts['partner_token']}' -d '{body}'"
    )
    assert answer["success"] is True
    assert answer["data"]["user_token"]


def test_the_voucherify_command(demo: Shown) -> None:
    facts = demo.facts["voucherify"]
    answer = run(demo.commands["Voucherify"])
    assert list(answer) == ["transaction", "status", "message"]
    assert answer["status"] == "TRANSACTION_CREATED"
    assert answer["message"] == "Points cancellation transaction created"
    transaction = answer["transaction"]
    assert re.fullmatch("lctx_[a-f0-9]+", transaction["id"])
    assert transaction["card_id"] == facts["card_id"]
    assert transaction["type"] == "PENDING_POINTS_CANCELED"
    assert transaction["status"] == "PENDING"
    assert transaction["updated_at"] is None
    assert transaction["details"]["reason"] == "Manual points cancellation"
    assert transaction["details"]["points"]["total"] == 60
    assert transaction["details"]["points"]["type"] == "PERIOD_BASED"
    again = run(demo.commands["Voucherify"])
    assert again["key"] == "invalid_pending_points_bucket_status"
    assert again["code"] == 423


def test_the_altcraft_command(demo: Shown) -> None:
    facts = demo.facts["altcraft"]
    answer = run(demo.commands["Altcraft"])
    assert answer == {
        "error": 0,
        "error_text": "Successful operation",
        "data": {"transaction_id": facts["transaction_id"], "balance": "500.00"},
    }
    again = run(demo.commands["Altcraft"])
    assert again["error"] == 409
    assert again["error_text"] == "Transaction already canceled"
    assert again["data"] == answer["data"]


def test_the_native_account_works(demo: Shown) -> None:
    api = Api(demo.facts["base_url"], demo.facts["api_key"])
    account = demo.facts["native"]["account_id"]
    before = api.balance(account)["active"]
    redeemed = api.move(account, "redeem", "10.50")
    cancelled = api.post(f"/v1/transactions/{redeemed['id']}/cancel")
    assert cancelled["balance_after"] == before
    for kind in ("program", "member"):
        number = demo.facts["native"][f"{kind}_id"]
        assert api.get(f"/v1/{kind}s/{number}")["id"] == number


def test_the_console_address_answers(demo: Shown) -> None:
    page = subprocess.run(
        ["curl", "-sSf", demo.facts["console"]["url"]], capture_output=True, timeout=60, check=True
    )
    assert b"<html" in page.stdout.lower()


def test_a_database_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/mine.sqlite"
    assert forked("migrate", "--database", url, cwd=tmp_path).returncode == 0
    ended = forked("demo", "--port", "0", "--database", url, cwd=tmp_path)
    assert ended.returncode == 2
    assert "not empty" in ended.stderr


@pytest.mark.postgres
def test_a_database_that_was_given_is_kept(durable_database: str, tmp_path: Path) -> None:
    with Running("demo", "--port", "0", "--database", durable_database, cwd=tmp_path) as running:
        shown = commands_in(running.wait_for("Press Ctrl-C to end the demo."))
        assert run(shown["Altcraft"])["error"] == 0
        assert run(shown["Altegio"])["loyalty_transactions"] == []
        assert run(shown["Voucherify"])["status"] == "TRANSACTION_CREATED"
        assert running.stop() == 0
    ended = forked("verify", "--json", "--database", durable_database, cwd=tmp_path)
    assert json.loads(ended.stdout) == {
        "sound": True,
        "accounts": 4,
        "transactions": 12,
        "erased": 0,
        "faults": [],
    }
