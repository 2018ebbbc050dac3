"""The four reports: each a form, a chart, and a table whose figures lead to what they count."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from stampbook.console.api import Json
from stampbook.console.pictures.columns import Bucket, columns_picture
from stampbook.console.reports.asked import RESOLUTIONS, Asked, asked
from stampbook.console.results import Shown
from stampbook.console.typed import day_typed
from stampbook.console.values import instant_of, is_zero, text_of
from stampbook.console.view import View
from stampbook.domain.model import MICROSECONDS
from stampbook.speaking.speech import translatable

TITLES: Final = {
    "liability": translatable("What members have"),
    "expiring": translatable("What expires"),
    "activity": translatable("What moved"),
    "breakage": translatable("What became of points"),
}
"""The reports by the names that addresses have, in the order of the index."""

ABOUT: Final = {
    "liability": translatable(
        "All open points and debts, now or on a past day, by month of expiry."
    ),
    "expiring": translatable(
        "Open points by the period in which they expire unless they are used."
    ),
    "activity": translatable("What was given, used, returned, expired and cancelled."),
    "breakage": translatable("Of the points given in each period, the share that expired."),
}

BY: Final = {
    "recorded": translatable("When it was recorded"),
    "effective": translatable("When it took effect"),
}

FLOWS: Final = ("issued", "returned", "reinstated", "redeemed", "expired", "revoked")
"""What changes what is outstanding."""

WITHIN: Final = ("activated", "held", "released", "transferred")
DEBTS: Final = ("deficit_created", "deficit_paid", "deficit_cancelled")
COUNTS: Final = ("transactions", "cancels", "accounts")

BECAME: Final = ("issued", "revoked", "spent", "expired", "open")


async def index(view: View) -> Shown:
    """The four reports, with what each is about."""
    ask = await asked(view)
    named = [
        {
            "name": name,
            "title": view.say(title),
            "about": view.say(ABOUT[name]),
            "path": None if ask is None else ask.at(name),
        }
        for name, title in TITLES.items()
    ]
    return view.show("reports/index.html", ask=ask, reports=named)


async def liability(view: View) -> Shown:
    """What is open and owed, now or at `as_of`."""

    async def shown(ask: Asked) -> Shown:
        ask.instant()
        found = await ask.get("liability")
        if found is None:
            return _refused(ask, "liability")
        months = [_month(ask, each) for each in found["by_expiry"]]
        buckets = [
            Bucket(each["name"], each["label"], {"outstanding": each["amount"]}) for each in months
        ]
        return _shown(
            ask,
            "liability",
            report=found,
            months=months,
            links={
                name: None if is_zero(str(found[name])) else _held(ask, state)
                for name, state in (
                    *((each, each) for each in ("available", "pending", "held", "deficit")),
                    *((each, "open") for each in ("outstanding", "net", "accounts")),
                )
            },
            picture=_picture(ask, buckets, ["outstanding"], "liability"),
        )

    return await _report(view, shown)


def _month(ask: Asked, row: Json) -> dict[str, Any]:
    """A month of expiry; the one of what never expires has no name in the API."""
    if row["month"] is None:
        label, span = ask.view.say("never"), {"never": "true"}
    else:
        year, month = (int(part) for part in row["month"].split("-"))
        begin, end = (
            day_typed(f"{year + number // 12}-{number % 12 + 1:02}-01", ask.view.speech.zone)
            for number in (month - 1, month)
        )
        label = ask.view.speech.month(begin)
        span = {"from": text_of(begin), "to": text_of(end)}
    link = None if is_zero(row["outstanding"]) else _held(ask, "open", **span)
    name = row["month"] or "never"
    return {"name": name, "label": label, "amount": row["outstanding"], "link": link}


def _held(ask: Asked, state: str, **span: str) -> str:
    return ask.at("lots", state=state, as_of=ask.params.get("as_of"), **span)


async def expiring(view: View) -> Shown:
    """What expires in each period from today on."""

    async def shown(ask: Asked) -> Shown:
        ask.span(0, 89)
        found = await ask.get("expiring")
        if found is None:
            return _refused(ask, "expiring")
        rows = []
        for each in found["data"]:
            span = _span(each)
            values = {name: each[name] for name in ("amount", "held", "lots", "accounts")}
            links = {
                name: ask.at("lots", state="held" if name == "held" else "open", **span)
                for name in _counting(values)
            }
            rows.append(_row(ask, each, values, links))
        buckets = [Bucket(each["name"], each["label"], each["values"]) for each in rows]
        return _shown(
            ask,
            "expiring",
            report=found,
            rows=rows,
            totals=_totals(ask, rows, ("amount", "held")),
            picture=_picture(ask, buckets, ["amount", "held"], "expiring"),
        )

    return await _report(view, shown)


async def activity(view: View) -> Shown:
    """What moved in each period."""

    async def shown(ask: Asked) -> Shown:
        ask.span(-29, 0)
        ask.choice("by", tuple(BY))
        found = await ask.get("activity")
        if found is None:
            return _refused(ask, "activity")
        rows = [_moved(ask, each) for each in found["data"]]
        buckets = [Bucket(each["name"], each["label"], each["values"]) for each in rows]
        return _shown(
            ask,
            "activity",
            report=found,
            rows=rows,
            totals=_totals(ask, rows, (*FLOWS, *WITHIN, *DEBTS, *COUNTS[:2], "new_members")),
            flows=FLOWS,
            picture=_picture(ask, buckets, FLOWS, "activity"),
        )

    return await _report(view, shown)


def _moved(ask: Asked, row: Json) -> dict[str, Any]:
    span, by = _span(row), ask.params["by"]
    values = {name: row[name] for name in row if not name.endswith("_at")}
    links = {}
    for name in _counting(values):
        if name in ("opening", "closing", "opening_deficit", "closing_deficit"):
            at = row["begins_at"] if name.startswith("opening") else row["ends_at"]
            before = min(instant_of(at) - 1, ask.view.now)
            state = "deficit" if name.endswith("deficit") else "open"
            links[name] = ask.at("lots", state=state, as_of=text_of(before))
        elif name == "new_members":
            links[name] = ask.at("members", **span)
        else:
            figure = "transactions" if name == "accounts" else name
            links[name] = ask.at("transactions", figure=figure, by=by, **span)
    return _row(ask, row, values, links)


async def breakage(view: View) -> Shown:
    """What became of the points that were given for each period."""

    async def shown(ask: Asked) -> Shown:
        ask.span(-364, 0)
        ask.instant()
        found = await ask.get("breakage")
        if found is None:
            return _refused(ask, "breakage")
        rows = []
        for each in found["data"]:
            values = {name: each[name] for name in (*BECAME, "rate", "mature")}
            given = ask.at("transactions", figure="given", by="effective", **_span(each))
            links = dict.fromkeys(_counting({name: each[name] for name in BECAME}), given)
            rows.append(_row(ask, each, values, links))
        buckets = [
            Bucket(
                each["name"],
                each["label"],
                {"rate": each["values"]["rate"] or ""},
                is_open=not each["values"]["mature"],
            )
            for each in rows
        ]
        return _shown(
            ask,
            "breakage",
            report=found,
            rows=rows,
            totals=_totals(ask, rows, BECAME),
            became=BECAME,
            picture=_picture(ask, buckets, ["rate"], "breakage", steps=True),
        )

    return await _report(view, shown)


# -- what they share -------------------------------------------------------------------------


async def _report(view: View, shown: Callable[[Asked], Awaitable[Shown]]) -> Shown:
    ask = await asked(view)
    if ask is None:
        return view.show("reports/index.html", ask=None, reports=())
    return await shown(ask)


def _row(ask: Asked, period: Json, values: dict[str, Any], links: dict[str, str]) -> dict[str, Any]:
    begin = period["begins_at"]
    return {"name": begin, "label": ask.label(begin), "values": values, "links": links}


def _span(period: Json) -> dict[str, str]:
    return {"from": period["begins_at"], "to": period["ends_at"]}


def _counting(values: dict[str, Any]) -> list[str]:
    """The figures that count anything."""
    return [name for name, value in values.items() if value and not is_zero(str(value))]


def _totals(ask: Asked, rows: Iterable[dict[str, Any]], names: Sequence[str]) -> dict[str, str]:
    """The sums of all periods, as the API writes amounts."""
    found = {}
    for name in names:
        values = [str(each["values"][name]) for each in rows]
        units = sum(int(each.replace(".", "")) for each in values)
        is_amount = any("." in each for each in values)
        found[name] = ask.view.plain(units, ask.chosen.currency) if is_amount else str(units)
    return found


def _picture(
    ask: Asked, buckets: Sequence[Bucket], series: Sequence[str], name: str, *, steps: bool = False
) -> Any:
    title = f"{ask.view.say(TITLES[name])}: {ask.unit}"
    return columns_picture(buckets, series, ask.view.speech, title=title, steps=steps)


def _shown(ask: Asked, name: str, **values: Any) -> Shown:
    view = ask.view
    query = {each: text for each, text in ask.typed.items() if each != "currency_id" and text}
    kept = {each: query[each] for each in ("from", "to") if view.query.text(each)}
    return view.show(
        f"reports/{name}.html",
        ask.status,
        **values,
        ask=ask,
        name=name,
        title=view.say(TITLES[name]),
        about=view.say(ABOUT[name]),
        sheet=ask.at(f"{name}.csv", **query),
        tabs=[(each, view.say(text), ask.at(each, **kept)) for each, text in TITLES.items()],
        resolutions=[(each, view.say(text)) for each, text in RESOLUTIONS.items()],
        bys=[(each, view.say(text)) for each, text in BY.items()],
        made_at=text_of(view.now - view.now % MICROSECONDS),
    )


def _refused(ask: Asked, name: str) -> Shown:
    """The form again, and nothing below it."""
    return _shown(ask, name, report=None)
