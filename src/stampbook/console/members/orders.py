"""Orders: what was bought, what paid for it, what it earned, and what was taken back."""

from collections.abc import Sequence
from typing import Any, Final

from stampbook.console.accounts.history import described
from stampbook.console.api import Json
from stampbook.console.faults import NotFound
from stampbook.console.members.opened import currencies_of, member_of, name_of
from stampbook.console.members.visits import Card
from stampbook.console.members.words import ORDER_STATUSES, ORDER_TONES
from stampbook.console.results import Nothing, Shown
from stampbook.console.values import digest_of, short
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

ROWS: Final = 50
MAX_MOVED: Final = 50
PROGRAMS: Final = 200


class Opened:
    """An order with its program, member, and the accounts that it has to do with."""

    def __init__(self, order: Json, program: Json, member: Json | None) -> None:
        self.order = order
        self.program = program
        self.member = member
        self.id: str = order["id"]
        self.path = f"/console/orders/{self.id}"
        self.api = f"/v1/programs/{program['id']}/orders/{self.id}"
        self.cards: dict[str, Card] = {}

    @property
    def number(self) -> str:
        """What people call the order."""
        return str(self.order["external_id"] or self.id)

    @property
    def name(self) -> str | None:
        """The member's name."""
        return None if self.member is None else name_of(self.member)

    @property
    def can_be_refunded(self) -> bool:
        return str(self.order["status"]) in ("paid", "partly_refunded")

    @property
    def can_be_cancelled(self) -> bool:
        return str(self.order["status"]) != "cancelled"


async def opened(view: View, name: str) -> Opened:
    """The order of that id, and the view in its program's zone. Raises NotFound or Problem."""
    hits = (await view.api.get("/v1/search", q=name))["data"] if name.startswith("ord_") else []
    program = next((each["program_id"] for each in hits if each["id"] == name), None)
    if program is None:
        raise NotFound
    order = await view.api.get(f"/v1/programs/{program}/orders/{name}")
    owner = await view.api.get(f"/v1/programs/{program}")
    view.in_zone(owner)
    found = Opened(order, owner, await member_of(view, order["member_id"]))
    named = {each["account_id"] for each in (*order["awards"], *order["payments"])} - {None}
    if named:
        currencies = await currencies_of(view, program)
        for each in sorted(named):
            account = await view.api.get(f"/v1/accounts/{each}")
            currency = currencies[account["currency_id"]]
            found.cards[each] = Card(each, account["number"], currency)
    return found


async def order(view: View) -> Shown:
    """The page."""
    found = await opened(view, view.path["ord"])
    return view.show("members/order.html", **await _values(view, found))


async def order_live(view: View) -> Shown | Nothing:
    """The same part of the page, if something has changed since: what changes an order, its
    payments or what it earned is in the order itself."""
    found = await opened(view, view.path["ord"])
    if digest_of(found.order) == view.query.text("since"):
        return Nothing()
    return view.show("members/order_part.html", **await _values(view, found))


async def _values(view: View, found: Opened) -> dict[str, Any]:
    since = digest_of(found.order)
    return {
        "found": found,
        "status": view.say(ORDER_STATUSES[found.order["status"]]),
        "tone": ORDER_TONES[found.order["status"]],
        "lines": [
            {**line, "quantity": short(line["quantity"]), "returned": short(line["returned"])}
            for line in found.order["lines"]
        ],
        "awards": await _awards(view, found),
        "payments": [
            {"payment": each, "card": found.cards[each["account_id"]]}
            for each in found.order["payments"]
        ],
        "newest": next(
            (each["id"] for each in reversed(found.order["refunds"]) if not each["voided_at"]), None
        ),
        "moved": await _moved(view, found),
        "waiting": await waiting(view, found.id),
        "since": since,
        "seen": view.query.text("seen") or since,
    }


async def rule_names(view: View, named: Sequence[Json]) -> dict[str, str]:
    """The names of the rules that these name, by id; of one that was deleted, its id."""
    names: dict[str, str] = {}
    for name in dict.fromkeys(each["rule_id"] for each in named):
        if name is not None:
            rule = await view.api.find(f"/v1/rules/{name}")
            names[name] = name if rule is None else rule["name"]
    return names


async def _awards(view: View, found: Opened) -> list[dict[str, Any]]:
    """What rules gave, with their names."""
    rules = await rule_names(view, found.order["awards"])
    return [
        {
            "award": each,
            "rule": rules[each["rule_id"]],
            "card": found.cards.get(each["account_id"]),
        }
        for each in found.order["awards"]
    ]


async def _moved(view: View, found: Opened) -> list[dict[str, Any]]:
    """The movements of awards and payments, newest first."""
    named = [each["transaction_id"] for each in (*found.order["awards"], *found.order["payments"])]
    rows = [
        await view.api.get(f"/v1/transactions/{name}")
        for name in dict.fromkeys(each for each in named if each is not None)
    ][:MAX_MOVED]
    rows.sort(key=lambda row: (row["created_at"], row["seq"]), reverse=True)
    return [
        {**each, "card": found.cards[each["row"]["account_id"]]}
        for each in await described(view, rows)
    ]


async def orders(view: View) -> Shown:
    """A program's orders, the newest first; of one member, if one is named."""
    programs = (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]
    asked = view.query.text("program")
    program = next((each for each in programs if each["id"] == asked), None)
    if program is None and asked:
        raise NotFound
    program = program or (programs[0] if programs else None)
    page: Json = {"data": [], "next_cursor": None}
    if program is not None:
        view.in_zone(program)
        page = await view.api.get(
            f"/v1/programs/{program['id']}/orders",
            limit=ROWS,
            cursor=view.query.maybe("cursor"),
            member_id=view.query.maybe("member"),
        )
    return view.show(
        "members/orders.html",
        programs=programs,
        program=program,
        rows=[
            {
                "order": each,
                "status": view.say(ORDER_STATUSES[each["status"]]),
                "tone": ORDER_TONES[each["status"]],
            }
            for each in page["data"]
        ],
        more=view.with_query(cursor=page["next_cursor"]) if page["next_cursor"] else None,
    )
