"""A program with all that its rules can name, and the choice between programs."""

from typing import Any, Final, NamedTuple

from stampbook.console.api import Json
from stampbook.console.faults import NotFound
from stampbook.console.members.opened import currencies_of
from stampbook.console.values import number_of
from stampbook.console.view import View
from stampbook.visits.locations import Limit

MOST: Final = 200
"""The most that one request lists."""


class Shelf(NamedTuple):
    """A program, and its currencies, groups of tiers and benefits by id."""

    program: Json
    currencies: dict[str, Json]
    groups: dict[str, Json]
    benefits: dict[str, Json]

    @property
    def id(self) -> str:
        return str(self.program["id"])

    def unit(self, currency: str) -> str:
        """What the currency counts."""
        found = self.currencies.get(currency)
        return currency if found is None else str(found["name"])

    def tier(self, group: str, tier: str) -> str:
        """What the tier is called."""
        known = self.groups.get(group, {"tiers": []})["tiers"]
        return next((str(each["name"]) for each in known if each["id"] == tier), tier)

    def benefit(self, benefit: str) -> str:
        """What the benefit is called."""
        found = self.benefits.get(benefit)
        return benefit if found is None else str(found["name"])


def manages(view: View, program: str) -> bool:
    """Whether the person may change what belongs to the whole program: a manager, and not of some
    of its locations alone."""
    person = view.person
    if person is None or not view.can("manager"):
        return False
    return not person.limits or Limit(number_of(program)) in person.limits


async def shelf_of(view: View, program: str) -> Shelf:
    """The program of that id with what it has, and the view in its zone. Raises Problem."""
    found = await view.api.get(f"/v1/programs/{program}")
    view.in_zone(found)
    return Shelf(
        found,
        await currencies_of(view, program),
        await _listed(view, f"/v1/programs/{program}/tier_groups"),
        await _listed(view, f"/v1/programs/{program}/benefits"),
    )


async def _listed(view: View, path: str) -> dict[str, Json]:
    return {each["id"]: each for each in (await view.api.get(path, limit=MOST))["data"]}


async def programs_of(view: View) -> tuple[list[Json], str | None]:
    """The programs that the person may see, and the one that is chosen: that of the address, or
    the first. None: there is no program yet. Raises NotFound."""
    programs: list[Any] = (await view.api.get("/v1/programs", limit=MOST))["data"]
    chosen = view.query.text("program") or view.form.text("program")
    if not chosen:
        return programs, programs[0]["id"] if programs else None
    if all(each["id"] != chosen for each in programs):
        raise NotFound
    return programs, chosen
