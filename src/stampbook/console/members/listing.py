"""A program's members, the newest first: all of them, or those of a status."""

from typing import Final

from stampbook.console.api import Json
from stampbook.console.members.opened import STATUSES, TONES, name_of
from stampbook.console.results import Shown
from stampbook.console.rewards.programs import chosen
from stampbook.console.view import View

ROWS: Final = 50

FILTERED: Final = ("active", "inactive")
"""What the list can be filtered by. Who was merged, removed or erased is not in it."""


async def members(view: View) -> Shown:
    """The list. What is looked for in it is found by the search."""
    programs, program = await chosen(view)
    status = view.query.text("status")
    page: Json = {"data": [], "next_cursor": None}
    if program is not None:
        page = await view.api.get(
            f"/v1/programs/{program['id']}/members",
            order="desc",
            limit=ROWS,
            status=status if status in FILTERED else None,
            cursor=view.query.maybe("cursor"),
        )
    more = page["next_cursor"]
    return view.show(
        "members/members.html",
        programs=programs,
        program=program,
        statuses=[(each, view.say(STATUSES[each])) for each in FILTERED],
        is_filtered=status in FILTERED,
        rows=[
            {
                "member": each,
                "name": name_of(each),
                "status": view.say(STATUSES[each["status"]]),
                "tone": TONES[each["status"]],
            }
            for each in page["data"]
        ],
        more=view.with_query(cursor=more, program=program["id"]) if program and more else None,
    )
