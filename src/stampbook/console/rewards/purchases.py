"""Purchases: one with its codes and movements, those of a reward, and those of a member."""

from typing import Any, Final

from stampbook.console.accounts.history import described
from stampbook.console.api import Json
from stampbook.console.members.opened import Opened as Member
from stampbook.console.members.opened import currencies_of, member_of, name_of
from stampbook.console.members.opened import opened as member_opened
from stampbook.console.members.visits import Card
from stampbook.console.results import Shown
from stampbook.console.rewards.words import CODE_TONES, CODES, PURCHASE_TONES, PURCHASES
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

OF_MEMBER: Final = 10
"""The newest purchases on a member's page."""

ROWS: Final = 50


class Opened:
    """A purchase with its reward, member, program and accounts."""

    def __init__(
        self, purchase: Json, program: Json, reward: Json | None, member: Json | None
    ) -> None:
        self.purchase = purchase
        self.program = program
        self.member = member
        self.reward = reward
        self.id: str = purchase["id"]
        self.path = f"/console/purchases/{self.id}"
        self.api = f"/v1/purchases/{self.id}"
        self.left: int = purchase["quantity"] - purchase["refunded"]
        self.cards: dict[str, Card] = {}

    @property
    def name(self) -> str:
        """What was bought; its id, if the reward was deleted since."""
        return str(self.purchase["reward_id"] if self.reward is None else self.reward["name"])

    @property
    def of(self) -> str:
        """The member's name."""
        return str(self.purchase["member_id"]) if self.member is None else name_of(self.member)

    @property
    def paid(self) -> Card:
        """The account that paid."""
        return self.cards[self.purchase["account_id"]]

    @property
    def gained(self) -> Card | None:
        """The account on which a reward of points was put."""
        gained = self.purchase["gained"]
        return None if gained is None else self.cards[gained["account_id"]]


async def opened(view: View) -> Opened:
    """The purchase of the path, and the view in its program's zone. Raises Problem."""
    purchase = await view.api.get(f"/v1/purchases/{view.path['pur']}")
    program = await view.api.get(f"/v1/programs/{purchase['program_id']}")
    view.in_zone(program)
    reward = await view.api.find(f"/v1/rewards/{purchase['reward_id']}")
    found = Opened(purchase, program, reward, await member_of(view, purchase["member_id"]))
    found.cards = await cards_of(view, purchase, await currencies_of(view, program["id"]))
    return found


async def cards_of(view: View, purchase: Json, currencies: dict[str, Json]) -> dict[str, Card]:
    """The accounts that a purchase moves, by id: the one that pays comes first. Those that it
    would open are left out."""
    named = [each["account_id"] for each in (purchase, purchase["gained"]) if each is not None]
    cards = {}
    for name in filter(None, named):
        account = await view.api.get(f"/v1/accounts/{name}")
        cards[name] = Card(name, account["number"], currencies[account["currency_id"]])
    return cards


async def purchase(view: View) -> Shown:
    """The page."""
    found = await opened(view)
    bought = found.purchase
    return view.show(
        "rewards/purchase.html",
        found=found,
        status=view.say(PURCHASES[bought["state"]]),
        tone=PURCHASE_TONES[bought["state"]],
        codes=[
            {**each, "status": view.say(CODES[each["state"]]), "tone": CODE_TONES[each["state"]]}
            for each in bought["codes"]
        ],
        moved=await _moved(view, found),
        waiting=await waiting(view, found.id),
    )


async def purchases(view: View) -> Shown:
    """All purchases of a member, newest first."""
    found = await member_opened(view, view.path["mbr"])
    path = f"/v1/members/{found.id}/purchases"
    page = await view.api.get(path, limit=ROWS, cursor=view.query.maybe("cursor"))
    more = page["next_cursor"]
    return view.show(
        "rewards/purchases.html",
        found=found,
        rows=await rows_of_purchases(view, page["data"], found.currencies),
        more=view.with_query(cursor=more) if more else None,
    )


async def _moved(view: View, found: Opened) -> list[dict[str, Any]]:
    """The movements of the purchase, each with what has become of it."""
    bought = found.purchase
    named = [bought["transaction_id"]]
    if bought["gained"]:
        named.append(bought["gained"]["transaction_id"])
    rows = [await view.api.get(f"/v1/transactions/{name}") for name in named]
    rows.sort(key=lambda row: (row["created_at"], row["seq"]), reverse=True)
    return [
        {**each, "card": found.cards[each["row"]["account_id"]]}
        for each in await described(view, rows)
    ]


async def rows_of_purchases(
    view: View, purchases: list[Json], currencies: dict[str, Json]
) -> list[dict[str, Any]]:
    """Purchases as lists show them, with the names of their rewards and members."""
    rewards: dict[str, str] = {}
    members: dict[str, str] = {}
    rows = []
    for each in purchases:
        reward, member = each["reward_id"], each["member_id"]
        if reward not in rewards:
            known = await view.api.find(f"/v1/rewards/{reward}")
            rewards[reward] = reward if known is None else known["name"]
        if member not in members:
            somebody = await member_of(view, member)
            members[member] = member if somebody is None else name_of(somebody)
        rows.append(
            {
                "purchase": each,
                "reward": rewards[reward],
                "member": members[member],
                "unit": currencies[each["currency_id"]]["name"],
                "status": view.say(PURCHASES[each["state"]]),
                "tone": PURCHASE_TONES[each["state"]],
            }
        )
    return rows


async def of_member(view: View, member: Member) -> dict[str, Any]:
    """What a member's page shows: the newest purchases, and whether there are more."""
    path = f"/v1/members/{member.id}/purchases"
    page = await view.api.get(path, limit=OF_MEMBER)
    return {
        "rows": await rows_of_purchases(view, page["data"], member.currencies),
        "more": f"{member.path}/purchases" if page["next_cursor"] else None,
    }
