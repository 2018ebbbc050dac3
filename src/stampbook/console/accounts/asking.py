"""What the forms of movements ask for, and what the native API is asked for in turn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, NamedTuple

from stampbook.console.accounts.account import Opened
from stampbook.console.accounts.lots_of import find_lots, names_of_lots
from stampbook.console.accounts.previewing import added, negated
from stampbook.console.api import Json, Problem
from stampbook.console.faults import NotFound
from stampbook.console.typed import BadInstant, amount_typed, day_typed
from stampbook.console.values import instant_of, is_zero, text_of
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

Done = Callable[[Json], tuple[str, str]]

MAX_MINUTES: Final = 10 * 366 * 1_440


class Asked(NamedTuple):
    """A write of the native API."""

    path: str
    body: Json


class Kind(NamedTuple):
    """A form: its words, its fields besides the reason, and what is said when it is done."""

    title: str
    lead: str
    confirm: str
    fields: tuple[str, ...]
    done: Done
    needs_reason: bool = False


def _given(row: Json) -> tuple[str, str]:
    return translatable("Done. %(amount)s is given."), translatable("Done. %(amount)s are given.")


def _taken(row: Json) -> tuple[str, str]:
    return translatable("Done. %(amount)s is taken."), translatable("Done. %(amount)s are taken.")


def _held(row: Json) -> tuple[str, str]:
    return (
        translatable("Done. %(amount)s is on hold."),
        translatable("Done. %(amount)s are on hold."),
    )


def _sent(row: Json) -> tuple[str, str]:
    return (
        translatable("Done. %(amount)s is transferred."),
        translatable("Done. %(amount)s are transferred."),
    )


def _returned(row: Json) -> tuple[str, str]:
    return (
        translatable("Done. %(amount)s is available again."),
        translatable("Done. %(amount)s are available again."),
    )


def _moved(row: Json) -> tuple[str, str]:
    return (
        translatable("Done. %(amount)s has another date."),
        translatable("Done. %(amount)s have another date."),
    )


def _adjusted(row: Json) -> tuple[str, str]:
    return _taken(row) if row["effect"].startswith("-") else _given(row)


ASKED: Final[dict[str, Kind]] = {
    "accrue": Kind(
        translatable("Give points"),
        translatable("New points arrive; they expire as the currency says, unless you say when."),
        translatable("Give them"),
        ("amount", "expires_at"),
        _given,
    ),
    "redeem": Kind(
        translatable("Take points"),
        translatable("The points that expire first pay first."),
        translatable("Take them"),
        ("amount",),
        _taken,
    ),
    "hold": Kind(
        translatable("Put points on hold"),
        translatable("Nobody can use them until you confirm or release the hold."),
        translatable("Put them on hold"),
        ("amount", "minutes"),
        _held,
    ),
    "adjust": Kind(
        translatable("Adjust the balance"),
        translatable("A correction by hand. The journal keeps who made it, and why."),
        translatable("Adjust it"),
        ("direction", "amount", "expires_at"),
        _adjusted,
        needs_reason=True,
    ),
    "transfer": Kind(
        translatable("Transfer points"),
        translatable("To another account of the program; the points keep their dates."),
        translatable("Transfer them"),
        ("to_account", "amount"),
        _sent,
    ),
    "reinstate": Kind(
        translatable("Reinstate expired points"),
        translatable("What has expired of this lot can be used again."),
        translatable("Reinstate them"),
        ("amount", "expires_at"),
        _returned,
        needs_reason=True,
    ),
    "change-date": Kind(
        translatable("Change the date"),
        translatable("The points that wait are cancelled and given anew, with the other date."),
        translatable("Change it"),
        ("activates_at",),
        _moved,
        needs_reason=True,
    ),
}


class Typed:
    """What was typed into a form, or what it has at first: `values` are texts by field."""

    def __init__(self, view: View, found: Opened, kind: str) -> None:
        self.view = view
        self.found = found
        self.kind = kind
        self.values: dict[str, str] = {}
        self.lot: Json | None = None
        self.lot_name = ""
        self.transaction: Json | None = None
        self.life_days: int | None = None
        names = (*ASKED[kind].fields, "reason", "lot", "transaction")
        for name in names:
            text = view.form.text(name) or view.query.text(name)
            if text or name in ASKED[kind].fields or name == "reason":
                self.values[name] = text

    async def look_up(self) -> None:
        """Find what the form is about, and the values that it has at first. Raises NotFound."""
        view, values = self.view, self.values
        is_new = not view.posts and "amount" not in view.query
        if self.kind == "adjust" and not values["direction"]:
            values["direction"] = "give"
        if self.kind == "hold" and is_new:
            values["minutes"] = "30"
        if self.kind == "reinstate":
            self._open(await self._find_lot(values.get("lot", "")), is_new=is_new)
        if self.kind == "change-date":
            name = values.get("transaction", "")
            row = await view.api.get(f"/v1/transactions/{name}") if name[:4] == "txn_" else None
            moved = [each for each in row["allocations"] if each["to"] == "pending"] if row else []
            if row is None or row["account_id"] != self.found.id or not moved:
                raise NotFound
            self.transaction = row
            self.lot = await self._find_lot(moved[0]["lot_id"])
            if is_new and not values["activates_at"] and self.lot["activates_at"]:
                at = instant_of(self.lot["activates_at"])
                values["activates_at"] = view.speech.local(at).date().isoformat()

    async def _find_lot(self, name: str) -> Json:
        prefix, _, number = name.partition("_")
        is_id = prefix == "lot" and number and all(each in "0123456789abcdef" for each in number)
        lots = await find_lots(self.view, self.found.id, [name]) if is_id else {}
        if name not in lots:
            raise NotFound
        self.lot_name = (await names_of_lots(self.view, self.found.id, lots.values()))[name]
        return lots[name]

    def _open(self, lot: Json, *, is_new: bool) -> None:
        """A form about an expired lot: all that has expired, for as long as the lot has lived."""
        self.lot = lot
        speech = self.view.speech
        if lot["expires_at"] is not None:
            begins = instant_of(lot["activates_at"] or lot["created_at"])
            last = speech.local(instant_of(lot["expires_at"]) - 1).date()
            self.life_days = max(0, (last - speech.local(begins).date()).days)
        if is_new:
            self.values["amount"] = speech.amount(lot["expired"])
            if self.life_days is not None:
                day = speech.local(self.view.now).date() + timedelta(days=self.life_days)
                self.values["expires_at"] = day.isoformat()


def asked_of(typed: Typed) -> Asked:
    """The write that was asked for. Raises Problem (422) for a field that cannot be read."""
    values, found, kind = typed.values, typed.found, typed.kind
    fault = _missing(typed)
    if fault is not None:
        raise fault
    reason = {"reason": values["reason"]} if values["reason"] else {}
    path = f"/v1/accounts/{found.id}/transactions"
    if kind == "change-date":
        return Asked("/v1/bulk", _other_date(typed))
    amount = amount_typed(values["amount"])
    if kind == "transfer":
        to = values["to_account"]
        body = {"from_account_id": found.id, "to_account_id": to, "amount": amount, **reason}
        return Asked("/v1/transfers", body)
    if kind == "hold":
        minutes = values["minutes"]
        if not (minutes.isascii() and minutes.isdigit() and 0 < int(minutes) <= MAX_MINUTES):
            raise refused(typed, "minutes", typed.view.say("A number of minutes, at least 1."))
        seconds = int(minutes) * 60
        return Asked(path, {"type": "hold", "amount": amount, "timeout_s": seconds, **reason})
    dates: Json = {}
    takes = kind == "redeem" or (kind == "adjust" and values["direction"] == "take")
    if not takes and values["expires_at"]:
        dates["expires_at"] = _day(typed, "expires_at", after=True)
    if kind in ("accrue", "redeem"):
        return Asked(path, {"type": kind, "amount": amount, **dates, **reason})
    if kind == "reinstate":
        dates["lot_id"] = values["lot"]
    if takes:
        amount = amount if amount.startswith("-") else f"-{amount}"
    return Asked(path, {"type": "adjust", "amount": amount, **dates, **reason})


def _missing(typed: Typed) -> Problem | None:
    """The first field that is needed and empty."""
    say = typed.view.say
    optional = {"expires_at"}
    for name in ASKED[typed.kind].fields:
        if name not in optional and not typed.values[name]:
            return refused(typed, name, say("This is needed."))
    if "amount" in typed.values and amount_typed(typed.values["amount"]).startswith("-"):
        return refused(typed, "amount", say("An amount above zero."))
    if ASKED[typed.kind].needs_reason and not typed.values["reason"]:
        return refused(typed, "reason", say("Say why: the journal keeps it."))
    return None


def refused(typed: Typed, name: str, text: str) -> Problem:
    """What is wrong with a field of the form."""
    return Problem.of_fields({name: text}, typed.view.say("Look at what is marked below."))


def _day(typed: Typed, name: str, *, after: bool) -> str:
    """The instant of a day that was typed: its first, or the first one after it."""
    try:
        return text_of(day_typed(typed.values[name], typed.view.speech.zone, after=after))
    except BadInstant:
        raise refused(typed, name, typed.view.say("This is no date.")) from None


def _other_date(typed: Typed) -> Json:
    """Cancel what waits, and give as much anew."""
    row, lot, values = typed.transaction, typed.lot, typed.values
    assert row is not None
    assert lot is not None
    if is_zero(lot["pending"]):
        text = typed.view.say("These points no longer wait.")
        raise Problem(409, {"code": "insufficient_points", "detail": text})
    left = added(row["amount"], negated(row.get("cancelled_amount", "0")))
    anew: dict[str, Any] = {
        "op": "accrue",
        "account_id": typed.found.id,
        "amount": left,
        "activates_at": _day(typed, "activates_at", after=False),
        "reason": values["reason"],
    }
    if lot["expires_at"] is not None:
        anew["expires_at"] = lot["expires_at"]
    gone = {"op": "cancel", "transaction_id": row["id"], "reason": values["reason"]}
    return {"atomic": True, "operations": [gone, anew]}


def texts_of(typed: Typed) -> list[tuple[str, str]]:
    """What was typed, for people to see on the preview."""
    say, speech, values = typed.view.say, typed.view.speech, typed.values
    found: list[tuple[str, str]] = []
    if typed.lot is not None:
        found.append((say("Points"), typed.lot_name))
    if values.get("to_account"):
        found.append((say("To account"), values["to_account"]))
    if values.get("minutes"):
        found.append((say("Minutes"), values["minutes"]))
    for name, text in (("activates_at", say("Usable from")), ("expires_at", say("Expires after"))):
        takes = values.get("direction") == "take"
        if values.get(name) and not takes:
            found.append((text, speech.date(day_typed(values[name], speech.zone))))
    if values["reason"]:
        found.append((say("Reason"), values["reason"]))
    return found
