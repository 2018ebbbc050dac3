"""The first page: the search, and what there is to do."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from stampbook.console.accounts.history import described
from stampbook.console.front.guide import Card, Guide, guide_of
from stampbook.console.front.signing import login_page
from stampbook.console.paths import cancel_path
from stampbook.console.results import Nothing, Shown
from stampbook.console.view import View
from stampbook.console.watch.checks import in_words
from stampbook.console.watch.shaping import Shape, shaped
from stampbook.console.webhooks.stopped import stopped
from stampbook.edge.checking import checked
from stampbook.edge.credentials.people import SignedIn
from stampbook.ledger.journal.of_people import newest_of
from stampbook.speaking.speech import Speech

RECENT: Final = 10
FIRST: Final = 3
COUNTED: Final = 50
"""How many approvals that wait are shown, and how far they are counted."""


async def home(view: View) -> Shown:
    """The first page; for somebody who has not signed in, the page to do so."""
    if view.signed_in is None:
        return await login_page(view, "/console")
    await view.in_common_zone()
    view.stopped = await stopped(view)
    guide = guide_of(view.context)
    if guide is not None:
        cards = await _cards(view, guide)
        return view.show("front/home.html", cards=cards, since=_states(cards))
    return view.show(
        "front/home.html",
        cards=[],
        recent=await _recent(view, view.signed_in),
        waiting=await _waiting(view, view.signed_in),
        checks=in_words(view.speech, await checked(view.context)),
    )


async def _recent(view: View, who: SignedIn) -> list[dict[str, Any]]:
    """What the person did last, newest first."""
    user, tenant = who.person.user, who.caller.tenant
    numbers = await newest_of(view.context.store, user.user_id, tenant=tenant, limit=RECENT)
    rows = [await view.api.find(f"/v1/transactions/txn_{number:x}") for number in numbers]
    return await described(view, [row for row in rows if row is not None])


class Waiting(NamedTuple):
    """What others have asked for: how many of them wait, as text, and the newest."""

    many: str
    first: Sequence[Shape]


async def _waiting(view: View, who: SignedIn) -> Waiting | None:
    """What the person may decide, or who may not decide can see; None if nothing waits."""
    page = await view.api.get("/v1/approvals", status="pending", limit=COUNTED)
    own = f"usr_{who.person.user.user_id:x}"
    decides = view.can("manager")
    others = [each for each in page["data"] if not decides or each["requested_by"] != own]
    if not others:
        return None
    more = "+" if page["next_cursor"] else ""
    return Waiting(f"{len(others)}{more}", await shaped(view, others[:FIRST]))


async def guide_live(view: View) -> Shown | Nothing:
    """The demo's cards, if one of them has another state than the page shows."""
    guide = guide_of(view.context)
    cards = [] if guide is None else await _cards(view, guide)
    since = _states(cards)
    if since == view.query.text("since"):
        return Nothing()
    return view.show("front/guide.html", cards=cards, since=since)


def _states(cards: list[dict[str, object]]) -> str:
    """The states of the cards in one word, for an open page to say what it shows."""
    return "".join("c" if each["cancelled"] else "o" for each in cards)


async def _cards(view: View, guide: Guide) -> list[dict[str, object]]:
    """Those of the programs that the person sees."""
    found = [await _card(view, each) for each in guide.cards]
    return [each for each in found if each is not None]


async def _card(view: View, card: Card) -> dict[str, object] | None:
    """The card, whether its points were given back, and where that can be undone."""
    rows = []
    for name in card.transactions:
        row = await view.api.find(f"/v1/transactions/{name}")
        if row is None:
            return None
        rows.append(row)
    cancelled = all(row["status"] == "cancelled" for row in rows)
    undo = cancel_path([row["cancelled_by"] for row in rows]) if cancelled else None
    day = None
    if card.usable_on is not None:
        at, zone = card.usable_on
        day = Speech(view.speech.language, ZoneInfo(zone)).date(at, year=False, long=True)
    return {"card": card, "cancelled": cancelled, "undo": undo, "day": day}
