"""What can be chosen in the rule editor."""

from typing import Any

from stampbook.console.loyalty import words
from stampbook.console.loyalty.sheet import Sheet
from stampbook.console.loyalty.shelf import Shelf
from stampbook.console.view import View
from stampbook.console.words import DAYS, PERIODS, UNITS, choices

Pairs = list[tuple[str, str]]


def options_of(view: View, shelf: Shelf, sheet: Sheet) -> dict[str, Any]:
    """The pairs of value and text for each choice. What the rule has is among them, even if the
    program has it no more."""
    effects = [each for earning in sheet["earnings"] for each in earning["effects"]]
    currencies = {each["id"]: each["name"] for each in shelf.currencies.values()}
    benefits = {each["id"]: each["name"] for each in shelf.benefits.values()}
    bases = {code: view.say(text) for code, text in words.BASES.items()}
    _keep(currencies, [each["currency"] for each in effects])
    _keep(benefits, [each["benefit"] for each in effects])
    _keep(bases, [each["basis"] for each in effects])
    types = choices(view, words.TYPES)
    return {
        "triggers": choices(view, words.TRIGGERS),
        "types": types if benefits else types[:-1],
        "currencies": list(currencies.items()),
        "benefits": [("", "–"), *benefits.items()],
        "bases": list(bases.items()),
        "modes": choices(view, words.MODES),
        "roundings": choices(view, words.ROUNDINGS),
        "counted": choices(view, words.COUNTED),
        "keeps": choices(view, words.KEEPS),
        "on_partial": choices(view, words.ON_PARTIAL),
        "units": choices(view, UNITS),
        "periods": choices(view, PERIODS),
        "days": choices(view, DAYS),
        "tiers": _tiers(shelf, sheet),
    }


def _keep(known: dict[str, str], present: list[str]) -> None:
    for each in present:
        if each:
            known.setdefault(each, each)


def _tiers(shelf: Shelf, sheet: Sheet) -> Pairs:
    """Every tier of every group, and those that the rule has besides."""
    known = {
        f"{group['id']}/{tier['id']}": f"{group['name']}: {tier['name']}"
        for group in shelf.groups.values()
        for tier in group["tiers"]
    }
    for earning in sheet["earnings"]:
        _keep(known, earning["tiers"])
    return list(known.items())
