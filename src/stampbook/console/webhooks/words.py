"""Words for webhooks and deliveries, and for why the native API refuses."""

from typing import Final

from stampbook.console.api import Json, Problem
from stampbook.console.view import View
from stampbook.speaking.speech import translatable
from stampbook.webhooks import sending, states
from stampbook.webhooks.endpoints import MAX_HEADERS, MOST

STATUSES: Final = {
    "waiting": translatable("Waits for an earlier one"),
    "pending": translatable("On its way"),
    "delivered": translatable("Arrived"),
    "failed": translatable("Has not arrived"),
}
"""What has become of a delivery, by the native API's words."""

TONES: Final = {"pending": "warn", "delivered": "good", "failed": "bad"}
"""The colour of a status; grey for the others."""

ERRORS: Final = {
    sending.REFUSED: translatable("the answer is an error"),
    sending.REDIRECTED: translatable("the answer leads to another address"),
    sending.TIMED_OUT: translatable("no answer in time"),
    sending.UNRESOLVED: translatable("the name has no address"),
    sending.NO_CONNECTION: translatable("nobody answers there"),
    sending.NO_TLS: translatable("the certificate is not valid"),
    sending.FORBIDDEN: translatable("the address is not public"),
    sending.BROKEN: translatable("the answer broke off"),
    states.SKIPPED: translatable("left out when the webhook was enabled"),
}
"""Why an event has not arrived."""

REASONS: Final = {
    "failing": translatable(
        "Disabled by the server: an event has failed at all attempts, and no other has arrived for"
        " a day."
    ),
    "gone": translatable("Disabled by the server: the address answered 410, gone."),
    None: translatable("Somebody has disabled it."),
}
"""Why a webhook is disabled."""

FORMATS: Final = {
    "stampbook": translatable("Stampbook, signed as Standard Webhooks"),
    "voucherify": translatable("Voucherify, signed as theirs"),
}

FAULTS: Final = {
    "url": translatable(
        "Type an address that begins with https://, without credentials. Its name must lead to"
        " public addresses only."
    ),
    "events": translatable(
        "Name types of events, such as transaction.* or lot.expired, with spaces between."
    ),
    "headers": translatable(
        "Type at most %(most)s headers, one on a line, such as X-Shop: 7. Those that each request"
        " has anyway cannot be set."
    ),
    "from": translatable("Choose a day and a time."),
    "to": translatable("Choose a day and a time."),
}
"""What is wrong with a field, by its name."""


def worded(view: View, problem: Problem) -> Problem:
    """The refusal in the person's language, if a form can be shown again with it. Raises it
    otherwise."""
    if problem.status not in (409, 422):
        raise problem
    named = [
        (each.get("pointer") or "").split("/")[1:] for each in problem.said.get("errors") or ()
    ]
    faults = {
        each[0]: view.say(FAULTS[each[0]], most=MAX_HEADERS)
        for each in named
        if each and each[0] in FAULTS
    }
    detail = problem.detail
    if problem.code == "conflict":
        detail = view.say("There are %(most)s webhooks already. Delete one first.", most=MOST)
    elif faults:
        detail = next(iter(faults.values()))
    errors = [{"pointer": f"/{name}", "detail": text} for name, text in faults.items()]
    return Problem(problem.status, {**problem.said, "detail": detail, "errors": errors})


def status_of(view: View, webhook: Json) -> tuple[str, str, str]:
    """The badge of a webhook: its status, the word, the tone."""
    if webhook["status"] == "disabled":
        return (
            "disabled",
            view.speech.pgettext("webhook", "Disabled"),
            "bad" if webhook["disabled_reason"] else "",
        )
    if webhook["failures"]:
        return ("active", view.say("Active, fails"), "warn")
    return ("active", view.say("Active"), "good")


def outcome_of(view: View, status: int | None, error: str | None) -> str:
    """What came of an attempt, in words: nothing where it has arrived."""
    if error is None:
        return ""
    text = view.say(ERRORS[error]) if error in ERRORS else error
    return text if status is None else f"{status}: {text}"


def invalid(view: View, *fields: str) -> Problem:
    """The refusal of fields that the console cannot send as they were typed."""
    return worded(view, Problem.of_fields(dict.fromkeys(fields, "")))
