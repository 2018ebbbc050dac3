"""A person about whom a program knows everything that it can know."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import Api, fine, made

WORDS = (
    "Lovelace",
    "lovelace@poets.example",
    "7912000777",
    "912 000-777",
    "crm-ada-77",
    "card-4711",
    "marzipan",
)
"""What identifies the person, and a word that is in every free text about them."""

TOLD = "likes marzipan"


class Guest:
    """Ada Lovelace, with an account, a visit, an order, a purchase, an event and approvals."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.member = self.program = self.currency = self.account = self.location = ""
        self.other = self.other_account = ""

    async def build(self) -> Guest:
        api = self.api
        self.program = (await api.program())["id"]
        self.currency = (await api.currency(self.program))["id"]
        fields = {
            "name": "Ada Lovelace",
            "email": "Lovelace@poets.example",
            "phone": "+7 912 000-777",
            "external_id": "crm-ada-77",
            "metadata": {"told": TOLD},
        }
        path = f"/programs/{self.program}/members"
        self.member = made(await api.post(path, fields, key="joined"))["id"]
        self.account = await self.open(self.member, "card-4711")
        self.other = made(await api.post(path, {"name": "Charles Babbage"}))["id"]
        self.other_account = await self.open(self.other, "card-1")
        location = {"program_id": self.program, "title": "Main street"}
        self.location = made(await api.post("/locations", location))["id"]
        exchange = {"exchange": {"points": "1.00", "money": "0.01"}}
        fine(await api.patch(f"/currencies/{self.currency}/options", exchange))
        return self

    async def open(self, member: str, number: str) -> str:
        body = {"member_id": member, "currency_id": self.currency, "number": number}
        return str(
            made(await self.api.post("/accounts", body, key=f"open for {member} {len(number)}"))[
                "id"
            ]
        )

    async def live(self) -> None:
        """Do all that a guest can do, with texts wherever there may be some."""
        api, notes = self.api, {"reason": f"she {TOLD}", "metadata": {"told": TOLD}}
        await api.accrue(self.account, "500", actor="marzipan desk", key="first", **notes)
        spent = await api.redeem(self.account, "30", **notes)
        fine(await api.cancel(spent["id"], {"reason": f"back: {TOLD}"}))
        hers = f"/members/{self.member}"
        fine(await api.patch(hers, {"metadata": {"told": TOLD, "since": 2020}}, key="changed"))
        await self._earn()
        await self._order()
        await self._visit()
        await self._buy()

    async def _earn(self) -> None:
        api = self.api
        rule = {
            "name": "Games",
            "trigger": {"type": "custom_event", "name": "played"},
            "earnings": [
                {"effects": [{"type": "fixed", "currency_id": self.currency, "points": "5"}]}
            ],
        }
        await self._rule(rule)
        event = {
            "external_id": "game-1",
            "member_id": self.member,
            "name": "played",
            "metadata": {"told": TOLD},
        }
        answer = await api.post(f"/programs/{self.program}/custom_events", event, key="played")
        assert answer.status_code == 201, answer.text

    async def _rule(self, body: dict[str, Any]) -> None:
        rule = made(await self.api.post(f"/programs/{self.program}/rules", body))
        fine(await self.api.post(f"/rules/{rule['id']}/activate"))

    async def _order(self) -> None:
        api = self.api
        paid = {
            "name": "Paid",
            "trigger": {"type": "order_paid"},
            "earnings": [
                {"effects": [{"type": "fixed", "currency_id": self.currency, "points": "7"}]}
            ],
        }
        await self._rule(paid)
        order = {
            "external_id": "order-1",
            "member_id": self.member,
            "money": "EUR",
            "amount": "100.00",
            "lines": [
                {
                    "item": "cake for Ada Lovelace",
                    "amount": "100.00",
                    "metadata": {"told": TOLD},
                }
            ],
            "metadata": {"told": TOLD},
        }
        path = f"/programs/{self.program}/orders"
        made(await api.post(path, order, key="ordered"))
        one = f"{path}/external:order-1"
        pay = {"account_id": self.account, "max_points": "10.00"}
        answer = await api.post(f"{one}/payments", pay, key="points")
        assert answer.status_code in (200, 201), answer.text
        fine(await api.post(f"{one}/pay", {"reason": TOLD}, key="paid"))
        back = {"external_id": "refund-1", "amount": "20.00", "reason": TOLD}
        answer = await api.post(f"{one}/refunds", back, key="refunded")
        assert answer.status_code in (200, 201), answer.text

    async def _visit(self) -> None:
        api = self.api
        visit = {
            "location_id": self.location,
            "member_id": self.member,
            "comment": TOLD,
            "lines": [{"kind": "good", "title": "Soap for Ada Lovelace", "price": "20"}],
        }
        made_visit = made(await api.post("/visits", visit, key="visited"))
        path = f"/visits/{made_visit['id']}"
        body = {"account_id": self.account, "amount": "10"}
        fine(await api.post(f"{path}/withdrawals", body))
        fine(await api.post(f"{path}/payments", {"amount": "10"}))
        fine(await api.patch(path, {"attendance": "came"}, key="came"))

    async def _buy(self) -> None:
        api = self.api
        reward = {
            "name": "Cup",
            "type": "material",
            "status": "active",
            "costs": [{"currency_id": self.currency, "points": "3"}],
        }
        sold = made(await api.post(f"/programs/{self.program}/rewards", reward))["id"]
        fine(await api.ask("PUT", f"/programs/{self.program}/offers/{sold}", json={"stock": 5}))
        bought = {"reward_id": sold, "metadata": {"told": TOLD}}
        made(await api.post(f"/members/{self.member}/purchases", bought, key="bought"))

    async def erase(self, member: str = "", **fields: Any) -> Any:
        body = {"reason": "asked for it", "forfeit": True}
        path = f"/members/{member or self.member}/erase"
        return fine(await self.api.post(path, body, **fields))
