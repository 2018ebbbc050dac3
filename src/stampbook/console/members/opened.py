"""A member with their program and what its currencies are called, as their pages need them."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

CURRENCIES: Final = 200

STATUSES: Final = {
    "active": translatable("Active"),
    "inactive": translatable("Inactive"),
    "deleted": translatable("Deleted"),
    "merged": translatable("Merged"),
    "erased": translatable("Erased"),
}

TONES: Final = {"active": "good", "inactive": "warn", "deleted": "", "merged": "", "erased": ""}


class Opened:
    """A member, their program, and its currencies by id."""

    def __init__(self, member: Json, program: Json, currencies: dict[str, Json]) -> None:
        self.member = member
        self.program = program
        self.currencies = currencies
        self.id: str = member["id"]
        self.path = f"/console/members/{self.id}"
        self.name: str = name_of(member)


def name_of(member: Json) -> str:
    """What a member is called: by name or, for want of one, by what else is known."""
    known = (member[field] for field in ("name", "email", "phone", "external_id", "id"))
    return next(str(each) for each in known if each)


async def opened(view: View, name: str) -> Opened:
    """The member of that id, and the view in the program's zone. Raises Problem."""
    member = await view.api.get(f"/v1/members/{name}")
    program = await view.api.get(f"/v1/programs/{member['program_id']}")
    view.in_zone(program)
    return Opened(member, program, await currencies_of(view, program["id"]))


def refused(problem: Problem) -> Problem:
    """The refusal, if the form can be shown again with it. Raises it otherwise."""
    if problem.status not in (409, 422):
        raise problem
    return problem


async def currencies_of(view: View, program: str) -> dict[str, Json]:
    """A program's currencies by id."""
    listed = await view.api.get(f"/v1/programs/{program}/currencies", limit=CURRENCIES)
    return {each["id"]: each for each in listed["data"]}


async def member_of(view: View, name: str | None) -> Any:
    """The member of that id, for pages that name them; None for one who was removed."""
    return None if name is None else await view.api.find(f"/v1/members/{name}")
