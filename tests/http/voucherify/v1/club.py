"""A program with one definition, as v1 sees it, and what its tests have in common."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import Card, House, made

L = "/v1/loyalties"
CODES = {"pattern": "CARD####", "charset": "0123456789"}
EVENT = {
    "type": "EVENT_BASED",
    "event_based": {"event_types": ["ms_1"], "cancel_period": {"value": 3, "unit": "DAY"}},
}
ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 30, "unit": "DAY"}},
}


class Club:
    """A program with one definition, as v1 sees it."""

    def __init__(self, house: House, program: Any) -> None:
        self.house = house
        self.program = program
        self.campaign = f"camp_{program['id'][5:]}"

    async def join(self, voucher: str | None = None) -> Any:
        """A new member's voucher."""
        customer = await self.house.customer()
        body = {"customer": customer["id"], "voucher": voucher}
        return made(await self.house.post(f"{L}/{self.campaign}/members", body))

    def card(self, voucher: Any) -> Card:
        return Card(self.program["id"], "", f"lcrd_{voucher['id'][2:]}")


async def club_of(house: House, **parts: Any) -> Club:
    definition = await house.definition(code_config=CODES, **parts)
    return Club(house, await house.program(definition["id"], name="Coffee club"))


async def entry_of(house: House, club: Club, amount: int = 20) -> tuple[Any, str]:
    """A card with one pending entry, and the path of the entry."""
    voucher = await club.join()
    await house.accrue(club.card(voucher), amount)
    path = f"{L}/members/{voucher['code']}/pending-points"
    (entry,) = made(await house.get(path))["data"]
    return voucher, f"{path}/{entry['id']}"


async def whole_list(house: House, path: str) -> list[Any]:
    """A whole list of v1, two at a time."""
    found: list[Any] = []
    params = {"limit": "2"}
    while True:
        body = made(await house.get(path, params))
        found += body["data"]
        if not body["has_more"]:
            return found
        params["starting_after_id"] = body["more_starting_after"]
