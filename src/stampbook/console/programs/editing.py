"""What the forms of settings share: what was typed, refusals that are said above the form, and
whether somebody else has changed the thing since the form was opened."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from msgspec.json import encode

from stampbook.console.api import Json, Problem
from stampbook.console.faults import Forbidden
from stampbook.console.typed import BadInstant, instant_typed
from stampbook.console.values import instant_of, number_of, text_of
from stampbook.console.view import View
from stampbook.visits.locations import Limit

BASIS: Final = "basis"
"""The hidden field that says what the form was filled in on."""


def may_manage(view: View, program: Json) -> bool:
    """Whether the person may change what is the whole program's: a manager, but none who is bound
    to locations of it (docs/decisions/0185-managers-of-locations.md)."""
    if view.signed_in is None or not view.can("manager"):
        return False
    limits = view.signed_in.caller.limits
    return not limits or Limit(number_of(program["id"])) in limits


def need_manager(view: View, program: Json) -> None:
    """Raises Forbidden."""
    if not may_manage(view, program):
        raise Forbidden


def basis_of(thing: Json) -> str:
    """One word for the thing as it is: another one after any change."""
    return sha256(encode(thing)).hexdigest()[:32]


def is_stale(view: View, thing: Json) -> bool:
    """Whether the thing has changed since the form that was sent was shown."""
    return view.form.text(BASIS) != basis_of(thing)


def stale(view: View) -> Problem:
    """The refusal of a form that rests on what is there no more."""
    text = view.say(
        "Somebody else has changed this since you opened it. What you typed is still here: look at"
        " it again before you save."
    )
    return Problem(409, {"code": "conflict", "detail": text})


def said(problem: Problem) -> Problem:
    """The refusal, if the form can be shown again with it. Raises it otherwise."""
    if problem.status not in (409, 422):
        raise problem
    return problem


def status_of(problem: Problem | None) -> int:
    return 200 if problem is None else problem.status


def wrong(view: View, faults: Mapping[str, str]) -> Problem:
    """The refusal of fields that cannot be read: sentences by the field's name."""
    return Problem.of_fields(faults, view.say("Look at what is marked below."))


def renamed(view: View, problem: Problem, fields: Mapping[str, str]) -> Problem:
    """The refusal with the form's names for fields of the API: `fields` has them by pointer, as a
    whole or a beginning of it. Where one is marked, the sentence above the form says so."""
    errors = []
    for each in problem.said.get("errors") or ():
        pointer = each.get("pointer") or ""
        found = [name for known, name in fields.items() if f"{pointer}/".startswith(f"{known}/")]
        errors.append({**each, "pointer": f"/{found[-1]}" if found else pointer})
    detail = view.say("Look at what is marked below.") if errors else problem.detail
    return Problem(problem.status, {**problem.said, "detail": detail, "errors": errors})


def moment(view: View, instant: str | None) -> str:
    """An instant as a field of day and time has it, by the clocks of the view's zone."""
    if instant is None:
        return ""
    return view.speech.local(instant_of(instant)).strftime("%Y-%m-%dT%H:%M")


def moment_typed(view: View, text: str) -> str | None:
    """The instant that was typed into such a field; None: it was left empty. Raises BadInstant."""
    return text_of(instant_typed(text, view.speech.zone)) if text else None


__all__ = [
    "BASIS",
    "BadInstant",
    "basis_of",
    "is_stale",
    "may_manage",
    "moment",
    "moment_typed",
    "need_manager",
    "renamed",
    "said",
    "stale",
    "status_of",
    "wrong",
]
