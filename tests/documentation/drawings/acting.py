"""A program on the real engine, with a clock that a story moves, asked through the native API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import httpx

from stampbook.console.pictures.history import Origin, Range, lots_history, plain_source
from stampbook.console.pictures.lots import lots_picture
from stampbook.console.pictures.moving import preview_of
from stampbook.console.pictures.preview import preview_picture
from stampbook.console.pictures.shapes import Element
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.settings import Settings
from stampbook.storage.store import Store
from tests.console.pictures.saying import English
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Clock
from tests.http.native.conftest import secret_of

SCALE = 0
SPEECH = English()
ACCOUNT = 1


class Act:
    """What a story does. Amounts are whole points."""

    def __init__(self, client: httpx.AsyncClient, context: Context, clock: Clock) -> None:
        self._client = client
        self._context = context
        self._clock = clock
        self.account = ""

    def wait(self, days: int) -> None:
        """Move the clock."""
        self._clock.advance(days=days)

    def day(self, days: int) -> str:
        """The instant so many days from now, as requests have it."""
        return self._clock.text(days=days)

    async def post(self, path: str, **body: Any) -> Any:
        """The answer to a write, which must succeed."""
        answer = await self._client.post(f"/v1/{path}", json=body)
        assert answer.is_success, answer.text
        self._clock.advance(seconds=1)
        return answer.json()

    async def get(self, path: str) -> Any:
        """The answer to a read, which must succeed."""
        answer = await self._client.get(f"/v1/{path}")
        assert answer.is_success, answer.text
        return answer.json()

    async def open(self, **currency: Any) -> None:
        """A program with a currency, and a member's account in it."""
        await self.post("programs", name="Tea house")
        await self.post("programs/prg_1/currencies", name="Points", scale=SCALE, **currency)
        member = await self.post("programs/prg_1/members", name="Anna")
        opened = await self.post("accounts", member_id=member["id"], currency_id="cur_1")
        self.account = opened["id"]

    async def give(self, amount: int, reason: str, **more: Any) -> str:
        """Points of their own lot; the transaction's id."""
        return await self._move("accrue", amount, reason, more)

    async def take(self, amount: int, reason: str, **more: Any) -> str:
        """A redemption."""
        return await self._move("redeem", amount, reason, more)

    async def hold(self, amount: int, reason: str, **more: Any) -> str:
        """A hold."""
        return await self._move("hold", amount, reason, more)

    async def _move(self, verb: str, amount: int, reason: str, more: dict[str, Any]) -> str:
        path = f"accounts/{self.account}/transactions"
        answer = await self.post(path, type=verb, amount=str(amount), reason=reason, **more)
        return str(answer["id"])

    async def change(self, transaction: str, verb: str, amount: int | None = None) -> str:
        """Cancel, commit or release it, whole or a part of it."""
        body = {} if amount is None else {"amount": str(amount)}
        return str((await self.post(f"transactions/{transaction}/{verb}", **body))["id"])

    async def lots(
        self,
        *,
        figure: str,
        chosen: str | None = None,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> Element:
        """The picture of the account's lots over time. `names` are those of accruals that have no
        reason of their own."""

        def source_of(origin: Origin) -> str:
            return plain_source(origin) or names.get(f"txn_{origin.lot:x}", "")

        found = await lots_history(
            self._context.ledger,
            self._context.store,
            ACCOUNT,
            tenant=1,
            range_=Range.ALL,
            chosen=None if chosen is None else int(chosen.removeprefix("txn_"), 16),
            source_of=source_of,
        )
        assert found is not None
        return lots_picture(found, SPEECH, figure=figure).shapes

    async def preview(self, transaction: str, *, figure: str) -> Element:
        """The picture of what a cancel of the transaction would move."""
        account = f"accounts/{self.account}"
        lots = (await self.get(f"{account}/lots"))["data"]
        balance = await self.get(f"{account}/balance")
        would = await self.post(f"transactions/{transaction}/cancel?dry_run=true")
        names = {lot["id"]: await self._reason_of(lot["id"]) for lot in lots}
        found = preview_of(would, lots, balance, scale=SCALE, names=names)
        return preview_picture(found, SPEECH, figure=figure).shapes

    async def _reason_of(self, lot: str) -> str:
        """Why the lot was given: it has the number of its accrual."""
        accrual = await self.get(f"transactions/{lot.replace('lot_', 'txn_')}")
        return str(accrual["reason"] or "")


@asynccontextmanager
async def acting(store: Store) -> AsyncIterator[Act]:
    """On an empty database."""
    clock = Clock()
    ledger = Ledger(store, clock=clock)
    await ledger.start()
    context = Context(store, ledger, clock, Settings())
    headers = {"Authorization": f"Bearer {await secret_of(store)}"}
    transport = InProcess(application(context))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://stampbook", headers=headers
    ) as client:
        yield Act(client, context, clock)
    await ledger.stop()
