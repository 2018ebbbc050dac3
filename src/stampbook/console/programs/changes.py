"""What a change of a currency would change, in words: each field before and after, and to what it
applies."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from stampbook.console.api import Json
from stampbook.console.programs.choices import CHOICES
from stampbook.console.programs.words import (
    PERIODS,
    RETURNS,
    expiry_text,
    pending_text,
    time,
)
from stampbook.console.values import is_zero
from stampbook.speaking.speech import Speech, translatable

Say = Callable[[Speech, Any], str]


class Field(NamedTuple):
    """A field of a currency: its name, its value in words, and to what a change applies."""

    name: str
    say: Say
    applies: str


def _text(speech: Speech, value: Any) -> str:
    return str(value)


def _amount(speech: Speech, value: Any) -> str:
    return speech.gettext("none") if value is None else speech.amount(value)


def _time(speech: Speech, value: Any) -> str:
    return speech.gettext("none") if value is None else time(speech, value)


def _answer(speech: Speech, value: Any) -> str:
    return speech.gettext("yes") if value else speech.gettext("no")


def _chosen(field: str) -> Say:
    names = {each.code: each.name for each in CHOICES[field]}
    return lambda speech, value: speech.gettext(names[value])


def _exchange(speech: Speech, value: Any) -> str:
    if value is None:
        return speech.gettext("Points pay for no orders")
    points, money = speech.amount(value["points"]), speech.amount(value["money"])
    return speech.gettext("%(points)s points pay %(money)s", points=points, money=money)


def _worth(speech: Speech, value: Any) -> str:
    if value is None:
        return speech.gettext("Not said")
    points, money = speech.amount(value["amount"]), speech.amount(value["money"])
    return speech.gettext("%(points)s points are worth %(money)s", points=points, money=money)


def limits_text(speech: Speech, limits: Json) -> str:
    """Limits of earning or of spending."""
    said = []
    names = {
        "per_transaction": translatable("at once: %(amount)s"),
        "balance": translatable("on the account: %(amount)s"),
        "lifetime": translatable("altogether: %(amount)s"),
    }
    for name, text in names.items():
        if limits.get(name) is not None:
            said.append(speech.gettext(text, amount=speech.amount(limits[name])))
    if limits["period"] is not None:
        each = speech.gettext(PERIODS[limits["period"]["period"]])
        said.append(f"{each}: {speech.amount(limits['period']['max'])}")
    return "; ".join(said) or speech.gettext("no limit")


NEW_POINTS: Final = translatable("New points. Open lots keep their dates.")
CANCELS: Final = translatable("Cancels from now on, also of what was recorded before.")
AT_ONCE: Final = translatable("At once.")

FIELDS: Final[dict[str, Field]] = {
    "name": Field(translatable("Its name"), _text, AT_ONCE),
    "code": Field(translatable("Code"), _text, AT_ONCE),
    "pending": Field(translatable("When points become usable"), pending_text, NEW_POINTS),
    "expiry": Field(translatable("When points expire"), expiry_text, NEW_POINTS),
    "spent_accrual": Field(
        translatable("A cancelled award whose points are spent"), _chosen("spent_accrual"), CANCELS
    ),
    "expired_restore": Field(
        translatable("Points that come back after their date"), _chosen("expired_restore"), CANCELS
    ),
    "grace": Field(translatable("How much longer they live"), _time, CANCELS),
    "cancel_window": Field(translatable("How long a cancel is possible"), _time, CANCELS),
    "overdraft": Field(
        translatable("Overdraft"),
        _amount,
        translatable("Payments and holds from now on. Debts that are there stay."),
    ),
    "temporary_timeout_s": Field(
        translatable("How long a hold lasts"),
        _time,
        translatable("New holds. Open ones keep their deadline."),
    ),
    "approval_above": Field(
        translatable("Two persons"), _amount, translatable("Acts of people from now on.")
    ),
    "initial_balance": Field(
        translatable("Welcome points"), _amount, translatable("Members who register from now on.")
    ),
    "backdating": Field(
        translatable("Back-dating"), _answer, translatable("Movements from now on.")
    ),
    "exchange": Field(
        translatable("Paying for orders"), _exchange, translatable("Payments from now on.")
    ),
    "return_spent": Field(
        translatable("When points that paid come back"),
        lambda speech, value: speech.gettext(RETURNS[value]),
        translatable("Payments from now on. Earlier ones keep what was agreed."),
    ),
    "unit_value": Field(
        translatable("What points are worth"), _worth, translatable("Reports from now on.")
    ),
    "earning_limits": Field(
        translatable("Limits of earning"),
        limits_text,
        translatable("Awards from now on. What was earned in the period counts."),
    ),
    "spending_limits": Field(
        translatable("Limits of spending"),
        limits_text,
        translatable("Payments from now on. What was spent in the period counts."),
    ),
}
"""In the order of the page."""


class Change(NamedTuple):
    """A field that would change."""

    field: str
    name: str
    before: str
    after: str
    applies: str


def changes(speech: Speech, before: Json, after: Json) -> list[Change]:
    """What differs between a currency and what a dry run has made of it."""
    return [
        Change(
            name,
            speech.gettext(field.name),
            field.say(speech, before[name]),
            field.say(speech, after[name]),
            speech.gettext(field.applies),
        )
        for name, field in FIELDS.items()
        if before[name] != after[name]
    ]


def facts(speech: Speech, currency: Json) -> list[tuple[str, str, str]]:
    """A currency as it is: field, name and value in words; without what it makes no use of."""
    unused = {"name", "code"}
    if currency["expired_restore"] != "grace":
        unused.add("grace")
    if currency["exchange"] is None:
        unused.add("return_spent")
    if currency["unit_value"] is None:
        unused.add("unit_value")
    if is_zero(currency["initial_balance"]):
        unused.add("initial_balance")
    return [
        (name, speech.gettext(field.name), field.say(speech, currency[name]))
        for name, field in FIELDS.items()
        if name not in unused
    ]
