"""The part of visits: Altegio's tills, and visits of the native API."""

from __future__ import annotations

from typing import Any

from tests.migration.world import World

A = "/api/v1"


class Chain:
    """A program with a currency of money, two places, guests and cards."""

    def __init__(self, world: World, program: int, currency: int, places: list[int]) -> None:
        self.world = world
        self.program = program
        self.currency = currency
        self.places = places
        self.turn = 0

    async def made(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        found = await self.world.made(method, A + path, body, **more)
        self.world.advance(seconds=7)
        return found and found["data"]

    async def tried(self, method: str, path: str, body: Any = None, **more: Any) -> int:
        """The status of what may be refused."""
        self.turn += 1
        more.setdefault(
            "key", f"altegio-{self.turn}" if self.turn % 3 == 0 and method != "PUT" else None
        )
        answer = await self.world.ask(method, A + path, body, **more)
        assert answer.status_code < 500, answer.text
        self.world.advance(seconds=7)
        return answer.status_code

    async def card(self, phone: str, **fields: Any) -> int:
        body = {"loyalty_card_type_id": self.currency, "phone": phone, **fields}
        found = await self.made("POST", f"/loyalty/cards/{self.places[0]}", body)
        return int(found["id"])

    async def by_hand(self, card: int, amount: float, chain: bool = False, **more: Any) -> None:
        owner = f"chain/{self.program}" if chain else f"company/{self.places[0]}"
        path = f"/{owner}/loyalty/cards/{card}/manual_transaction"
        await self.tried("POST", path, {"amount": amount, "title": "By hand"}, **more)

    async def book(self, phone: str | None, *costs: float, **fields: Any) -> tuple[int, int]:
        """A record with a service for each cost: (record, visit)."""
        body = {
            "staff_id": 7,
            "services": [
                {"id": 31 + at, "first_cost": cost, "discount": 0, "cost": cost}
                for at, cost in enumerate(costs)
            ],
            "datetime": "2026-05-15T12:00:00+03:00",
            "seance_length": 3_600,
            "save_if_busy": True,
            "comment": "first",
            **fields,
        }
        if phone is not None:
            body["client"] = {"phone": phone, "name": "Anna", "email": "anna@example.com"}
        (record,) = await self.made("POST", f"/records/{self.places[0]}", body)
        return int(record["id"]), int(record["visit_id"])

    async def withdraw(self, what: str, card: int, bill: tuple[int, int], **more: Any) -> int:
        names = {"record_id": bill[0], "visit_id": bill[1]}
        path = f"/visit/loyalty/{what}/{self.places[0]}/{card}"
        return await self.tried("POST", path, {**names, **more})

    async def discount(self, what: str, card: int, number: int, bill: tuple[int, int]) -> int:
        names = {"record_id": bill[0], "visit_id": bill[1]}
        path = f"/visit/loyalty/{what}/{self.places[0]}/{card}/{number}"
        return await self.tried("POST", path, names)

    async def offer(self, **changes: Any) -> int:
        body = {
            "title": "Ten percent",
            "type": "discount_static",
            "service_item_type": "any_allowed",
            "good_item_type": "any_allowed",
            "value_unit": "percent",
            "rules": [{"value": 10, "parameter": 0}],
            "company_ids": self.places,
            "loyalty_card_type_ids": [self.currency],
            **changes,
        }
        return int((await self.made("POST", f"/chain/{self.program}/loyalty/programs", body))["id"])


async def founded(world: World) -> Chain:
    body: dict[str, Any] = {"name": "Chain", "timezone": "Europe/Moscow"}
    program = (await world.made("POST", "/v1/programs", body))["id"]
    body = {
        "name": "Bonus",
        "scale": 2,
        "expiry": {"type": "rolling", "period": {"value": 90, "unit": "day"}},
    }
    currency = (await world.made("POST", f"/v1/programs/{program}/currencies", body))["id"]
    places = []
    for title in ("Main street", "Harbour"):
        body = {"program_id": program, "title": title, "timezone": "Europe/Moscow"}
        places.append(int((await world.made("POST", "/v1/locations", body))["id"][4:], 16))
    body = {
        "title": "Bring a friend",
        "unit": "percent",
        "value": "10",
        "currency_ids": [currency],
        "location_ids": [f"loc_{place:x}" for place in places],
    }
    await world.made("PUT", f"/v1/programs/{program}/referral", body)
    return Chain(world, int(program[4:], 16), int(currency[4:], 16), places)


async def live(world: World) -> None:
    chain = await founded(world)
    body: dict[str, Any] = {
        "name": "Olga",
        "phone": "+7 916 555-01-77",
        "surname": "Smirnova",
        "email": "Olga@Example.com",
        "sex_id": 2,
        "birth_date": "1990-03-01",
        "labels": [101, 102],
        "custom_fields": {"shoe": 38},
    }
    client = await chain.made("POST", f"/clients/{chain.places[0]}", body, key="olga")
    path = f"/client/{chain.places[0]}/{client['id']}"
    await chain.made("PUT", path, {"middle_name": "Petrovna"})
    cards = [await chain.card("79000000001"), await chain.card("79165550177")]
    cards.append(await chain.card("79000000001", loyalty_card_number="09090909"))
    referrer = await chain.card("79001234567")
    removed = await chain.card("79000000009")
    await chain.by_hand(removed, 12.5)
    await chain.tried("DELETE", f"/loyalty/cards/{chain.places[0]}/{removed}")
    for card in (*cards, referrer):
        await chain.by_hand(card, 150.25, key=f"by hand {card}")
        await chain.by_hand(card, -3, chain=True)
        await chain.by_hand(card, -9_999)
    offers = [
        await chain.offer(),
        await chain.offer(title="Back", type="cashback_static_sold"),
        await chain.offer(title="Gone", value_unit="amount"),
    ]
    await chain.tried(
        "PUT", f"/chain/{chain.program}/loyalty/programs/{offers[0]}", {"title": "10 %"}
    )
    await chain.tried("DELETE", f"/chain/{chain.program}/loyalty/programs/{offers[2]}")
    for number in range(14):
        await one_visit(chain, number, cards, offers)
        world.advance(days=2)
    await chain.book(None, 10)
    await native_visits(world, chain, cards)


async def one_visit(chain: Chain, number: int, cards: list[int], offers: list[int]) -> None:
    phones = ("79000000001", "79165550177")
    bill = await chain.book(phones[number % 2], 20, 300, 55.5 + number)
    own, card = cards[number % 2], cards[number % 3]
    if number % 4 == 1:
        await chain.book(phones[number % 2], 15, visit_id=bill[1])
    await chain.withdraw("apply_card_withdrawal", card, bill, amount=5 + number * 3)
    if number % 3 == 0:
        await chain.withdraw("apply_card_withdrawal", card, bill, amount=2 + number)
    if number % 3 == 1:
        await chain.withdraw("cancel_card_withdrawal", card, bill)
        await chain.withdraw("cancel_card_withdrawal", card, bill)
        await chain.withdraw("apply_card_withdrawal", own, bill, amount=4.5)
    if number % 2 == 0:
        await chain.discount("apply_discount_program", own, offers[0], bill)
    if number % 6 == 2:
        await chain.discount("cancel_discount_program", own, offers[0], bill)
    if number % 5 in (0, 3):
        path = f"/visit/loyalty/apply_referral_program/{chain.places[0]}/{chain.program}"
        names = {"record_id": bill[0], "visit_id": bill[1], "referrer_phone": 79001234567}
        await chain.tried("POST", path, names)
    if number % 5 != 4:
        body = {"attendance": 1, "comment": "thanks", "fast_payment": 1 + number % 2}
        await chain.tried("PUT", f"/visits/{bill[1]}/{bill[0]}", body)
    if number % 5 == 2:
        sale = f"/company/{chain.places[0]}/sale/{bill[1]}"
        for slug in (
            {"slug": "account", "account_id": 1},
            {"slug": "loyalty_card", "loyalty_card_id": card},
        ):
            await chain.tried("POST", f"{sale}/payment", {"payment": {"method": slug, "amount": 6}})
        state = (await chain.made("GET", sale))["state"]
        for kind in ("loyalty", "payment"):
            for each in state[f"{kind}_transactions"][:1]:
                path = f"{sale}/payment/{kind}_transaction/{each['id']}"
                await chain.tried("DELETE", path)
    if number % 7 == 5:
        await chain.tried("DELETE", f"/record/{chain.places[0]}/{bill[0]}")
    if number % 7 == 6:
        body = {"staff_id": 8, "services": [{"id": 31, "first_cost": 9, "discount": 0, "cost": 9}]}
        body |= {"datetime": "2026-05-15T12:00:00+03:00", "seance_length": 60}
        await chain.tried("PUT", f"/record/{chain.places[0]}/{bill[0]}", body)


async def native_visits(world: World, chain: Chain, cards: list[int]) -> None:
    account = f"acc_{cards[0]:x}"
    member = (await world.made("GET", f"/v1/accounts/{account}"))["member_id"]
    for number in range(3):
        body: dict[str, Any] = {
            "location_id": f"loc_{chain.places[1]:x}",
            "member_id": member,
            "lines": [
                {"kind": "good", "title": "Bag of beans", "price": "20.00", "quantity": "2.5"},
                {"kind": "service", "title": "Course", "price": "3000.00"},
            ],
        }
        visit = await world.made("POST", "/v1/visits", body, key=f"visit {number}")
        path = f"/v1/visits/{visit['id']}"
        body = {"account_id": account, "amount": "9.00"}
        await world.made("POST", f"{path}/withdrawals", body, key=f"withdrawal {number}")
        paid = await world.made(
            "POST", f"{path}/payments", {"amount": "1000.00"}, key=f"money {number}"
        )
        if number:
            first = paid["payments"][0]["id"]
            await world.made("DELETE", f"{path}/payments/{first}", key=f"money back {number}")
        if number == 2:
            await world.made("DELETE", f"{path}/withdrawals/{account}", key="points back")
        world.advance(days=1)
