"""Lots of an account by their ids, and how one is named in a table."""

from collections.abc import Iterable

from stampbook.console.api import Json
from stampbook.console.values import instant_of
from stampbook.console.view import View


async def find_lots(view: View, account: str, wanted: Iterable[str]) -> dict[str, Json]:
    """The account's lots of these ids, as they are now; one that does not exist yet is left out."""
    found: dict[str, Json] = {}
    for lot in dict.fromkeys(wanted):
        following = f"lot_{int(lot.removeprefix('lot_'), 16) + 1:x}"
        page = await view.api.get(f"/v1/accounts/{account}/lots", cursor=following, limit=1)
        found.update({each["id"]: each for each in page["data"] if each["id"] == lot})
    return found


def name_of(view: View, lot: Json) -> str:
    """What people call the lot: how much it was, and when it came."""
    return view.say(
        "%(amount)s of %(day)s",
        amount=view.speech.amount(lot["issued"]),
        day=view.speech.day(instant_of(lot["created_at"]), view.now),
    )
