"""Words for people: roles, scopes, and why the native API refuses."""

from typing import Final

from stampbook.console.api import Json, Problem
from stampbook.console.faults import Forbidden
from stampbook.console.values import instant_of
from stampbook.console.view import View
from stampbook.programs.people.passwords import MAX_PASSWORD, MIN_PASSWORD
from stampbook.speaking.speech import translatable

ROLES: Final = {
    "viewer": translatable("Viewer"),
    "support": translatable("Support"),
    "manager": translatable("Manager"),
    "admin": translatable("Administrator"),
}

SCOPES: Final = {
    "read": translatable("look"),
    "ledger:write": translatable("give and take points, create members"),
    "ledger:cancel": translatable("cancel, too"),
    "admin": translatable("everything"),
    "metrics": translatable("read the metrics"),
}

REFUSALS: Final = {
    "last_admin": translatable(
        "Nobody could do everything any more: this is the last administrator or the last key with"
        " all rights. Make another one first."
    ),
    "forbidden": translatable(
        "Nobody gives themselves more rights. Another administrator has to do it."
    ),
    "conflict": translatable("This has changed meanwhile. Open the page again."),
    "invalid_request": translatable("Not saved: something below is not right."),
    "idempotency_key_reused": translatable("This form was sent before. Open the page again."),
    "not_found": translatable("Something that was chosen does not exist any more."),
}

FAULTS: Final = {
    "login": translatable("Type a login."),
    "name": translatable("Type 1 to 255 characters."),
    "currency_id": translatable("Choose the currency of the amount."),
    "per_transaction": translatable("This is no amount of the currency."),
    "per_day": translatable("This is no amount of the currency."),
    "limits": translatable("Name each currency once, with amounts that are not below zero."),
    "scopes": translatable("Choose at least one."),
    "expires_at": translatable("Choose a day in the future."),
    "rate_limit": translatable("Type a whole number of requests, up to a million."),
    "addresses": translatable("Type networks such as 203.0.113.0/24, one on a line."),
}
"""What is wrong with a field, by its name."""


def role_of(view: View, role: str) -> str:
    return view.say(ROLES[role])


def worded(view: View, problem: Problem) -> Problem:
    """The refusal in the person's language, if a form can be shown again with it. Raises it
    otherwise."""
    if problem.status not in (403, 404, 409, 422):
        raise problem
    faults = {name: _fault(view, problem, name) for name in problem.faults}
    if problem.code == "conflict" and "login" in faults:
        detail = faults["login"]
    elif problem.code == "weak_password":
        detail = faults["password"]
    elif problem.code in REFUSALS:
        detail = view.say(REFUSALS[problem.code])
    else:
        detail = problem.detail
    errors = [{"pointer": f"/{name}", "detail": text} for name, text in faults.items()]
    # What may not be done, or is not there, has pages of its own: here the form says it.
    status = 409 if problem.status in (403, 404) else problem.status
    return Problem(status, {**problem.said, "detail": detail, "errors": errors})


def _fault(view: View, problem: Problem, name: str) -> str:
    if problem.code == "conflict":
        return view.say("Somebody has this login already.")
    if problem.code == "weak_password":
        return view.say(
            "A password has %(least)s to %(most)s characters, and is not the login.",
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
        )
    return view.say(FAULTS[name]) if name in FAULTS else problem.faults[name]


def invalid(view: View, field: str) -> Problem:
    """The refusal of a field that the console cannot send as it was typed."""
    return worded(view, Problem.of_fields({field: ""}))


def whole(view: View) -> None:
    """People and keys belong to all programs: administrators of some do not see them. Raises
    Forbidden."""
    if view.is_bound:
        raise Forbidden


def is_past(view: View, instant: str | None) -> bool:
    return instant is not None and instant_of(instant) <= view.now


def statuses(view: View, user: Json) -> list[tuple[str, str, str]]:
    """Badges of a person: the status, its word, its tone."""
    found = [("active", view.say("Active"), "good")]
    if user["status"] == "disabled":
        found = [("disabled", view.say("Disabled"), "bad")]
    if user["locked_until"] is not None and not is_past(view, user["locked_until"]):
        found.append(("locked", view.say("Locked"), "warn"))
    return found


def overlap_said(view: View, seconds: int) -> str:
    """How long a secret works after another one has taken its place."""
    if not seconds:
        return view.say("the old secret ends at once")
    hours = seconds // 3_600
    if hours < 48:
        return view.speech.ngettext(
            "the old secret works for %(num)s hour", "the old secret works for %(num)s hours", hours
        )
    return view.speech.ngettext(
        "the old secret works for %(num)s day", "the old secret works for %(num)s days", hours // 24
    )
