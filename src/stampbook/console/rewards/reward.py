"""A reward: what it costs and hands out, its stock, its codes, who bought it; and new ones."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Json, Problem
from stampbook.console.faults import NotFound
from stampbook.console.members.opened import currencies_of
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.rewards.filling import Asked, values_of
from stampbook.console.rewards.listing import stock_left
from stampbook.console.rewards.programs import chosen
from stampbook.console.rewards.purchases import rows_of_purchases
from stampbook.console.rewards.typing_in import renamed
from stampbook.console.rewards.words import CODE_TONES, CODES, KINDS, STATUSES, TONES
from stampbook.console.view import View
from stampbook.console.words import DAYS, PERIODS, UNITS, choices

ROWS: Final = 50
TYPES: Final = ("material", "code", "points")


class Opened:
    """A reward with its program and what its currencies are called."""

    def __init__(self, reward: Json, program: Json, currencies: dict[str, Json]) -> None:
        self.reward = reward
        self.program = program
        self.currencies = currencies
        self.id: str = reward["id"]
        self.path = f"/console/rewards/{self.id}"
        self.api = f"/v1/rewards/{self.id}"
        self.offer = f"/v1/programs/{program['id']}/offers/{self.id}"

    def unit(self, currency: str) -> str:
        return str(self.currencies[currency]["name"])


async def opened(view: View) -> Opened:
    """The reward of the path, and the view in its program's zone. Raises Problem."""
    reward = await view.api.get(f"/v1/rewards/{view.path['rwd']}")
    program = await view.api.get(f"/v1/programs/{reward['program_id']}")
    view.in_zone(program)
    return Opened(reward, program, await currencies_of(view, program["id"]))


async def reward(view: View) -> Shown | Goto:
    """The page, and its form."""
    found = await opened(view)
    if not view.posts:
        return await shown(view, found)
    fields: dict[str, str] = {}
    try:
        asked = Asked(view, found.reward, found.reward["type"])
        fields = asked.fields
        await view.api.write("PATCH", found.api, asked.body, key=view.key)
    except Problem as problem:
        return await shown(view, found, renamed(problem, fields))
    return view.go(found.path, Flash(view.say("Saved.")))


async def new(view: View) -> Shown | Goto:
    """The form of a new reward, of the type that is asked for, and what it writes."""
    programs, program = await chosen(view)
    if program is None:
        return view.go("/console/rewards")
    type_ = view.query.text("type", "material")
    if type_ not in TYPES:
        raise NotFound
    problem, fields = None, dict[str, str]()
    if view.posts:
        try:
            asked = Asked(view, None, type_)
            fields = asked.fields
            path = f"/v1/programs/{program['id']}/rewards"
            made = await view.api.post(path, asked.body, key=view.key)
            text = view.say("Saved as a draft. Offer it, and activate it, to sell it.")
            return view.go(f"/console/rewards/{made.value['id']}", Flash(text))
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = renamed(refused, fields)
    return view.show(
        "rewards/new.html",
        status_of(problem),
        program=program,
        programs=programs,
        type=type_,
        types=[(each, view.say(KINDS[each])) for each in TYPES],
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
        **await _form(view, None, program),
    )


async def _form(view: View, reward: Json | None, program: Json) -> dict[str, Any]:
    """What the fields of a reward need."""
    currencies = await currencies_of(view, program["id"])
    return {
        "known": reward,
        "values": values_of(view, reward),
        "currencies": [(each["id"], each["name"]) for each in currencies.values()],
        "days": [(at, view.say(text)) for at, text in DAYS.items()],
        "periods": choices(view, PERIODS),
        "units": choices(view, UNITS),
        "is_locked": reward is not None and reward["status"] != "draft",
    }


async def shown(view: View, found: Opened, problem: Problem | None = None) -> Shown:
    """The page, with what was refused. Raises Problem if that has a page of its own."""
    if problem is not None and not is_said(problem):
        raise problem
    reward = found.reward
    counts = None
    if reward["type"] == "code":
        counts = await view.api.get(f"{found.api}/codes/counts")
    cursor = view.query.maybe("cursor")
    bought = await view.api.get(f"{found.api}/purchases", limit=ROWS, cursor=cursor)
    more = bought["next_cursor"]
    return view.show(
        "rewards/reward.html",
        status_of(problem),
        found=found,
        kind=view.say(KINDS[reward["type"]]),
        status=view.say(STATUSES[reward["status"]]),
        tone=TONES[reward["status"]],
        left=await stock_left(view, reward),
        counts=counts,
        codes=await _codes(view, found) if counts is not None else None,
        purchases=await rows_of_purchases(view, bought["data"], found.currencies),
        more=view.with_query(cursor=more) if more else None,
        is_first=cursor is None,
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
        **await _form(view, reward, found.program),
    )


async def _codes(view: View, found: Opened) -> dict[str, Any] | None:
    """A page of the codes, for those who may see them."""
    if not view.can("manager"):
        return None
    asked = view.query.text("state")
    state = asked if asked in CODES else None
    cursor = view.query.maybe("codes")
    path = f"{found.api}/codes"
    page = await view.api.get(path, limit=ROWS, cursor=cursor, state=state)
    return {
        "rows": [
            {"code": each, "status": view.say(CODES[each["state"]]),
             "tone": CODE_TONES[each["state"]]}
            for each in page["data"]
        ],
        "states": choices(view, CODES),
        "state": state,
        "more": view.with_query(codes=page["next_cursor"]) if page["next_cursor"] else None,
    }  # fmt: skip
