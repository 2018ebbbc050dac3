"""A visit: its lines with what cards paid of each, payments, what it earned, what moved."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from stampbook.console.accounts.history import described
from stampbook.console.accounts.previewing import added
from stampbook.console.api import Json
from stampbook.console.members.opened import currencies_of, member_of, name_of
from stampbook.console.members.words import ATTENDANCE, PAYMENT_STATUSES, PAYMENT_TONES
from stampbook.console.results import Nothing, Shown
from stampbook.console.values import digest_of, number_of, short
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

KINDS: Final = ("redeem", "accrue")


class Card(NamedTuple):
    """An account that the visit has to do with, and what its amounts count."""

    id: str
    number: str | None
    currency: Json

    @property
    def unit(self) -> str:
        return str(self.currency["name"])


class Opened:
    """A visit with its member, program and cards by account."""

    def __init__(self, visit: Json, program: Json, member: Json | None) -> None:
        self.visit = visit
        self.program = program
        self.member = member
        self.id: str = visit["id"]
        self.path = f"/console/visits/{self.id}"
        self.cards: dict[str, Card] = {}

    @property
    def number(self) -> str:
        """The number of the visit as people say it: 12 of `vis_c`."""
        return str(number_of(self.id))

    @property
    def name(self) -> str | None:
        """The member's name."""
        return None if self.member is None else name_of(self.member)


async def opened(view: View, name: str) -> Opened:
    """The visit of that id, and the view in its program's zone. Raises Problem."""
    visit = await view.api.get(f"/v1/visits/{name}")
    program = await view.api.get(f"/v1/programs/{visit['program_id']}")
    view.in_zone(program)
    return Opened(visit, program, await member_of(view, visit["member_id"]))


async def visit(view: View) -> Shown:
    """The page."""
    return view.show("members/visit.html", **await _values(view))


async def visit_live(view: View) -> Shown | Nothing:
    """The same part of the page, if something has changed since."""
    values = await _values(view)
    if values["since"] == view.query.text("since"):
        return Nothing()
    return view.show("members/visit_part.html", **values)


async def _values(view: View) -> dict[str, Any]:
    found = await opened(view, view.path["vis"])
    moved = (await view.api.get(f"/v1/visits/{found.id}/transactions"))["data"]
    await find_cards(view, found, {row["account_id"] for row in moved})
    said = await described(view, moved)
    for each in said:
        each["card"] = found.cards[each["row"]["account_id"]]
    since = digest_of((found.visit, [(row["id"], row["status"]) for row in moved]))
    return {
        "found": found,
        "number": found.number,
        "lines": _lines(found),
        "paid": _paid(found, moved),
        "earned": _earned(found, moved),
        "moved": said,
        "waiting": await waiting(view, found.id),
        "attendance": view.say(ATTENDANCE[found.visit["attendance"]]),
        "payment": view.say(PAYMENT_STATUSES[found.visit["payment_status"]]),
        "tone": PAYMENT_TONES[found.visit["payment_status"]],
        "since": since,
        "seen": view.query.text("seen") or since,
    }


async def find_cards(view: View, found: Opened, accounts: set[str]) -> None:
    """Read the accounts that the visit names, and their currencies."""
    named = {each["account_id"] for each in found.visit["withdrawals"]} | accounts
    if not named:
        return
    currencies = await currencies_of(view, found.program["id"])
    for name in sorted(named):
        account = await view.api.get(f"/v1/accounts/{name}")
        currency = currencies[account["currency_id"]]
        found.cards[name] = Card(name, account["number"], currency)


def _lines(found: Opened) -> list[dict[str, Any]]:
    """The lines, each with what every card paid of it."""
    return [
        {
            "line": line,
            "quantity": short(line["quantity"]),
            "paid": [(found.cards[account], amount) for account, amount in _by_card(found, line)],
        }
        for line in found.visit["lines"]
    ]


def _by_card(found: Opened, line: Mapping[str, Any]) -> list[tuple[str, str]]:
    sums: dict[str, str] = {}
    for each in found.visit["withdrawals"]:
        if each["line_id"] == line["id"]:
            account = each["account_id"]
            sums[account] = added(sums.get(account, "0"), each["amount"])
    return list(sums.items())


def _paid(found: Opened, moved: list[Json]) -> list[dict[str, Any]]:
    """The cards that pay for the visit, and those that did: with nothing in force, `undo` is what
    takes the last cancels back."""
    sums = {name: "0.00" for name in found.cards if _has_paid(name, moved)}
    for each in found.visit["withdrawals"]:
        account = each["account_id"]
        sums[account] = added(sums.get(account, "0.00"), each["amount"])
    return [
        {"card": found.cards[name], "amount": amount, "in_force": Decimal(amount) > 0}
        for name, amount in sums.items()
    ]


def _has_paid(account: str, moved: list[Json]) -> bool:
    return any(row["account_id"] == account and row["type"] == "redeem" for row in moved)


def _earned(found: Opened, moved: list[Json]) -> list[dict[str, Any]]:
    """What the visit has given in each account that is in force."""
    sums: dict[str, str] = {}
    for row in moved:
        if row["type"] == "accrue" and row["status"] in ("in_force", "partly_cancelled"):
            sums[row["account_id"]] = added(sums.get(row["account_id"], "0"), row["amount"])
    return [{"card": found.cards[name], "amount": amount} for name, amount in sums.items()]
