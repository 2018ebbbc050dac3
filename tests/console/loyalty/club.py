"""A program with a currency, tiers, benefits and a rule that uses every field of the API."""

from __future__ import annotations

from typing import Any

from tests.console.accounts.shop import Shop, open_shop
from tests.console.desk import Desk, Page

NEW = "/console/rules/new"


class Club(Shop):
    """A shop with two tiers and a benefit."""

    group: Any
    benefit: Any

    @property
    def rules(self) -> str:
        """Where the API has the program's rules."""
        return f"/v1/programs/{self.program['id']}/rules"

    @property
    def new(self) -> str:
        return f"{NEW}?program={self.program['id']}"

    def fixed(self, points: str = "10.00", **fields: Any) -> dict[str, Any]:
        return {"type": "fixed", "currency_id": self.currency["id"], "points": points, **fields}

    async def rule(self, **fields: Any) -> Any:
        """A draft."""
        body = {
            "name": "Every order",
            "trigger": {"type": "order_paid"},
            "earnings": [{"effects": [self.fixed()]}],
            **fields,
        }
        return await self.desk.api("POST", self.rules, body)

    async def active(self, **fields: Any) -> Any:
        rule = await self.rule(**fields)
        return await self.desk.api("POST", f"/v1/rules/{rule['id']}/activate")

    async def full(self) -> Any:
        """A draft that says something in every field."""
        group = self.group
        need = {"tier_group_id": group["id"], "any_of": [each["id"] for each in group["tiers"]]}
        per = {
            "type": "per", "currency_id": self.currency["id"], "basis": "lines.total",
            "every": "10.5", "points": "1.25", "mode": "rate", "round": "half_up", "by": "line",
            "applies_to": {"items": ["tea"], "skus": ["t-1", "t-2"], "categories": ["hot, sweet"]},
            "pending": {"type": "period", "period": {"value": 14, "unit": "day"}},
            "expiry": {"type": "calendar", "dates": [{"month": 12, "day": 31}]},
        }  # fmt: skip
        odd = {
            "type": "per", "currency_id": self.currency["id"], "basis": "order.metadata.km",
            "every": "1", "points": "2", "applies_to": None,
        }  # fmt: skip
        split = {**per, "applies_to": {"items": ["two\nlines"], "skus": [], "categories": []}}
        return await self.rule(
            name="All of it",
            earnings=[
                {"name": "gold", "tiers": [need], "condition": 'order.channel == "web"\n && true',
                 "effects": [per, {"type": "benefit", "benefit_id": self.benefit["id"]}]},
                {"effects": [odd, self.fixed("500.00"), split]},
            ],
            priority=-7,
            exclusive_group="orders",
            keeps="best",
            starts_at="2026-01-01T00:00:30.000007Z",
            ends_at="2030-06-30T22:00:00Z",
            hours=[{"days": [0, 1, 6], "from": "09:00", "to": "24:00"},
                   {"days": [2], "from": "00:00", "to": "12:30"}],
            limits={"cooldown": {"n": 2, "unit": "hour"}, "frequency": {"max": 3, "period": "week"},
                    "budget": {"points": "1000.00", "period": "quarter"}},
            on_partial="keep",
            metadata={"campaign": "autumn", "weight": 1.50, "deep": {"a": [1, None, True]}},
        )  # fmt: skip


async def open_club(desk: Desk) -> Club:
    shop = await open_shop(desk)
    club = Club(desk, shop.program, shop.currency, {"id": shop.id})
    program = f"/v1/programs/{shop.program['id']}"
    club.group = await desk.api("POST", f"{program}/tier_groups", {
        "name": "Metals", "currency_id": shop.currency["id"],
        "tiers": [{"name": "Silver", "threshold": "100"}, {"name": "Gold", "threshold": "1000"}],
    })  # fmt: skip
    club.benefit = await desk.api(
        "POST", f"{program}/benefits", {"name": "A cup", "type": "material", "sku": "cup"}
    )
    return club


async def shown(desk: Desk, page: Page) -> Any:
    """The rule or the group of the page, as the API has it."""
    kind = {"rules": "rules", "tiers": "tier_groups"}[page.path.split("/")[2]]
    return await desk.api("GET", f"/v1/{kind}/{page.path.split('/')[3].partition('?')[0]}")


def faults(page: Page) -> set[str]:
    """The fields of the page that are wrong. Each is there, and is tied to its fault."""
    found = set()
    for each in page.all("field-error"):
        name = each.get("data-field")
        first = page.all(name)[0]  # several boxes have one fault, which their group says
        around = (first, *first.iterancestors())
        field = next(one for one in around if one.get("aria-invalid") == "true")
        named = (field.get("aria-describedby") or "").split()
        above = {one.get("id") for one in (each, *each.iterancestors())}
        assert above & set(named), name
        found.add(name)
    return found
