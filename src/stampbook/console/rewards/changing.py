"""A reward's stock, its codes, its status, and its end."""

import re
from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Problem
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.rewards.reward import Opened, opened, shown
from stampbook.console.rewards.typing_in import renamed, whole
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

BETWEEN: Final = re.compile(r"[\s,;]+")
"""What may be between codes that are pasted: lines of a file, cells of a table."""

AT: Final = re.compile(r"/codes/(\d+)")
FIELDS: Final = {"codes": "codes"}

DONE: Final = {
    "activate": translatable("%(name)s is active."),
    "deactivate": translatable("%(name)s is inactive."),
    "draft": translatable("%(name)s is a draft again."),
}


async def offer(view: View) -> Shown | Goto:
    """Offer the reward with the stock of the form; an empty field means no limit."""
    found = await opened(view)
    try:
        stock = whole(view, "stock")
        await view.api.write("PUT", found.offer, {"stock": stock}, key=view.key)
    except Problem as problem:
        return await shown(view, found, problem)
    text = view.say("The reward is on offer.")
    return view.go(found.path, Flash(text))


async def end_offer(view: View) -> Shown | Goto:
    """Take the reward off the program."""
    found = await opened(view)
    try:
        await view.api.write("DELETE", found.offer, key=view.key)
    except Problem as problem:
        if problem.status != 404:
            return await shown(view, found, problem)
        # Somebody else has ended it: what is asked for is so.
    return view.go(found.path, Flash(view.say("The reward is not on offer any more.")))


async def add_codes(view: View) -> Shown | Goto:
    """Put codes into the pool: all that were pasted, or none."""
    found = await opened(view)
    codes = [each for each in BETWEEN.split(view.form.text("codes")) if each]
    try:
        if not codes:
            raise Problem.of_fields({"codes": view.say("Paste at least one code.")})
        await view.api.post(f"{found.api}/codes", {"codes": codes}, key=view.key)
    except Problem as problem:
        return await shown(view, found, _named(problem, codes))
    said_number = view.speech.ngettext(
        "%(num)s code is added.", "%(num)s codes are added.", len(codes)
    )
    return view.go(found.path, Flash(said_number))


def _named(problem: Problem, codes: list[str]) -> Problem:
    """The refusal with the code that it is about, which the API names by its place."""
    errors = []
    for each in problem.said.get("errors") or ():
        place = AT.fullmatch(each.get("pointer") or "")
        code = codes[int(place[1])] if place and int(place[1]) < len(codes) else None
        errors.append(each if code is None else {**each, "detail": f"{code}: {each['detail']}"})
    return renamed(Problem(problem.status, {**problem.said, "errors": errors}), FIELDS)


async def activate(view: View) -> Shown | Goto:
    """Put it on sale."""
    return await _step(view, "activate")


async def deactivate(view: View) -> Shown | Goto:
    """Take it off sale."""
    return await _step(view, "deactivate")


async def draft(view: View) -> Shown | Goto:
    """Make it a draft again, while it was never bought."""
    return await _step(view, "draft")


async def _step(view: View, step: str) -> Shown | Goto:
    found = await opened(view)
    try:
        await view.api.post(f"{found.api}/{step}", key=view.key)
    except Problem as problem:
        return await shown(view, found, problem)
    return view.go(found.path, Flash(view.say(DONE[step], name=found.reward["name"])))


async def delete(view: View) -> Shown | Goto:
    """Delete the reward, once that was confirmed; what uses it is named."""
    found = await opened(view)
    problem, uses = None, list[dict[str, Any]]()
    if view.posts:
        try:
            await view.api.write("DELETE", found.api, key=view.key)
            text = view.say("%(name)s is deleted.", name=found.reward["name"])
            return view.go(f"/console/rewards?program={found.program['id']}", Flash(text))
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = refused
            uses = await _uses(view, found, refused)
    return view.show(
        "rewards/delete.html",
        status_of(problem),
        crumbs=(("/console/rewards", view.say("Rewards")), (found.path, found.reward["name"])),
        title=view.say("Delete %(name)s?", name=found.reward["name"]),
        text=view.say("Nobody can buy it any more. Purchases stay, and can still be refunded."),
        page="reward",
        path=found.path,
        uses=uses,
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
    )


async def _uses(view: View, found: Opened, problem: Problem) -> list[dict[str, Any]]:
    """The programs that offer the reward, with where that is ended."""
    named = []
    for each in problem.said.get("used_by", ()):
        program = await view.api.find(f"/v1/programs/{each}")
        name = each if program is None else program["name"]
        text = view.say("%(program)s offers it: end the offer first.", program=name)
        named.append({"id": each, "text": text, "path": f"{found.path}#stock"})
    return named
