"""The choices of a currency's policies, each with what it is called, what it means, and a drawing.

The drawings are made up: they show what a choice does, not the currency's own figures.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.console.pictures.examples import Example, Line, Span, Strip, example_picture
from stampbook.console.pictures.shapes import Picture
from stampbook.speaking.speech import Speech, translatable


class Choice(NamedTuple):
    """What can be chosen: the value in the native API, its words, and its drawing."""

    code: str
    name: str
    meaning: str
    example: Example


EARNED: Final = translatable("earned in May")
LATER: Final = translatable("earned in July")
BEFORE: Final = translatable("before")
AFTER: Final = translatable("after the cancel")

_USED: Final = Strip(BEFORE, (Span(0, 80, "spent"), Span(80, 100, "available")))

CHOICES: Final[dict[str, Sequence[Choice]]] = {
    "pending": (
        Choice(
            "immediate",
            translatable("At once"),
            translatable("Points can be used in the moment in which they are earned."),
            Example((Strip(EARNED, (Span(5, 95, "available"),)),)),
        ),
        Choice(
            "period",
            translatable("After a time"),
            translatable("Points wait first, for as long as goods can be returned, for instance."),
            Example(
                (
                    Strip(EARNED, (Span(5, 40, "pending"), Span(40, 95, "available"))),
                    Strip(LATER, (Span(30, 65, "pending"), Span(65, 95, "available"))),
                )
            ),
        ),
        Choice(
            "fixed_dates",
            translatable("On fixed days"),
            translatable("Points wait for the beginning of the next of these days."),
            Example(
                (
                    Strip(EARNED, (Span(5, 65, "pending"), Span(65, 95, "available"))),
                    Strip(LATER, (Span(30, 65, "pending"), Span(65, 95, "available"))),
                ),
                (Line(65, translatable("the day")),),
            ),
        ),
        Choice(
            "event",
            translatable("After an event"),
            translatable(
                "Points wait until another system says that something has happened: that a stay is"
                " over, for instance."
            ),
            Example(
                (Strip(EARNED, (Span(5, 55, "pending"), Span(55, 95, "available"))),),
                (Line(55, translatable("the event")),),
            ),
        ),
    ),
    "expiry": (
        Choice(
            "none",
            translatable("Never"),
            translatable("Points stay until they are used."),
            Example((Strip(EARNED, (Span(5, 100, "available"),)),)),
        ),
        Choice(
            "rolling",
            translatable("A time after each award"),
            translatable("Every award lives equally long, so each has a date of its own."),
            Example(
                (
                    Strip(EARNED, (Span(5, 60, "available"), Span(60, 95, "expired"))),
                    Strip(LATER, (Span(30, 85, "available"), Span(85, 95, "expired"))),
                )
            ),
        ),
        Choice(
            "calendar",
            translatable("At the end of fixed days"),
            translatable("All points expire together, at the end of the next of these days."),
            Example(
                (
                    Strip(EARNED, (Span(5, 70, "available"), Span(70, 95, "expired"))),
                    Strip(LATER, (Span(30, 70, "available"), Span(70, 95, "expired"))),
                ),
                (Line(70, translatable("the day")),),
            ),
        ),
        Choice(
            "sliding",
            translatable("After a time without activity"),
            translatable(
                "All points of an account expire together, once the member has earned and used"
                " nothing for so long."
            ),
            Example(
                (
                    Strip(EARNED, (Span(5, 85, "available"), Span(85, 95, "expired"))),
                    Strip(LATER, (Span(30, 85, "available"), Span(85, 95, "expired"))),
                ),
                (Line(50, translatable("the last activity")),),
            ),
        ),
    ),
    "spent_accrual": (
        Choice(
            "debt",
            translatable("It becomes a debt"),
            translatable(
                "A cancelled award that was spent becomes a debt: the member's other points pay it,"
                " and the next ones pay what is left."
            ),
            Example((_USED, Strip(AFTER, (Span(0, 80, "deficit"),)))),
        ),
        Choice(
            "clamp",
            translatable("Only what remains is taken"),
            translatable("What was spent stays spent; the cancel takes the rest."),
            Example((_USED, Strip(AFTER, (Span(0, 80, "spent"), Span(80, 100, "revoked"))))),
        ),
        Choice(
            "refuse",
            translatable("The cancel is refused"),
            translatable("An award of which something was spent cannot be cancelled."),
            Example((_USED, Strip(translatable("unchanged"), _USED.spans))),
        ),
    ),
    "expired_restore": (
        Choice(
            "expire",
            translatable("They expire at once"),
            translatable(
                "Points that come back after their date expire in the same moment: a cancel does"
                " not make them live longer."
            ),
            Example((_USED, Strip(AFTER, (Span(0, 80, "expired"), Span(80, 100, "available"))))),
        ),
        Choice(
            "grace",
            translatable("They live on for a time"),
            translatable("Points that come back after their date can be used for a while longer."),
            Example((_USED, Strip(AFTER, (Span(0, 100, "available"),)))),
        ),
    ),
}
"""The policies that are chosen from a few, by the field of the native API."""

RULES: Final[dict[str, Choice]] = {
    "order": Choice(
        "order",
        translatable("Which points pay first"),
        translatable(
            "The points that expire soonest pay first; among equals the oldest ones. Points that"
            " never expire pay last. This is the same in every currency."
        ),
        Example(
            (
                Strip(
                    translatable("1st: expires soonest"),
                    (Span(0, 45, "spent"),),
                ),
                Strip(
                    translatable("2nd: expires later"),
                    (Span(0, 30, "spent"), Span(30, 70, "available")),
                ),
                Strip(translatable("last: never expires"), (Span(0, 100, "available"),)),
            )
        ),
    ),
    "rounding": Choice(
        "rounding",
        translatable("Rounding"),
        translatable("The date moves on to the end of its month, for instance, and never back."),
        Example(
            (Strip(EARNED, (Span(5, 55, "available"), Span(55, 75, "available"))),),
            (Line(75, translatable("the end of the month")),),
        ),
    ),
    "overdraft": Choice(
        "overdraft",
        translatable("Overdraft"),
        translatable(
            "How far below zero a payment may go. What no points pay is a debt, which the next"
            " points pay. At zero, nobody pays more than they have."
        ),
        Example(
            (
                Strip(translatable("a payment of 100, and 80 available"), (Span(0, 80, "spent"),)),
                Strip(translatable("the rest"), (Span(80, 100, "deficit"),)),
            )
        ),
    ),
    "cancel_window": Choice(
        "cancel_window",
        translatable("How long a cancel is possible"),
        translatable("Older movements cannot be cancelled. Left empty: all of them can."),
        Example(
            (
                Strip(
                    translatable("a movement can be cancelled"),
                    (Span(5, 60, "available"), Span(60, 95, "revoked")),
                ),
            ),
            (Line(60, translatable("the window ends")),),
        ),
    ),
    "temporary_timeout": Choice(
        "temporary_timeout",
        translatable("How long a hold lasts"),
        translatable("A hold that nobody confirms ends by itself, and its points are free again."),
        Example(
            (
                Strip(
                    translatable("points on hold"),
                    (Span(5, 55, "held"), Span(55, 95, "available")),
                ),
            ),
            (Line(55, translatable("the deadline")),),
        ),
    ),
    "approval_above": Choice(
        "approval_above",
        translatable("Two persons"),
        translatable(
            "An act of a person that moves more than this waits until another person agrees. Left"
            " empty: none does."
        ),
        Example(
            (
                Strip(translatable("done at once"), (Span(0, 40, "available"),)),
                Strip(translatable("waits for a second person"), (Span(0, 90, "pending"),)),
            ),
            (Line(60, translatable("the amount")),),
        ),
    ),
}
"""The other policies with a drawing."""


class Shown(NamedTuple):
    """A choice as the page shows it."""

    code: str
    name: str
    meaning: str
    picture: Picture


def shown(speech: Speech, field: str, choice: Choice) -> Shown:
    """The choice in the person's language."""
    name = speech.gettext(choice.name)
    picture = example_picture(choice.example, speech, figure=f"{field}-{choice.code}", name=name)
    return Shown(choice.code, name, speech.gettext(choice.meaning), picture)


def all_choices(speech: Speech) -> dict[str, list[Shown]]:
    """The choices of each policy that has some."""
    return {
        field: [shown(speech, field, each) for each in choices]
        for field, choices in CHOICES.items()
    }


def all_rules(speech: Speech) -> dict[str, Shown]:
    """The other policies with a drawing, by their field."""
    return {field: shown(speech, field, each) for field, each in RULES.items()}
