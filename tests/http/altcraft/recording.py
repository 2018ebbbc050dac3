"""Recorded exchanges: a day of a house, request by request, as files to read and to compare with.

`python -m tests.http.altcraft.recording` writes exchanges/ anew; look at the difference before you
commit it. A request file is `POST path`, an empty line and the body; `# at +N` lets N seconds
pass before it. A response file is the status, the type, an empty line and the body. Names of
tasks and links are random; in the files they are `{task}` and `{file}`.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

import httpx

from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import NewTier
from stampbook.programs import point_promotions
from stampbook.programs.point_promotions import Movement, Rule
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from tests.http.altcraft.house import SECOND, TOKEN, House, Json, opened, to_xml

FOLDER = Path(__file__).parent / "exchanges"
FORMS = ("json", "xml")
DAY = 86_400

WHO: Json = {"loyalty_program_id": 1, "matching": "email", "email": "anna@example.com"}
CURRENCY: Json = {"points_currency_eid": "points"}
TASK = re.compile("task_[0-9a-f-]{36}")
FILE = re.compile("(?<=transactions_export_file/)[A-Za-z0-9_-]+")


class Step(NamedTuple):
    """A request; `later_s` passes before it."""

    name: str
    method: str
    body: Json
    later_s: int = 0


def named(seq: int) -> Json:
    """The transaction of that number in the house's first account."""
    return {"transaction_id": f"00000000-0800-8{seq:03x}-8000-000000000000"}


STEPS = (
    Step("no_such_member", "account/balance", WHO),
    Step("register", "register_member", WHO),
    Step("register_again", "register_member", WHO),
    Step("promotions", "trigger_promotions", {"loyalty_program_id": 1, "is_active": True}),
    Step(
        "accrue",
        "accrue_points",
        {
            **WHO,
            "promotion_id": "WELCOME",
            "amount": "100.50",
            "expiration_date": "2026-04-01T00:00:00Z",
            "transaction_eid": "order-1",
            "external_data": {"order_id": "A-1"},
        },
        later_s=60,
    ),
    Step("accrue_too_much", "accrue_points", {**WHO, "promotion_id": "WELCOME", "amount": "501"}),
    Step("accrue_temporary", "accrue_points", {**WHO, "amount": "50", "is_temp": True}),
    Step("commit", "commit_transaction", named(2)),
    Step("commit_again", "commit_transaction", named(2)),
    Step("redeem", "redeeme_points", {**WHO, "amount": "20", "transaction_eid": "order-2"}),
    Step(
        "redeem_temporary",
        "redeem_points",
        {**WHO, "amount": "10", "is_temp": True, "temp_timeout_sec": 600},
    ),
    Step("rollback", "rollback_transaction", named(5), later_s=60),
    Step("redeem_too_much", "redeeme_points", {**WHO, "amount": "1000"}),
    Step("balance", "account/balance", WHO),
    Step(
        "expiring",
        "account/expiring_points",
        {
            **WHO,
            **CURRENCY,
            "date_from": "2026-03-01T00:00:00Z",
            "date_to": "2026-03-31T23:59:59Z",
        },
    ),
    Step("tiers", "account/tiers", {**WHO, "tiers_group_id": 1}),
    Step("cancel", "cancel_transaction", named(4)),
    Step("cancel_again", "cancel_transaction", {"transaction_eid": "order-2"}),
    Step("cancel_by_both", "cancel_transaction", {**named(1), "transaction_eid": "order-2"}),
    Step("cancel_unknown", "cancel_transaction", {"transaction_id": "TRANS12345"}),
    Step("cancel_nothing", "cancel_transaction", {}),
    Step("transactions", "account/transactions", {**WHO, **CURRENCY, "limit": 4}),
    Step("transactions_2", "account/transactions", {**WHO, **CURRENCY, "limit": 4, **{
        "from_id": named(4)["transaction_id"]}}),
    Step("tiers_after_a_cancel", "account/tiers", {**WHO, "tiers_group_id": 1}, later_s=DAY),
    Step(
        "export",
        "transactions_export",
        {
            "loyalty_program_id": 1,
            "points_currency_iid": 1,
            "date_from": "2026-01-01T00:00:00Z",
            "date_to": "2026-01-31T23:59:59Z",
        },
    ),
    Step("export_status", "transactions_export_status", {"task_id": "{task}"}),
    Step("delete", "delete_member", WHO),
    Step("delete_again", "delete_member", WHO),
)  # fmt: skip


async def furnish(house: House) -> None:
    """A promotion and tiers, as the house has them configured."""
    currency = house.currency.currency_id
    async with house.store.transaction() as writing:
        await point_promotions.create(
            writing,
            house.program,
            name="Welcome",
            external_id="WELCOME",
            now=house.now,
            rules=[
                Rule(Movement.ACCRUAL, currency, min_amount=5_000, max_amount=50_000),
                Rule(Movement.REDEMPTION, currency, static_amount=10_016),
            ],
        )
        await groups.create(
            writing,
            house.program,
            currency=currency,
            name="Metals",
            tiers=[NewTier("Bronze", 0, "bronze"), NewTier("Silver", 15_000, "silver")],
            now=house.now,
        )


class Player:
    """Sends request files to a house and writes answers as response files are written."""

    def __init__(self, house: House, form: str) -> None:
        self.house = house
        self.form = form
        self.task = ""

    async def answer(self, request: str) -> str:
        """The response file's text."""
        head, _, body = request.partition("\n\n")
        *waits, line = head.splitlines()
        for wait in waits:
            self.house.now += int(wait.removeprefix("# at +")) * SECOND
        verb, _, path = line.partition(" ")
        assert verb == "POST"
        if "export_status" in path:
            await self.house.context.jobs.finish()
        answer = await self.house.client.post(
            path,
            content=body.strip().replace("{task}", self.task).encode(),
            headers={
                "content-type": f"application/{self.form}",
                "authorization": f"Bearer {TOKEN}",
            },
        )
        return self._written(answer)

    def _written(self, answer: httpx.Response) -> str:
        text = answer.text
        found = TASK.search(text)
        if found:
            self.task = found[0]
        text = FILE.sub("{file}", TASK.sub("{task}", text))
        if self.form == "json":
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        else:
            text = text.replace("><", ">\n<")
        return f"{answer.status_code} {answer.headers['content-type']}\n\n{text}\n"


def request_text(step: Step, form: str) -> str:
    """The request file of a step."""
    wait = f"# at +{step.later_s}\n" if step.later_s else ""
    if form == "json":
        body = json.dumps(step.body, indent=2)
    else:
        body = to_xml(step.body).decode().replace("><", ">\n<")
    return f"{wait}POST /api/v1.1/loyalty/{step.method}\n\n{body}\n"


def file_name(number: int, step: Step, form: str, kind: str) -> str:
    return f"{number:02d}-{step.name}.{form}.{kind}"


async def record() -> None:
    """Write all files anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for form in FORMS:
        with tempfile.TemporaryDirectory() as folder:
            address = f"sqlite:{folder}/recording.sqlite"
            await asyncio.to_thread(migrate, address)
            store = await open_store(address)
            async with opened(store) as house:
                await furnish(house)
                player = Player(house, form)
                for number, step in enumerate(STEPS, 1):
                    request = request_text(step, form)
                    (FOLDER / file_name(number, step, form, "request")).write_text(request)
                    response = await player.answer(request)
                    (FOLDER / file_name(number, step, form, "response")).write_text(response)
            await store.close()


if __name__ == "__main__":
    asyncio.run(record())
