"""What a report is asked for by the address of its page: currency, time, resolution."""

from datetime import timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from stampbook.console.api import Json, Problem
from stampbook.console.typed import BadInstant, day_typed, instant_typed
from stampbook.console.values import instant_of, text_of
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

PROGRAMS: Final = 200
CURRENCIES: Final = 200

RESOLUTIONS: Final = {
    "day": translatable("Days"),
    "week": translatable("Weeks"),
    "month": translatable("Months"),
    "quarter": translatable("Quarters of a year"),
    "year": translatable("Years"),
}

DAYS: Final = 62
WEEKS: Final = 26 * 7
"""Up to how many days a report has days or weeks if nobody has chosen."""

MOST: Final = 400
"""Periods that a page shows; the API has more."""

SHORTEST: Final = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
"""Days of the shortest period of each resolution."""


class Currency(NamedTuple):
    """A currency with its program."""

    currency: Json
    program: Json

    @property
    def id(self) -> str:
        return str(self.currency["id"])

    @property
    def path(self) -> str:
        """Where its reports are in the native API."""
        return f"/v1/programs/{self.program['id']}/reports"


class Asked:
    """What is asked for. `params` goes to the API, `typed` is shown in the form, `wrong` has what
    is wrong with fields: then nothing is asked of the API."""

    def __init__(self, view: View, chosen: Currency, choices: list[tuple[str, str]]) -> None:
        self.view = view
        self.chosen = chosen
        self.choices = choices
        self.unit = str(chosen.currency["name"])
        self.typed: dict[str, str] = {"currency_id": chosen.id}
        self.params: dict[str, str | None] = {"currency_id": chosen.id}
        self.wrong: dict[str, str] = {}

    def span(self, first: int, last: int) -> None:
        """Read `from`, `to` and `resolution`; without them, from `first` to `last` days after
        today."""
        view = self.view
        today = view.speech.local(view.now).date()
        days = {"from": today + timedelta(days=first), "to": today + timedelta(days=last)}
        bounds: dict[str, int] = {}
        for name, day in days.items():
            self.typed[name] = typed = view.query.text(name) or day.isoformat()
            try:
                bounds[name] = day_typed(typed, view.speech.zone, after=name == "to")
                self.params[name] = text_of(bounds[name])
            except BadInstant:
                self.wrong[name] = view.say("This is not a day.")
        if not self.wrong and bounds["from"] >= bounds["to"]:
            self.wrong["to"] = view.say("Choose a last day that is not before the first.")
        length = (bounds["to"] - bounds["from"]) // DAY_US if not self.wrong else 0
        chosen = view.query.text("resolution")
        if chosen not in RESOLUTIONS:
            chosen = "day" if length <= DAYS else "week" if length <= WEEKS else "month"
        self.typed["resolution"] = self.params["resolution"] = chosen
        if length // SHORTEST[chosen] > MOST:
            self.wrong["resolution"] = view.say("These are too many periods. Choose longer ones.")

    def instant(self) -> None:
        """Read `as_of`, by the clocks of the program's zone; without it, now."""
        view = self.view
        self.typed["as_of"] = typed = view.query.text("as_of")
        self.params["as_of"] = None
        if not typed:
            return
        try:
            at = instant_typed(typed, view.speech.zone)
        except BadInstant:
            self.wrong["as_of"] = view.say("This is no date.")
            return
        if at > view.now:
            self.wrong["as_of"] = view.say("This is still to come.")
        self.params["as_of"] = text_of(at)
        local = view.speech.local(at).replace(tzinfo=None)
        self.typed["as_of"] = local.isoformat(timespec="minutes" if not local.second else "seconds")

    def choice(self, name: str, options: tuple[str, ...]) -> None:
        """Read one of a few values; without it, the first."""
        given = self.view.query.text(name)
        self.typed[name] = self.params[name] = given if given in options else options[0]

    async def get(self, name: str) -> Any:
        """What the API answers; None if something is wrong with what was typed. Raises Problem."""
        if self.wrong:
            return None
        try:
            return await self.view.api.get(f"{self.chosen.path}/{name}", **self.params)
        except Problem as problem:
            if problem.status != 422 or not problem.faults:
                raise
            self.wrong = {
                (name if name in self.typed else "currency_id"): text
                for name, text in problem.faults.items()
            }
            return None

    @property
    def status(self) -> int:
        return 422 if self.wrong else 200

    def at(self, path: str, **changed: str | None) -> str:
        """The address of another page about the same currency."""
        kept = {"currency_id": self.chosen.id}
        kept.update({name: value for name, value in changed.items() if value is not None})
        name = f"/{path}" if path else ""
        return f"/console/reports{name}?{urlencode(kept)}"

    def label(self, begin: str) -> str:
        """The name of the period that begins at the instant."""
        speech, at = self.view.speech, instant_of(begin)
        match self.typed["resolution"]:
            case "day" | "week":
                return speech.day(at, self.view.now)
            case "year":
                return str(speech.local(at).year)
            case _:
                return speech.month(at)


DAY_US: Final = 86_400_000_000


async def asked(view: View) -> Asked | None:
    """The currency that the address names, else the first; the view is in its program's zone. None
    where there is no currency. Raises Problem for one that is not there."""
    found: list[Currency] = []
    for program in (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]:
        path = f"/v1/programs/{program['id']}/currencies"
        listed = (await view.api.get(path, limit=CURRENCIES))["data"]
        found += [Currency(each, program) for each in listed]
    named = view.query.text("currency_id")
    chosen = next((each for each in found if each.id == named), None)
    if chosen is None and named:
        currency = await view.api.get(f"/v1/currencies/{named}")
        chosen = Currency(currency, await view.api.get(f"/v1/programs/{currency['program_id']}"))
    chosen = chosen or next(iter(found), None)
    if chosen is None:
        return None
    view.in_zone(chosen.program)
    choices = [(each.id, f"{each.program['name']}: {each.currency['name']}") for each in found]
    return Asked(view, chosen, choices)
