"""An account: what is on it, why, what happened, and the picture of its lots."""

from typing import Any, Final

from stampbook.console.accounts.history import TYPES, history_of
from stampbook.console.accounts.lots_of import names_of_lots
from stampbook.console.api import Json
from stampbook.console.pictures.history import AHEAD_US, LANES, Range, lots_history
from stampbook.console.pictures.lots import lots_picture
from stampbook.console.pictures.values import MOST_LANES, STATES, LotLife, is_dated, lot_id
from stampbook.console.results import Nothing, Shown
from stampbook.console.typed import BadInstant, instant_typed
from stampbook.console.values import instant_of, number_of, text_of
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting
from stampbook.domain.balance import Balance
from stampbook.explaining.explanation import explain
from stampbook.explaining.parts import PartKind
from stampbook.ledger.reading import Foreseen

RANGES: Final = ("", *(each.value for each in Range if each is not Range.DEFAULT))


SECONDS: Final = len("2026-11-28T12:00:00")
"""How much of an instant a field for one shows."""


class Opened:
    """An account with what it belongs to, as every page about it needs them."""

    def __init__(self, account: Json, currency: Json, program: Json, member: Json) -> None:
        self.account = account
        self.currency = currency
        self.program = program
        self.member = member
        self.id: str = account["id"]
        self.number = number_of(self.id)
        self.unit: str = currency["name"]

    @property
    def is_open(self) -> bool:
        return bool(self.account["status"] == "open")

    def is_running(self, now: int) -> bool:
        """Whether the program moves points at the instant, apart from cancels."""
        begins, ends = self.program["starts_at"], self.program["ends_at"]
        return (
            self.program["status"] == "active"
            and (begins is None or instant_of(begins) <= now)
            and (ends is None or now < instant_of(ends))
        )


async def opened(view: View, name: str) -> Opened:
    """The account of that id, and the view in its program's zone. Raises Problem."""
    account = await view.api.get(f"/v1/accounts/{name}")
    currency = await view.api.get(f"/v1/currencies/{account['currency_id']}")
    program = await view.api.get(f"/v1/programs/{account['program_id']}")
    member = await view.api.get(f"/v1/members/{account['member_id']}")
    view.in_zone(program)
    return Opened(account, currency, program, member)


async def account(view: View) -> Shown:
    """The page, now or as of an instant in the past or future."""
    found = await opened(view, view.path["acc"])
    status, as_of, asked = 200, None, view.query.text("as_of")
    wrong = None
    if asked:
        try:
            as_of = instant_typed(asked, view.speech.zone)
        except BadInstant:
            status, wrong = 422, asked
    values = await _values(view, found, as_of)
    then = "" if as_of is None else view.speech.local(as_of).replace(tzinfo=None).isoformat()
    return view.show("accounts/account.html", status, **values, wrong=wrong, then=then[:SECONDS])


async def account_live(view: View) -> Shown | Nothing:
    """The same part of the page, if a movement came after `since`; `seen` is the last movement
    that was there when the page was opened."""
    newest = await view.api.get(f"/v1/accounts/{view.path['acc']}/transactions", limit=1)
    if str(_seq(newest)) == view.query.text("since"):
        return Nothing()
    found = await opened(view, view.path["acc"])
    return view.show("accounts/account_part.html", **await _values(view, found, None))


async def _values(view: View, found: Opened, as_of: int | None) -> dict[str, Any]:
    history = await history_of(view, found, as_of)
    # Read once for the figures, the sentences and the picture, which so agree with each other.
    foreseen = await view.context.ledger.foresee(
        found.number, tenant=view.tenant, at=as_of, ahead_us=AHEAD_US
    )
    assert foreseen is not None, "accounts stay"
    explanation = await explain(
        view.context.ledger,
        found.number,
        tenant=view.tenant,
        at=as_of,
        language=view.speech.language,
        most=LANES,
        book=foreseen.now,
    )
    assert explanation is not None
    at = None if as_of is None else text_of(as_of)
    picture, lots = await _picture(view, found, as_of, foreseen)
    parts = [
        {"kind": each.kind.value, "amount": view.plain(each.amount, found.currency), "each": each}
        for each in explanation.parts
    ]
    seen = view.query.text("seen")
    return {
        "waiting": await waiting(view, found.id) if as_of is None else [],
        "found": found,
        "is_running": found.is_running(view.now),
        "balance": _balance(view, found, explanation.balance),
        "as_of": at,
        "parts": parts,
        "pending_parts": [
            {"amount": view.plain(each.amount, found.currency), "each": each}
            for each in explanation.parts
            if each.kind is PartKind.PENDING and each.lot is not None
        ],
        "total": explanation.total,
        "picture": picture,
        "lots": lots,
        "ranges": RANGES,
        "history": history,
        "kinds": [(kind, view.say(text)) for kind, text in TYPES.items()],
        "seq": history.seq,
        "seen": seen if seen.isdigit() else str(history.seq),
    }


def _balance(view: View, found: Opened, balance: Balance) -> dict[str, Any]:
    """The figures that the explanation explains, as the native API writes them. They come from the
    same look at the account: a long one takes a while to read."""
    names = ("active", "pending", "held", "total", "deficit")
    figures = {name: view.plain(getattr(balance, name), found.currency) for name in names}
    following = balance.next_expiration
    expiring = following and {
        "at": text_of(following.at),
        "amount": view.plain(following.amount, found.currency),
    }
    return {**figures, "next_expiration": expiring}


async def _picture(
    view: View, found: Opened, as_of: int | None, foreseen: Foreseen
) -> tuple[Any, Any]:
    """The picture of the lots, and the same lots for the table below it."""
    asked = view.query.text("range")
    shows_all = view.query.text("lots") == "all"
    history = await lots_history(
        view.context.ledger,
        view.context.store,
        found.number,
        tenant=view.tenant,
        at=as_of,
        range_=Range(asked) if asked in RANGES else Range.DEFAULT,
        lanes=MOST_LANES if shows_all else LANES,
        foreseen=foreseen,
    )
    assert history is not None
    path = f"/console/accounts/{found.id}"
    show_all = None if shows_all else view.at(path, lots="all")
    picture = lots_picture(history, view.speech, name=found.unit, show_all=show_all)
    lots = [lot_values(view, found, life, history.at) for life in history.lots]
    names = await names_of_lots(view, found.id, lots)
    return picture, [{**each, "name": names[each["id"]]} for each in lots]


def lot_values(view: View, found: Opened, life: LotLife, at: int) -> dict[str, Any]:
    """A lot as the table shows it: its states add up to what was issued."""
    split = life.at(at)
    states = {state: view.plain(getattr(split, state), found.currency) for state in STATES}
    return {
        "id": lot_id(life.number),
        "created_at": text_of(life.created_at),
        "issued": view.plain(life.issued, found.currency),
        "expires_at": text_of(life.expires_at) if is_dated(life.expires_at) else None,
        "can_reinstate": split.expired > 0,
        **states,
    }


def _seq(page: Json) -> int:
    rows = page["data"]
    return int(rows[0]["seq"]) if rows else 0
