"""The programs, locations and currencies that people and keys can be bound to."""

from typing import Any, Final, NamedTuple

from stampbook.console.api import Json
from stampbook.console.people.words import invalid
from stampbook.console.typed import amount_typed
from stampbook.console.view import View

PAGE: Final = 200


class Offered(NamedTuple):
    """What there is to choose: programs, locations by their program, currencies as options."""

    programs: list[Json]
    locations: dict[str, list[Json]]
    currencies: list[tuple[str, str]]


async def every(view: View, path: str) -> list[Json]:
    """All entries of a list of the native API."""
    found: list[Json] = []
    cursor = None
    while True:
        page = await view.api.get(path, limit=PAGE, cursor=cursor)
        found += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def offered(view: View) -> Offered:
    programs = await every(view, "/v1/programs")
    locations: dict[str, list[Json]] = {}
    for each in await every(view, "/v1/locations"):
        locations.setdefault(each["program_id"], []).append(each)
    currencies = [("", "–")]
    for program in programs:
        for each in await every(view, f"/v1/programs/{program['id']}/currencies"):
            currencies.append((each["id"], f"{each['name']} ({program['name']})"))
    return Offered(programs, locations, currencies)


def limit_rows(view: View, user: Json | None) -> list[dict[str, str]]:
    """The rows of limits as they were typed, or as they are; and one to add another."""
    names = ("currency_id", "per_transaction", "per_day")
    if "currency_id" in view.form:
        typed = zip(*(view.form.every(name) for name in names), strict=False)
        rows = [dict(zip(names, each, strict=True)) for each in typed if any(each)]
    else:
        limits = [] if user is None else user["limits"]
        rows = [{name: each[name] or "" for name in names} for each in limits]
    return [*rows, dict.fromkeys(names, "")]


def limits_typed(view: View) -> list[dict[str, Any]]:
    """The limits of the form; a row without amounts is none. Raises Problem."""
    found = []
    for row in limit_rows(view, None):
        amounts = {name: amount_typed(row[name]) or None for name in ("per_transaction", "per_day")}
        if not any(amounts.values()):
            continue
        if not row["currency_id"]:
            raise invalid(view, "currency_id")
        found.append({"currency_id": row["currency_id"], **amounts})
    return found
