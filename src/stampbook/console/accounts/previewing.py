"""What an act would do, from its dry run: the values of the template `accounts/preview.html`.

    rows = [reply.value for reply in dry_runs]          # transactions as a dry run answers them
    ask = Ask(title=…, head=…, action="/console/…", confirm=view.say("Cancel"), back="/console/…")
    return view.show("accounts/preview.html", status, **await preview_of(view, rows, ask))

The form that is shown is sent to `ask.action` by POST. Its hidden fields `seq` say what the preview
rested on: the handler passes `expected_of(view)` on with the write, which then does nothing if an
account has moved since (a Problem with the code `account_moved`), be it by the clock: what that
writes changes figures of the preview. Then show the preview of now,
with the status 409 and `Ask.stale`. `part=figures` in the query asks for the part that follows the
amount: `shown(view, values)` picks the template.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from stampbook.console.accounts.lots_of import find_lots, names_of_lots
from stampbook.console.api import Json, Problem
from stampbook.console.pictures.moving import preview_of as moving_of
from stampbook.console.pictures.preview import preview_picture
from stampbook.console.pictures.shapes import Picture
from stampbook.console.rendering import unit_of
from stampbook.console.results import Shown
from stampbook.console.values import is_zero
from stampbook.console.view import View

STALE: Final = "account_moved"
"""The code of the refusal when an account has moved since its preview."""

FIGURES: Final = ("active", "pending", "held", "deficit")


class Link(NamedTuple):
    """Something else that the act touches; `note` says what becomes of it."""

    text: str
    path: str = ""
    note: str = ""


@dataclass(frozen=True)
class Amount:
    """How much: what the field shows, at least and at most."""

    value: str
    most: str
    least: str


@dataclass(frozen=True)
class Ask:
    """What a preview says beside its figures.

    `title` is the page's heading, `head` the sentences of what would happen, `confirm` the word on
    the button, `policy` the currency's rule that decides in a sentence. `hidden` are fields that
    the form carries on. `asks_reason`: there is a field for the reason; `reasons` are
    suggestions, `reason` is what it has at first.
    `stale`: something has happened since the person looked. `problem`: it was refused like this.
    `done`: there is nothing to do, so the form is left out. `danger`: it takes something away.
    `waiting`: what waits for approval already (watch/shaping.py).
    `typed`: fields that the page shows as facts, as pairs of name and text.
    """

    title: str
    head: str
    action: str
    confirm: str
    back: str
    policy: str = ""
    also: Sequence[Link] = ()
    amount: Amount | None = None
    reasons: Sequence[str] = ()
    reason: str = ""
    asks_reason: bool = True
    needs_reason: bool = True
    hidden: Mapping[str, str] = field(default_factory=dict)
    typed: Sequence[tuple[str, str]] = ()
    stale: bool = False
    problem: Problem | None = None
    refusal: str = ""
    done: bool = False
    danger: bool = False
    needs_approval: bool = False
    look: Link | None = None
    waiting: Sequence[Any] = ()


class Change(NamedTuple):
    """An amount that changes its state, or its lot: one row of the table."""

    lot: str | None
    name: str
    amount: str
    source: str
    target: str
    expires_at: str | None
    at_once: bool


@dataclass(frozen=True)
class Card:
    """One account of the preview: its figures before and after, and what moves in it.

    `lots` are the lots that the act touches as they are now, by id, for the picture.
    """

    account: str
    name: str
    unit: str
    seq: int
    picture: Picture | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    effect: str
    changes: Sequence[Change]
    unnamed: int
    untouched: int
    shortfall: str
    lots: Mapping[str, Json]


def expected_of(view: View) -> dict[str, int]:
    """The last row of each account on which the preview rested, as its form says."""
    found: dict[str, int] = {}
    for text in view.form.all("seq"):
        account, _, seq = text.partition("=")
        if account and seq.isascii() and seq.isdigit():
            found[account] = int(seq)
    return found


async def preview_of(view: View, rows: Sequence[Json], ask: Ask) -> dict[str, Any]:
    """The values of the template, from the transactions of one dry run, in their order."""
    cards = await _cards(view, rows, await _holds(view, rows))
    return {"ask": ask, "cards": cards}


async def _holds(view: View, rows: Sequence[Json]) -> dict[str, str]:
    """By how much an account's points on hold change (signed), where a row begins or ends a hold;
    any other leaves them as they are."""
    found: dict[str, str] = {}
    for row in rows:
        original, cancels = await original_of(view, row)
        if original["type"] != "hold" or original.get("committed_by"):
            continue
        if cancels:
            change = negated(row["amount"]) if cancels % 2 else row["amount"]
        elif original is row:
            change = row["amount"]
        else:
            change = negated(added(original["amount"], negated(original["cancelled_amount"])))
        account = row["account_id"]
        found[account] = added(found.get(account, "0"), change)
    return found


async def original_of(view: View, row: Json) -> tuple[Json, int]:
    """The original of a row, and how many cancels lead from it to the row."""
    cancels = 0
    while True:
        target = row["cancels"] or row.get("commits") or row.get("releases")
        if target is None:
            return row, cancels
        cancels += row["cancels"] is not None
        row = await view.api.get(f"/v1/transactions/{target}")


def shown(view: View, values: Mapping[str, Any], status: int = 200) -> Shown:
    """The whole page, the preview in front of another page, or the part that follows the amount."""
    template = "accounts/preview.html"
    if view.is_fragment:
        is_part = view.query.text("part") == "figures"
        template = "accounts/preview_figures.html" if is_part else "accounts/preview_front.html"
    return Shown(template, values, status)


async def _cards(view: View, rows: Sequence[Json], holds: Mapping[str, str]) -> list[Card]:
    accounts = list(dict.fromkeys(row["account_id"] for row in rows))
    return [
        await _card(view, name, [row for row in rows if row["account_id"] == name], holds)
        for name in accounts
    ]


async def _card(view: View, account: str, rows: Sequence[Json], holds: Mapping[str, str]) -> Card:
    known = await view.api.get(f"/v1/accounts/{account}")
    currency = await view.api.get(f"/v1/currencies/{known['currency_id']}")
    balance = await view.api.get(f"/v1/accounts/{account}/balance")
    before = {name: balance[name] for name in FIGURES}
    before["active"] = rows[0]["balance_before"]
    moved = [each for row in rows for each in row["allocations"]]
    after = {
        "active": rows[-1]["balance_after"],
        "pending": _moved(before["pending"], moved, "pending"),
        "held": added(before["held"], holds.get(account, "0")),
        "deficit": _moved(before["deficit"], moved, "owed"),
    }
    lots = await find_lots(view, account, (each["lot_id"] for each in moved if each["lot_id"]))
    names = await names_of_lots(view, account, lots.values())
    changes = [_change(view, row, each, names) for row in rows for each in row["allocations"]]
    open_lots = await view.api.get(f"/v1/accounts/{account}/lots", limit=200)
    touched = {each["lot_id"] for each in moved}
    untouched = sum(
        each["id"] not in touched
        and not all(is_zero(each[state]) for state in ("pending", "available", "held"))
        for each in open_lots["data"]
    )
    return Card(
        account=account,
        name=currency["name"],
        unit=unit_of(currency),
        seq=min(row["seq"] for row in rows) - 1,
        picture=_picture(view, rows, lots, balance, currency, names),
        before=before,
        after=after,
        effect=added(after["active"], negated(before["active"])),
        changes=changes,
        unnamed=sum(row.get("more_allocations", 0) for row in rows),
        untouched=untouched,
        shortfall=added(*(row["shortfall"] for row in rows)),
        lots=lots,
    )


def _picture(
    view: View,
    rows: Sequence[Json],
    lots: Mapping[str, Json],
    balance: Json,
    currency: Json,
    names: Mapping[str, str],
) -> Picture | None:
    """What moves, drawn; None if the lots are no longer those of the dry run."""
    moved: dict[tuple[str | None, str, str], Json] = {}
    for row in rows:
        for each in row["allocations"]:
            way = each["lot_id"], each["from"], each["to"]
            amount = added(each["amount"], moved[way]["amount"]) if way in moved else each["amount"]
            moved[way] = {**each, "amount": amount}
    whole = {
        "allocations": list(moved.values()),
        "balance_before": rows[0]["balance_before"],
        "balance_after": rows[-1]["balance_after"],
    }
    try:
        moving = moving_of(
            whole, list(lots.values()), balance, scale=currency["scale"], names=names
        )
    except ValueError:
        return None
    figure = f"preview-{rows[0]['account_id']}"
    return preview_picture(moving, view.speech, figure=figure, name=currency["name"])


def _change(view: View, row: Json, moved: Json, names: Mapping[str, str]) -> Change:
    lot, source, target = moved["lot_id"], moved["from"], moved["to"]
    name = view.say("debt") if lot is None else names.get(lot) or view.say("new points")
    at_once = (source, target) == ("available", "expired") and row["type"] != "expire"
    return Change(lot, name, moved["amount"], source, target, moved["expires_at"], at_once)


def _moved(before: str, moved: Sequence[Json], state: str) -> str:
    gained = [each["amount"] for each in moved if each["to"] == state]
    lost = [negated(each["amount"]) for each in moved if each["from"] == state]
    return added(before, *gained, *lost)


def added(*amounts: str) -> str:
    """The sum of decimals, with the digits that they have."""
    return written(sum((Decimal(each) for each in amounts), Decimal(0)))


def negated(amount: str) -> str:
    return written(-Decimal(amount))


def is_one(amount: str) -> bool:
    """Whether an English sentence about the amount has the singular. Other languages say both
    sentences without a verb that would have to agree."""
    return Decimal(amount) == 1


def smallest(scale: int) -> str:
    """The smallest amount of a currency whose amounts have `scale` decimals."""
    return f"{Decimal(1).scaleb(-scale):f}"


def written(amount: Decimal) -> str:
    """A decimal as the native API writes it."""
    return f"{amount:f}" if amount else f"{abs(amount):f}"
