"""Spans of time in filters and forms: two fields for a day and a time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.console.forms import Form
from stampbook.console.typed import BadInstant, day_typed, local_text
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.console.webhooks.words import FAULTS

FROM: Final = "from"
TO: Final = "to"


class Span(NamedTuple):
    """`given` are instants as the native API takes them, `shown` what their fields show again, by
    name; `wrong` has what cannot be read."""

    given: dict[str, str]
    shown: dict[str, str]
    wrong: dict[str, str]


def span_of(view: View, form: Form, names: Sequence[str] = (FROM, TO)) -> Span:
    """What was typed into the fields. A day alone is the whole of it."""
    span = Span({}, dict.fromkeys(names, ""), {})
    for name in names:
        typed = form.text(name)
        if not typed:
            continue
        try:
            at = text_of(day_typed(typed, view.speech.zone, after=name == TO))
        except BadInstant:
            span.shown[name], span.wrong[name] = typed, view.say(FAULTS[name])
            continue
        span.given[name], span.shown[name] = at, local_text(at, view.speech.zone)
    return span
