"""A member buys a reward: what is chosen, what it would move, and the purchase."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, sent_for, status_of
from stampbook.console.accounts.previewing import expected_of, negated
from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import Opened, opened
from stampbook.console.results import Flash, Result
from stampbook.console.rewards.previewing import BEYOND, change_of, shown
from stampbook.console.rewards.purchases import cards_of
from stampbook.console.rewards.typing_in import renamed, whole
from stampbook.console.view import View

MOST: Final = 200
"""Rewards to choose from."""

FIELDS: Final = {"reward_id": "reward", "quantity": "quantity"}


async def buy(view: View) -> Result:
    """The form, its preview, and the purchase."""
    found = await opened(view, view.path["mbr"])
    if not view.posts:
        return await _form(view, found, None)
    try:
        quantity = whole(view, "quantity")
    except Problem as wrong:
        return await _form(view, found, wrong)
    body: Json = {
        "reward_id": view.form.text("reward"),
        "quantity": 1 if quantity is None else quantity,
    }
    problem = None
    if view.form.is_on("previewed"):
        try:
            return await _do(view, found, body)
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = refused
    return await _preview(view, found, body, problem)


async def _form(view: View, found: Opened, problem: Problem | None) -> Result:
    listed = await view.api.get(
        f"/v1/programs/{found.program['id']}/rewards", limit=MOST, status="active"
    )
    on_offer = [each for each in listed["data"] if each["offer"] is not None]
    return view.show(
        "rewards/buy.html",
        status_of(problem),
        found=found,
        rewards=[(each["id"], _named(view, found, each)) for each in on_offer],
        chosen=view.query.text("reward"),
        problem=None if problem is None else renamed(problem, FIELDS),
        is_limit=problem is not None and problem.code == BEYOND,
        refusal="" if problem is None else await said(view, problem),
    )


def _named(view: View, found: Opened, reward: Json) -> str:
    """A reward with its price, or the first of several."""
    cost = reward["costs"][0]
    unit = found.currencies[cost["currency_id"]]["name"]
    return f"{reward['name']} · {view.speech.amount(cost['points'])} {unit}"


async def _do(view: View, found: Opened, body: Json) -> Result:
    path = f"/v1/members/{found.id}/purchases"
    done = await view.api.post(path, body, key=view.key, expected=expected_of(view))
    if done.approval is not None:
        return view.go(found.path, sent_for(view, done.approval))
    said_number = view.speech.ngettext(
        "Bought: %(num)s piece.", "Bought: %(num)s pieces.", done.value["quantity"]
    )
    page = f"/console/purchases/{done.value['id']}"
    return view.go(page, Flash(said_number, undo=f"{page}/refund"))


async def _preview(view: View, found: Opened, body: Json, problem: Problem | None) -> Result:
    """What would happen now; the form again, where that is refused."""
    try:
        dry = (await view.api.post(f"/v1/members/{found.id}/purchases", body, dry_run=True)).value
    except Problem as refused:
        if not is_said(refused):
            raise
        return await _form(view, found, refused)
    reward = await view.api.get(f"/v1/rewards/{body['reward_id']}")
    cards = await cards_of(view, dry, found.currencies)
    # An account that is opened only then has no card yet.
    moved = [(dry["account_id"], negated(dry["points"]))]
    if dry["gained"]:
        moved.append((dry["gained"]["account_id"], dry["gained"]["amount"]))
    changes = [await change_of(view, cards[number], by) for number, by in moved if number]
    values: dict[str, Any] = {
        "title": view.say("Buy a reward"),
        "head": view.speech.ngettext(
            "%(num)s piece of %(reward)s for %(name)s?",
            "%(num)s pieces of %(reward)s for %(name)s?",
            dry["quantity"],
            reward=reward["name"],
            name=found.name,
        ),
        "crumbs": ((found.path, found.name),),
        "changes": changes,
        "facts": _facts(view, dry, reward),
        "fields": (),
        "hidden": {"reward": body["reward_id"], "quantity": str(body["quantity"])},
        "action": f"{found.path}/buy",
        "back": view.at(f"{found.path}/buy", reward=body["reward_id"]),
        "confirm": view.say("Buy it"),
        "danger": False,
        "reasons": None,
    }
    return await shown(view, problem, values, dry=dry, about=found.id)


def _facts(view: View, dry: Json, reward: Json) -> list[str]:
    """What else happens: the stock, and the codes."""
    facts = []
    stock = reward["offer"] and reward["offer"]["stock"]
    if stock is not None:
        left = stock - dry["quantity"]
        facts.append(
            view.speech.ngettext(
                "%(num)s piece is left then.", "%(num)s pieces are left then.", left
            )
        )
    if dry["codes"]:
        number = len(dry["codes"])
        facts.append(
            view.speech.ngettext(
                "%(num)s code is handed out.", "%(num)s codes are handed out.", number
            )
        )
    return facts
