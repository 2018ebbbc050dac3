"""The form of a reward: what it has at first, and what is asked of the native API."""

from typing import Any, Final

from stampbook.console.api import Json
from stampbook.console.rewards.typing_in import (
    LIMITS,
    hours,
    instants,
    limits,
    rows_of,
)
from stampbook.console.typed import amount_typed, local_text
from stampbook.console.view import View

MAX_COSTS: Final = 10

LOCKED: Final = ("sku", "code", "points")
"""What a reward hands out: it changes only in a draft."""


class Asked:
    """A reward as the API is asked for it: `body`, and the form's `fields` by its pointers."""

    def __init__(self, view: View, known: Json | None, type_: str) -> None:
        """Reads the form. Raises Problem."""
        form = view.form
        self.fields: dict[str, str] = {**LIMITS, "points/amount": "gives", "points": "gives"}
        self.fields["points/currency_id"] = "gives_currency"
        said_hours, fields = hours(view)
        self.fields |= fields
        self.body: Json = {
            "name": form.text("name"),
            "costs": self._costs(view),
            "hours": said_hours,
            "limits": limits(view),
            "refundable": form.is_on("refundable"),
            **instants(view, known),
        }
        if known is None:
            self.body["type"] = type_
        if known is None or known["status"] == "draft":
            self.body |= self._handed_out(view, type_)

    def _costs(self, view: View) -> list[Json]:
        form, costs = view.form, list[Json]()
        self.fields["costs"] = "points-1"
        for at in rows_of(view, "points", "condition"):
            for name, field in (("points", "points"), ("condition", "condition")):
                self.fields[f"costs/{len(costs)}/{name}"] = f"{field}-{at}"
            self.fields[f"costs/{len(costs)}"] = f"points-{at}"
            costs.append(
                {
                    "currency_id": form.text(f"currency-{at}"),
                    "points": amount_typed(form.text(f"points-{at}")),
                    "condition": form.maybe(f"condition-{at}"),
                    "name": form.maybe(f"price-{at}"),
                }
            )
        return costs

    def _handed_out(self, view: View, type_: str) -> Json:
        form = view.form
        match type_:
            case "material":
                return {"sku": form.maybe("sku")}
            case "code":
                return {"code": form.text("code")}
            case _:
                amount = amount_typed(form.text("gives"))
                return {"points": {"currency_id": form.text("gives_currency"), "amount": amount}}


def values_of(view: View, reward: Json | None) -> dict[str, Any]:
    """What the fields have at first, or had when the form was sent: `costs` and `hours` are rows
    with their numbers, the last of them empty; `limits` and dates as texts."""
    known = reward or {}
    costs = _numbered(known.get("costs", []), view, "points", "condition", most=MAX_COSTS)
    said = [{**each, "to": each["to"].replace("24:00", "00:00")} for each in known.get("hours", [])]
    rows = _numbered(said, view, "days", "from", "to", most=50)
    if view.posts:
        for at, row in rows:
            row["days"] = [int(day) for day in view.form.all(f"days-{at}") if day.isdigit()]
    cooldown = known.get("limits", {}).get("cooldown") or {"n": "", "unit": "day"}
    frequency = known.get("limits", {}).get("frequency") or {"max": "", "period": "month"}
    is_refundable = known.get("refundable", True)
    return {
        "costs": costs,
        "hours": rows,
        "cooldown": cooldown,
        "frequency": frequency,
        "starts_at": local_text(known.get("starts_at"), view.speech.zone),
        "ends_at": local_text(known.get("ends_at"), view.speech.zone),
        "refundable": view.form.is_on("refundable") if "name" in view.form else is_refundable,
    }


def _numbered(
    known: list[Json], view: View, *names: str, most: int
) -> list[tuple[int, dict[str, Any]]]:
    """The rows with their numbers, as many as are known or were typed, and an empty one."""
    typed = max(rows_of(view, *names), default=0)
    number = min(max(len(known), typed) + 1, most)
    return [(at, dict(known[at - 1]) if at <= len(known) else {}) for at in range(1, number + 1)]
