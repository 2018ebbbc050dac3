"""What a story is played on: a chain with one program, asked by the native API and, for visits and
discounts, as a till asks Altegio's."""

from __future__ import annotations

from typing import Any, Final

from stampbook.dialects.native import ids
from stampbook.programs import accounts
from stampbook.programs.accounts import Account
from tests.http.altegio.programs.offering import create, discount, pay, refer, referral
from tests.http.altegio.shop import KEY, Shop, amounts, data_of

_KEYED: Final = {"Authorization": f"Bearer {KEY}"}


class Refused(Exception):
    """The answer to a step is a refusal with this code."""


class Stage:
    """Names of the story, and what they stand for."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.program = ids.write(ids.PROGRAM, shop.chain.program_id)
        self.ids: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.tiers: dict[str, Any] = {}
        self.bills: dict[str, tuple[int, int]] = {}
        self.guests: dict[str, str] = {}
        self.last: Any = None
        """The answer to the last step."""

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the native API. Raises Refused."""
        answer = await self.shop.http.request(method, f"/v1{path}", json=body, headers=_KEYED)
        if answer.status_code >= 400:
            raise Refused(answer.json()["code"])
        self.last = answer.json() if answer.content else None
        return self.last

    async def make(self, name: str, path: str, body: Any) -> Any:
        """Create something that the story calls by the name."""
        made = await self.ask("POST", path, body)
        self.ids[name] = made["id"]
        return made

    async def currency(self, name: str, terms: dict[str, Any]) -> None:
        """Terms are fields of a currency, and `exchange` and such of its options."""
        options = {each: terms.pop(each) for each in list(terms) if each in _OPTIONS}
        made = await self.make(
            name, f"/programs/{self.program}/currencies", {"name": name, "scale": 0, **terms}
        )
        if options:
            await self.ask("PATCH", f"/currencies/{made['id']}/options", options)

    async def person(self, name: str) -> str:
        """The id of a person of the story, who is made where they are named first."""
        if name not in self.people:
            phone = f"7900100000{len(self.people)}"
            body = {"name": name, "phone": phone}
            member = await self.ask("POST", f"/programs/{self.program}/members", body)
            self.people[name] = member["id"]
        return self.people[name]

    async def account(self, name: str, currency: str = "points") -> str:
        """The id of the person's account."""
        member = await self.person(name)
        for each in (await self.ask("GET", f"/members/{member}/accounts"))["data"]:
            if each["currency_id"] == self.ids[currency]:
                return str(each["id"])
        body = {"member_id": member, "currency_id": self.ids[currency]}
        return str((await self.ask("POST", "/accounts", body))["id"])

    async def active(self, name: str, currency: str = "points") -> str:
        """What the person can spend, or owes."""
        account = await self.account(name, currency)
        return str((await self.ask("GET", f"/accounts/{account}/balance"))["active"])

    async def tier(self, name: str) -> str | None:
        """The name of the person's tier."""
        member = await self.person(name)
        (standing,) = (await self.ask("GET", f"/members/{member}/tiers"))["data"]
        names = {need["any_of"][0]: tier for tier, need in self.tiers.items()}
        return names.get(standing["tier_id"])

    # -- visits and their bills --------------------------------------------------------

    async def card(self, name: str) -> Account:
        """The person's account as a till sees it."""
        number = ids.read(ids.ACCOUNT, await self.account(name))
        card = await accounts.get(self.shop.store, number or 0, tenant=1)
        assert card is not None
        return card

    async def bill(self, name: str, label: str, services: dict[str, str]) -> None:
        """A visit of services at these prices; each has a number by its name."""
        await self.account(name)
        member = await self.ask("GET", f"/members/{await self.person(name)}")
        body = {
            "staff_id": 7,
            "services": self._services(services),
            "client": {"phone": member["phone"].lstrip("+")},
            "datetime": "2027-01-15T10:00:00+03:00",
        }
        path = f"/api/v1/records/{self.shop.location.number}"
        [record] = data_of(await self.shop.http.post(path, json=body))
        self.bills[label] = record["id"], record["visit_id"]
        self.guests[label] = name

    def _services(self, services: dict[str, str]) -> list[dict[str, Any]]:
        return [
            {"id": self.service(each), "first_cost": float(price), "cost": float(price)}
            for each, price in services.items()
        ]

    def service(self, name: str) -> int:
        """The number of a service."""
        return int(self.ids.setdefault(f"service {name}", str(11 + len(self.ids))))

    async def change_bill(self, label: str, services: dict[str, str]) -> None:
        """The services of a visit are others now."""
        record, visit = self.bills[label]
        body = {"attendance": 0, "comment": "", "services": self._services(services)}
        await self._till("PUT", f"/api/v1/visits/{visit}/{record}", body)

    async def complete(self, label: str) -> None:
        """The guest came, and paid."""
        answer = await pay(self.shop, *self.bills[label])
        assert answer.status_code == 200, answer.text

    async def delete_bill(self, label: str) -> None:
        """The visit never was."""
        path = f"/api/v1/record/{self.shop.location.number}/{self.bills[label][0]}"
        await self._till("DELETE", path)

    async def offer(self, name: str, kind: str, rules: list[dict[str, Any]]) -> None:
        """A discount or cashback of a till."""
        currency = ids.read(ids.CURRENCY, self.ids["points"])
        if kind == "referral":
            self.shop.points = self.shop.points._replace(currency_id=currency or 0)
            value = round(rules[0]["value"] * 100)
            number = await referral(self.shop, is_percent=True, value=value)
        else:
            number = await create(
                self.shop, type=kind, title=name, rules=rules, loyalty_card_type_ids=[currency]
            )
        self.ids[name] = str(number)

    async def apply(self, name: str, label: str, *, cancel: bool = False) -> None:
        """Give the discount on a bill, or take it away."""
        self.shop.card = await self.card(self.guests[label])
        what = "cancel_discount_program" if cancel else "apply_discount_program"
        self._done(await discount(self.shop, what, int(self.ids[name]), *self.bills[label]))

    async def refer(self, label: str, friend: str) -> None:
        """The friend has sent the guest of this bill."""
        await self.account(friend)
        member = await self.ask("GET", f"/members/{await self.person(friend)}")
        self._done(await refer(self.shop, *self.bills[label], member["phone"].lstrip("+")))

    async def taken_off(self, label: str) -> float:
        """By how much the bill is lower."""
        return float(sum(amounts(await self.shop.details(*self.bills[label]))))

    async def _till(self, method: str, path: str, body: Any = None) -> None:
        self._done(await self.shop.http.request(method, path, json=body))

    def _done(self, answer: Any) -> None:
        if answer.status_code >= 400:
            meta = answer.json()["meta"]
            fields = [name for each in meta.get("errors", ()) for name in each]
            raise Refused(", ".join(fields) or meta["message"])


_OPTIONS: Final = frozenset({"exchange", "return_spent", "earning_limits", "spending_limits"})
