"""Rules in sentences: what they are for, what they give, and what limits them."""

from stampbook.console.api import Json
from stampbook.console.loyalty.shelf import Shelf
from stampbook.console.loyalty.words import BASES, TRIGGERS
from stampbook.console.view import View
from stampbook.console.words import DAYS, PERIODS


def span_said(view: View, number: int, unit: str) -> str:
    """A length of time."""
    ngettext = view.speech.ngettext
    match unit:
        case "hour":
            return ngettext("%(num)s hour", "%(num)s hours", number)
        case "day":
            return ngettext("%(num)s day", "%(num)s days", number)
        case "week":
            return ngettext("%(num)s week", "%(num)s weeks", number)
        case "month":
            return ngettext("%(num)s month", "%(num)s months", number)
        case _:
            return ngettext("%(num)s year", "%(num)s years", number)


def trigger_said(view: View, rule: Json) -> str:
    """What the rule is for."""
    trigger = rule["trigger"]
    text = view.say(TRIGGERS[trigger["type"]])
    return text if trigger["name"] is None else f"{text}: {trigger['name']}"


def earnings_said(view: View, rule: Json, shelf: Shelf) -> list[dict[str, str]]:
    """What each earning gives and to whom, in the order in which they are tried: `given`, `tiers`
    and `condition`; the last two may be empty."""
    return [
        {
            "name": earning["name"] or "",
            "given": ", ".join(effect_said(view, each, shelf) for each in earning["effects"]),
            "tiers": _tiers_said(view, earning, shelf),
            "condition": earning["condition"] or "",
        }
        for earning in rule["earnings"]
    ]


def _tiers_said(view: View, earning: Json, shelf: Shelf) -> str:
    names = [
        shelf.tier(need["tier_group_id"], tier)
        for need in earning["tiers"]
        for tier in need["any_of"]
    ]
    return view.say("for members with %(tiers)s", tiers=", ".join(names)) if names else ""


def effect_said(view: View, effect: Json, shelf: Shelf) -> str:
    """What one effect gives."""
    if effect["type"] == "benefit":
        return shelf.benefit(effect["benefit_id"])
    number = view.speech.amount
    points = f"{number(effect['points'])} {shelf.unit(effect['currency_id'])}"
    if effect["type"] == "fixed":
        return points
    stem, found, key = effect["basis"].partition(".metadata.")
    basis = view.say(BASES.get(f"{stem}.metadata" if found else stem, stem))
    if key:
        basis = f"{basis} ({key})"
    words = {"points": points, "every": number(effect["every"]), "basis": basis}
    if effect["mode"] == "steps":
        return view.say("%(points)s for every full %(every)s of %(basis)s", **words)
    return view.say("%(points)s for every %(every)s of %(basis)s, parts of it too", **words)


def limits_said(view: View, rule: Json, shelf: Shelf) -> list[str]:
    """When the rule counts, and how often at most."""
    say, limits, made = view.say, rule["limits"], []
    if limits["cooldown"]:
        span = span_said(view, limits["cooldown"]["n"], limits["cooldown"]["unit"])
        made.append(say("For each member again after %(span)s.", span=span))
    if limits["frequency"]:
        made.append(
            view.speech.ngettext(
                "For each member at most %(num)s time %(period)s.",
                "For each member at most %(num)s times %(period)s.",
                limits["frequency"]["max"],
                period=say(PERIODS[limits["frequency"]["period"]]),
            )
        )
    if limits["budget"]:
        made.append(_budget_said(view, rule, shelf))
    for each in rule["hours"]:
        shown = [text for code, text in DAYS.items() if code in each["days"]]
        days = ", ".join(map(say, shown))
        made.append(
            say("%(days)s from %(begin)s to %(end)s.", days=days, begin=each["from"],
                end=each["to"])
        )  # fmt: skip
    if rule["exclusive_group"]:
        made.append(
            say("Only one rule of the group “%(name)s” counts.", name=rule["exclusive_group"])
        )
    return made


def _budget_said(view: View, rule: Json, shelf: Shelf) -> str:
    budget = rule["limits"]["budget"]
    period = view.say(PERIODS[budget["period"]])
    if budget["points"] is None:
        return view.speech.ngettext(
            "For all members together at most %(num)s time %(period)s.",
            "For all members together at most %(num)s times %(period)s.",
            budget["triggers"],
            period=period,
        )
    effects = [each for earning in rule["earnings"] for each in earning["effects"]]
    unit = next((shelf.unit(each["currency_id"]) for each in effects if "currency_id" in each), "")
    points = f"{view.speech.amount(budget['points'])} {unit}"
    return view.say("It gives at most %(points)s %(period)s.", points=points, period=period)
