"""Approvals as pages show them, and those that wait for what a page is about."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.console.api import Json
from stampbook.console.values import number_of
from stampbook.console.view import View
from stampbook.console.watch.wishes import Wish, Wishes
from stampbook.explaining.names import Wanted, names_of
from stampbook.speaking.speech import translatable

MOST: Final = 10
"""How many of those that wait a page names."""

STATUSES: Final = {
    "pending": translatable("Waiting"),
    "done": translatable("Done"),
    "failed": translatable("Failed"),
    "rejected": translatable("Rejected"),
    "withdrawn": translatable("Withdrawn"),
    "expired": translatable("Nobody decided in time"),
}
"""What has become of an approval, by the native API's words."""

TONES: Final = {"pending": "warn", "done": "good", "failed": "bad", "rejected": "bad"}
"""The colour of a status; grey for the others."""


class Shape(NamedTuple):
    """An approval as pages show it."""

    approval: Json
    wish: Wish
    who: str
    status: str
    tone: str


async def shaped(view: View, rows: Sequence[Json]) -> list[Shape]:
    """Approvals with their words and the names of who asked."""
    wishes, names = (
        Wishes(view),
        await names_of_people(view, [each["requested_by"] for each in rows]),
    )
    return [
        Shape(
            each,
            await wishes.of(each["request"]),
            names[each["requested_by"]],
            view.say(STATUSES[each["status"]]),
            TONES.get(each["status"], ""),
        )
        for each in rows
    ]


async def names_of_people(view: View, users: Sequence[str]) -> dict[str, str]:
    """What the people are called; for want of a name, their ids."""
    wanted = Wanted(users={number_of(each) for each in users})
    found = (await names_of(view.context.store, wanted, tenant=view.tenant)).users
    known = {each: found.get(number_of(each)) for each in users}
    return {name: name if person is None else person.name for name, person in known.items()}


async def waiting(view: View, *names: str) -> list[Shape]:
    """What was asked for of these things (ids), and waits for a second person."""
    found = await view.api.get("/v1/approvals", status="pending", about=",".join(names), limit=MOST)
    return await shaped(view, found["data"])
