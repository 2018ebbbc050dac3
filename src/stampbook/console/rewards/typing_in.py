"""What people type into the forms of this folder, as the native API wants it, and back."""

from collections.abc import Iterator, Mapping
from typing import Final

from stampbook.console.api import Json, Problem
from stampbook.console.typed import BadInstant, instant_kept
from stampbook.console.view import View

MAX_ROWS: Final = 50
"""Rows of a form that are read, of whatever kind."""


def renamed(problem: Problem, fields: Mapping[str, str]) -> Problem:
    """The refusal with the names that the form's fields have: `fields` by the pointer, or by its
    beginning, without the first slash. What is not among them keeps its last word."""
    errors = []
    for each in problem.said.get("errors") or ():
        pointer = (each.get("pointer") or "").removeprefix("/")
        found = max(
            (known for known in fields if f"{pointer}/".startswith(f"{known}/")),
            key=len,
            default=None,
        )
        errors.append(each if found is None else {**each, "pointer": f"/{fields[found]}"})
    return Problem(problem.status, {**problem.said, "errors": errors})


def rows_of(view: View, *names: str) -> Iterator[int]:
    """The numbers of the form's rows in which at least one of these fields is filled in: the field
    `points` of the first is `points-1`."""
    for at in range(1, MAX_ROWS + 1):
        if any(view.form.text(f"{name}-{at}") for name in names):
            yield at


def whole(view: View, field: str) -> int | None:
    """A whole number; None if nothing was typed. Raises Problem."""
    text = "".join(view.form.text(field).split())
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Problem.of_fields({field: view.say("This must be a whole number.")})
    return int(text)


def instants(view: View, known: Json | None) -> Json:
    """Those of `starts_at` and `ends_at` that were changed in the form. Raises Problem."""
    body: Json = {}
    for name in ("starts_at", "ends_at"):
        before = None if known is None else known[name]
        try:
            typed = instant_kept(view.form.text(name), before, view.speech.zone)
        except BadInstant:
            said = view.say("This is not a day with a time.")
            raise Problem.of_fields({name: said}) from None
        if typed != before:
            body[name] = typed
    return body


def hours(view: View) -> tuple[list[Json], dict[str, str]]:
    """The weekly hours of the form, and the form's fields by the API's pointers. Raises Problem."""
    found: list[Json] = []
    fields = {}
    for at in rows_of(view, "days", "from", "to"):
        days = [int(day) for day in view.form.all(f"days-{at}") if day in tuple("0123456")]
        begin, end = view.form.text(f"from-{at}"), view.form.text(f"to-{at}")
        if not (days and begin and end):
            raise Problem.of_fields(
                {f"from-{at}": view.say("Choose the days, and say from when to when.")}
            )
        fields[f"hours/{len(found)}"] = f"from-{at}"
        # A field for a time knows no 24:00: the end of the day is its midnight.
        found.append({"days": days, "from": begin[:5], "to": end[:5].replace("00:00", "24:00")})
    return found, fields


def limits(view: View) -> Json:
    """The limits of a member's purchases. Raises Problem."""
    n, most = whole(view, "cooldown"), whole(view, "frequency")
    return {
        "cooldown": None if n is None else {"n": n, "unit": view.form.text("cooldown_unit")},
        "frequency": None
        if most is None
        else {"max": most, "period": view.form.text("frequency_period")},
    }


LIMITS: Final = {"limits/cooldown": "cooldown", "limits/frequency": "frequency"}
