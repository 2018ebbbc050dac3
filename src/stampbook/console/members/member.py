"""A member's page: who it is, what they have in each currency, and all that has happened."""

from typing import Any, Final

from stampbook.console.accounts.history import described
from stampbook.console.accounts.offering import offers
from stampbook.console.api import Json, Problem
from stampbook.console.members.merging import merges_of
from stampbook.console.members.opened import STATUSES, TONES, Opened, opened
from stampbook.console.members.words import ATTENDANCE, ORDER_STATUSES, ORDER_TONES
from stampbook.console.results import Goto, Nothing, Shown
from stampbook.console.rewards.purchases import of_member
from stampbook.console.values import digest_of
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

ROWS: Final = 50
MAX_ACCOUNTS: Final = 50
GROUPS: Final = 20


async def member(view: View) -> Shown | Goto:
    """The page; of who was merged, the page of the member who took over."""
    found = await opened(view, view.path["mbr"])
    into = found.member.get("merged_into")
    return await shown(view, found) if into is None else view.go(f"/console/members/{into}")


async def member_live(view: View) -> Shown | Nothing:
    """The same part of the page, if something has changed since. Who was merged meanwhile is shown
    as they are now."""
    found = await opened(view, view.path["mbr"])
    listed = await _listed(view, found)
    if _state(found, listed) == view.query.text("since"):
        return Nothing()
    return view.show("members/member_part.html", **await _values(view, found, listed))


async def shown(view: View, found: Opened, problem: Problem | None = None) -> Shown:
    """The page; with `problem` the account that was to be opened was refused like this."""
    values = await _values(view, found, await _listed(view, found))
    status = 200 if problem is None else 422
    return view.show("members/member.html", status, **{**values, "problem": problem})


async def _values(view: View, found: Opened, listed: Json) -> dict[str, Any]:
    accounts = await _accounts(view, found)
    held = {each["account"]["currency_id"] for each in accounts if each["account"]["primary"]}
    choices = [(each["id"], each["name"]) for each in found.currencies.values()]
    since = _state(found, listed)
    return {
        "found": found,
        "status": view.say(STATUSES[found.member["status"]]),
        "tone": TONES[found.member["status"]],
        "accounts": accounts,
        "tiers": await _tiers(view, found),
        "bought": await of_member(view, found),
        "waiting": await waiting(view, found.id, *(each["account"]["id"] for each in accounts)),
        "merges": await merges_of(view, found),
        "timeline": await _timeline(view, listed, accounts),
        "others": [each for each in choices if each[0] not in held],
        "choices": choices,
        "problem": None,
        "since": since,
        "seen": view.query.text("seen") or since,
    }


async def _listed(view: View, found: Opened) -> Json:
    """The part of the timeline that the address asks for."""
    cursor = view.query.maybe("cursor")
    return await view.api.get(f"/v1/members/{found.id}/timeline", limit=ROWS, cursor=cursor)


def _state(found: Opened, listed: Json) -> str:
    """What the page shows, in a word. Whatever moves points is the newest of the timeline."""
    return digest_of((found.member, listed["data"]))


async def _accounts(view: View, found: Opened) -> list[dict[str, Any]]:
    listed = await view.api.get(f"/v1/members/{found.id}/accounts", limit=MAX_ACCOUNTS)
    return [
        {
            "account": each,
            "currency": found.currencies[each["currency_id"]],
            "balance": await view.api.get(f"/v1/accounts/{each['id']}/balance"),
        }
        for each in listed["data"]
        if each["currency_id"] in found.currencies
    ]


async def _tiers(view: View, found: Opened) -> list[dict[str, Any]]:
    """The member's standings, each with the names of the tiers and how far it is to the next."""
    standings = (await view.api.get(f"/v1/members/{found.id}/tiers", limit=GROUPS))["data"]
    made = []
    for each in standings:
        group = await view.api.get(f"/v1/tier_groups/{each['id']}")
        names = {tier["id"]: tier["name"] for tier in group["tiers"]}
        step = each["next"]
        made.append(
            {
                "group": group["name"],
                "path": f"/console/tiers/{group['id']}",
                "tier": names.get(each["tier_id"]),
                "points": each["points"],
                "ends_at": each["ends_at"],
                "next": None if step is None else names.get(step["tier_id"]),
                "missing": None if step is None else step["missing"],
                "until": None if step is None else step["until"],
                "share": None if step is None else _share(each["points"], step["missing"]),
            }
        )
    return made


def _share(points: str, missing: str) -> int:
    """How much of the way to the next tier is done, in percent."""
    done, left = float(points), float(missing)
    return max(0, min(100, round(100 * done / (done + left)))) if done + left > 0 else 0


async def _timeline(view: View, page: Json, accounts: list[dict[str, Any]]) -> dict[str, Any]:
    rows = [each["transaction"] for each in page["data"] if each["kind"] == "transaction"]
    offered = await offers(view, rows)
    said = {
        each["row"]["id"]: {**each, "offer": offered.get(each["row"]["id"])}
        for each in await described(view, rows)
    }
    units = {each["account"]["id"]: each["currency"]["name"] for each in accounts}
    return {
        "entries": [_entry(view, each, said, units) for each in page["data"]],
        "more": view.with_query(cursor=page["next_cursor"]) if page["next_cursor"] else None,
        "is_first": not view.query.text("cursor"),
    }


def _entry(
    view: View, entry: Json, said: dict[str, dict[str, Any]], units: dict[str, str]
) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": entry["kind"], "id": entry["id"], "at": entry["at"]}
    match entry["kind"]:
        case "transaction":
            described_row = said[entry["id"]]
            made |= {"said": described_row, "row": described_row["row"]}
            made["unit"] = units.get(entry["transaction"]["account_id"], "")
        case "visit":
            visit = entry["visit"]
            made |= {"visit": visit, "attendance": view.say(ATTENDANCE[visit["attendance"]])}
        case _:
            order = entry["order"]
            made |= {
                "order": order,
                "status": view.say(ORDER_STATUSES[order["status"]]),
                "tone": ORDER_TONES[order["status"]],
            }
    return made
