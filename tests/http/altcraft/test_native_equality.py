"""A random sequence through this dialect and the same through the native API leave the same
journals, row for row."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.spelling.altcraft import read_transaction
from stampbook.domain.model import Transaction, split_number
from stampbook.storage.store import Store
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.http.altcraft.house import SECOND, START, TOKEN, House, Json

HOUR = 3_600 * SECOND
in_one_loop = pytest.mark.asyncio(loop_scope="session")
_numbers = itertools.count(1)


class Step(NamedTuple):
    """What both are asked to do. `which` picks one of the transactions made so far."""

    verb: str
    amount: int = 1
    temporary: bool = False
    activates_h: int | None = None
    expires_h: int | None = None
    eid: str | None = None
    which: int = 0


hours = st.sampled_from([None, None, 1, 3, 5])
eids = st.sampled_from([None, None, None, "a", "b", "c"])
accruing = st.builds(
    Step,
    verb=st.just("accrue"),
    amount=st.integers(50_00, 200_00),
    temporary=st.sampled_from([False, False, True]),
    activates_h=hours,
    expires_h=st.sampled_from([None, 2, 6, 12]),
    eid=eids,
)
redeeming = st.builds(
    Step,
    verb=st.just("redeem"),
    amount=st.integers(1, 60_00),
    temporary=st.booleans(),
    activates_h=st.none(),
    expires_h=st.none(),
    eid=eids,
)
finishing = st.builds(
    Step,
    verb=st.sampled_from(["commit", "commit", "release", "cancel", "cancel"]),
    which=st.integers(0, 20),
)
waiting = st.builds(Step, verb=st.just("wait"), which=st.integers(1, 3))
steps = st.lists(
    st.one_of(accruing, redeeming, redeeming, finishing, finishing, waiting),
    min_size=15,
    max_size=30,
)

TIMEOUT_S = 3 * 3_600


class Native:
    """The native API's client: the same steps in its words."""

    def __init__(self, house: House, account: int) -> None:
        self.house = house
        self.path = f"/v1/accounts/{ids.write(ids.ACCOUNT, account)}/transactions"
        self.made: list[str] = []

    async def do(self, step: Step) -> None:
        if step.verb in ("accrue", "redeem"):
            answer = await self._post(self.path, self._movement(step))
            if answer.status_code == 201:
                self.made.append(answer.json()["id"])
        elif self.made:
            target = self.made[step.which % len(self.made)]
            await self._post(f"/v1/transactions/{target}/{step.verb}", {})

    def _movement(self, step: Step) -> Json:
        accrues = step.verb == "accrue"
        body: Json = {
            "type": "accrue" if accrues else "hold" if step.temporary else "redeem",
            "amount": amounts.write(step.amount, 2),
            "external_id": step.eid,
        }
        if step.temporary:
            body["timeout_s"] = TIMEOUT_S
        if accrues:
            body |= {"temporary": step.temporary, **dates(self.house, step, "activates", "expires")}
        return {name: value for name, value in body.items() if value is not None}

    async def _post(self, path: str, body: Json) -> httpx.Response:
        headers = {"authorization": f"Bearer {TOKEN}"}
        answer = await self.house.client.post(path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer


class Altcraft:
    """This dialect's client."""

    def __init__(self, house: House, form: str, member: int, currency: int) -> None:
        self.house = house
        self.form = form
        self.who = {
            "loyalty_program_id": house.program.program_id,
            "points_currency_iid": currency,
            "matching": "profile_id",
            "profile_id": f"{member:024x}",
        }
        self.made: list[str] = []

    async def do(self, step: Step) -> None:
        if step.verb in ("accrue", "redeem"):
            method = "accrue_points" if step.verb == "accrue" else "redeeme_points"
            envelope = await self._call(method, {**self.who, **self._movement(step)})
            if int(envelope["error"]) == 0:
                self.made.append(envelope["data"]["transaction_id"])
        elif self.made:
            method = {"release": "rollback"}.get(step.verb, step.verb)
            target = self.made[step.which % len(self.made)]
            await self._call(f"{method}_transaction", {"transaction_id": target})

    def _movement(self, step: Step) -> Json:
        body: Json = {
            "amount": amounts.write(step.amount, 2),
            "is_temp": step.temporary,
            "temp_timeout_sec": TIMEOUT_S,
            "transaction_eid": step.eid,
            **dates(self.house, step, "activation", "expiration", "_date"),
        }
        return {name: value for name, value in body.items() if value is not None}

    async def _call(self, method: str, body: Json) -> Json:
        return await self.house.call(f"loyalty/{method}", body, form=self.form)


def dates(house: House, step: Step, start: str, end: str, suffix: str = "_at") -> Json:
    """The two dates of an accrual, if the step has them in an order that can be."""
    if step.expires_h is not None and step.expires_h <= (step.activates_h or 0):
        return {}
    found = {start + suffix: step.activates_h, end + suffix: step.expires_h}
    return {
        name: instants.write(house.now + hours * HOUR)
        for name, hours in found.items()
        if hours is not None
    }


async def new_account(house: House) -> tuple[int, int, int]:
    """A member of a program of its own: program, member and account."""
    house.program = await house.new_program(f"p{next(_numbers)}")
    currency = await house.new_currency(house.program, "Points")
    member = await house.new_member(f"{next(_numbers)}@example.com")
    headers = {"authorization": f"Bearer {TOKEN}"}
    body = {
        "member_id": ids.write(ids.MEMBER, member.member_id),
        "currency_id": ids.write(ids.CURRENCY, currency.currency_id),
    }
    answer = await house.client.post("/v1/accounts", json=body, headers=headers)
    account = ids.read(ids.ACCOUNT, answer.json()["id"])
    assert account is not None
    return currency.currency_id, member.member_id, account


async def journal(house: House, account: int) -> list[tuple[Any, ...]]:
    """The rows without what must differ: the account, the salts, the hashes that contain them."""
    await house.ledger.settle([account])
    rows = await house.store.journal(account, after=0, limit=1_000)
    differ = {Transaction._fields.index(name) for name in ("account", "who", "seal", "hash")}
    return [tuple(value for at, value in enumerate(row) if at not in differ) for row in rows]


async def compare(house: House, sequence: list[Step], form: str) -> None:
    """Play the sequence on both, at the same instants, and hold the journals side by side."""
    house.now = START
    _, _, theirs = await new_account(house)
    native = Native(house, theirs)
    currency, member, ours = await new_account(house)
    altcraft = Altcraft(house, form, member, currency)
    for step in sequence:
        if step.verb == "wait":
            house.now += step.which * HOUR
            continue
        await native.do(step)
        await altcraft.do(step)
    assert await journal(house, theirs) == await journal(house, ours)
    for native_id, altcraft_id in zip(native.made, altcraft.made, strict=True):
        one = split_number(ids.read(ids.TRANSACTION, native_id) or 0)
        other = split_number(read_transaction(altcraft_id) or 0)
        assert (one[0], other[0], one[1]) == (theirs, ours, other[1])


async def play(store: Store, sequence: list[Step], form: str) -> None:
    house = House(store)
    await house.ledger.start()
    try:
        if await house.store.fetch_one("SELECT 1 FROM api_keys WHERE name = $1", TOKEN) is None:
            await house.new_key(TOKEN, "admin")
        await compare(house, sequence, form)
    finally:
        await house.client.aclose()
        await house.ledger.stop()


@in_one_loop
@settings(max_examples=CAMPAIGN_EXAMPLES // 10 or 25)
@given(sequence=steps, form=st.sampled_from(["json", "xml"]))
async def test_sqlite(common_sqlite_store: Store, sequence: list[Step], form: str) -> None:
    await play(common_sqlite_store, sequence, form)


@in_one_loop
@settings(max_examples=CAMPAIGN_EXAMPLES // 10 or 10)
@given(sequence=steps, form=st.sampled_from(["json", "xml"]))
async def test_postgres(common_postgres_store: Store, sequence: list[Step], form: str) -> None:
    await play(common_postgres_store, sequence, form)
