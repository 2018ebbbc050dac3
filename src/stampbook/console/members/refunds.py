"""Taking an order back, whole or in part, its cancel, and the void of a refund: what would follow
from each, and the acts."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from stampbook.console.accounts.acting import (
    is_said,
    reasons_of,
    said,
    sent_for,
    status_of,
    without_reason,
)
from stampbook.console.accounts.previewing import STALE, expected_of
from stampbook.console.api import Json, Problem, Reply
from stampbook.console.faults import NotFound
from stampbook.console.members.opened import currencies_of
from stampbook.console.members.orders import Opened, opened, rule_names
from stampbook.console.members.visits import Card
from stampbook.console.results import Flash, Result
from stampbook.console.typed import amount_typed
from stampbook.console.values import is_zero
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting
from stampbook.speaking.speech import translatable

LINE: Final = "line."
"""Before a line's id: the field for how much of it is taken back."""

STALES: Final = (STALE, "preview_stale")

STEPS: Final = {
    "return": translatable("Points that paid go back"),
    "take_back": translatable("Points that were earned are taken back"),
    "threshold": translatable("A goal is no longer reached"),
    "discount": translatable("A discount is taken back"),
    "grant": translatable("A benefit is taken back"),
    "code": translatable("A code is void"),
    "stock": translatable("Back in stock"),
    "tier": translatable("The tier changes"),
}

KEPT: Final = {
    "on_partial": translatable("The rule keeps what it gave until nothing of the order remains."),
    "cascade_none": translatable("Later events stay as they are: that was asked for."),
    "code_used": translatable("Its code was used."),
    "evaluation_failed": translatable("Its condition cannot be evaluated for the rest."),
    "facts_frozen": translatable("A later event earned it by a tier that the member had then."),
    "handed_out": translatable("The goods were handed out."),
    "policy": translatable("The program lets it stay."),
}
"""Why something stays although the order goes, by the native API's words."""

THINGS: Final = {"award": translatable("Points"), "grant": translatable("A benefit")}
"""What stays."""


class Asked(NamedTuple):
    """A write on an order, and what its page says. `fields`: what of the order is chosen."""

    title: str
    head: str
    confirm: str
    path: str
    action: str
    body: Json
    fields: Mapping[str, str] | None = None


async def refund(view: View) -> Result:
    """Take the order back: the whole of what remains, an amount, or quantities of its lines."""
    found = await opened(view, view.path["ord"])
    body, fields = _chosen(view, found)
    asked = Asked(
        view.say("Refund"),
        view.say("Take back order %(number)s?", number=found.number),
        view.say("Refund"),
        f"{found.api}/refunds",
        f"{found.path}/refund",
        body,
        fields,
    )
    return await _page(view, found, asked)


def _chosen(view: View, found: Opened) -> tuple[Json, Mapping[str, str]]:
    """The body of the refund, and the fields that say the same."""
    given = view.form if view.posts else view.query
    names = [f"{LINE}{line['id']}" for line in found.order["lines"]]
    fields = {name: given.text(name) for name in names if given.text(name)}
    if fields:
        lines = [
            {"line": name.removeprefix(LINE), "quantity": amount_typed(text)}
            for name, text in fields.items()
        ]
        return {"lines": lines}, fields
    amount = amount_typed(given.text("amount"))
    if amount and amount != found.order["remaining"]:
        return {"amount": amount}, {"amount": given.text("amount")}
    return {"whole": True}, {"amount": found.order["remaining"]}


async def cancel(view: View) -> Result:
    """Cancel an order: all that remains of it is taken back."""
    found = await opened(view, view.path["ord"])
    asked = Asked(
        view.say("Cancel the order"),
        view.say("Cancel order %(number)s?", number=found.number),
        view.say("Cancel it"),
        f"{found.api}/cancel",
        f"{found.path}/cancel",
        {},
    )
    return await _page(view, found, asked)


async def void(view: View) -> Result:
    """Restore what a refund took."""
    found = await opened(view, view.path["ord"])
    name = view.path["ref"]
    taken = next((each for each in found.order["refunds"] if each["id"] == name), None)
    if taken is None:
        raise NotFound
    money = f"{view.speech.amount(taken['amount'])} {found.order['money']}"
    asked = Asked(
        view.say("Undo the refund"),
        view.say(
            "Undo the refund of %(money)s of order %(number)s?", money=money, number=found.number
        ),
        view.say("Undo it"),
        f"{found.api}/refunds/{name}/void",
        f"{found.path}/refunds/{name}/void",
        {},
    )
    return await _page(view, found, asked)


async def _page(view: View, found: Opened, asked: Asked) -> Result:
    problem = None
    if view.posts and not view.form.is_on("follow"):
        try:
            if not view.form.text("reason") and not _is_void(asked):
                raise without_reason(view)
            return await _do(view, found, asked)
        except Problem as refused:
            problem = refused
    return await _preview(view, found, asked, problem)


def _is_void(asked: Asked) -> bool:
    return asked.path.endswith("/void")


async def _do(view: View, found: Opened, asked: Asked) -> Result:
    body = dict(asked.body)
    if not _is_void(asked):
        body["reason"] = view.form.text("reason")
    if view.form.text("chosen") == _choice(asked) and view.form.text("token"):
        body["preview_token"] = view.form.text("token")
    done = await view.api.post(asked.path, body, key=view.key, expected=expected_of(view))
    if done.approval is not None:
        return view.go(found.path, sent_for(view, done.approval))
    return view.go(found.path, _said(view, found, asked, done))


def _choice(asked: Asked) -> str:
    """What is taken, in one text: the token of a preview is one of this choice."""
    return urlencode(sorted((asked.fields or {}).items()))


def _said(view: View, found: Opened, asked: Asked, done: Reply) -> Flash:
    """What was done, and where it is undone."""
    if _is_void(asked):
        again = f"{found.path}/refund?{urlencode(_again(done.value))}"
        return Flash(view.say("The refund is undone."), undo=again)
    taken = _taken(done.value)
    undo = None if taken is None else f"{found.path}/refunds/{taken['id']}/void"
    if asked.path.endswith("/cancel"):
        return Flash(view.say("Order %(number)s is cancelled.", number=found.number), undo=undo)
    assert taken is not None
    money = f"{view.speech.amount(taken['amount'])} {found.order['money']}"
    return Flash(view.say("Refunded %(money)s.", money=money), undo=undo)


def _again(taken: Json) -> dict[str, str]:
    """The fields by which the same is taken back once more."""
    lines = [each for each in taken["lines"] if each["line"] is not None]
    if lines and all(float(each["quantity"]) > 0 for each in lines):
        return {f"{LINE}{each['line']}": each["quantity"] for each in lines}
    return {"amount": taken["amount"]}


def taken_of(found: Opened, dry: Json) -> Json | None:
    """The refund that a dry run would make, or void; None if it would make none: the cancel of what
    was wholly refunded before takes nothing."""
    taken, before = _taken(dry), {each["id"] for each in found.order["refunds"]}
    is_old = taken is not None and "cascade" not in dry and taken["id"] in before
    return None if is_old else taken


async def cascade_of(view: View, found: Opened, taken: Json | None) -> dict[str, Any]:
    """What would follow: the values of the template `members/cascade_figures.html`."""
    if taken is None:
        return {"steps": [], "kept": [], "balances": []}
    return {
        "steps": await _steps(view, found, taken),
        "kept": await _kept(view, taken),
        "balances": await _balances(view, found, taken),
    }


def _taken(value: Json) -> Json | None:
    """The refund of an answer: itself, or the last one of an order."""
    if "cascade" in value:
        return value
    found: Json | None = value["refunds"][-1] if value["refunds"] else None
    return found


async def _preview(view: View, found: Opened, asked: Asked, problem: Problem | None) -> Result:
    """What would follow now, with what was refused. Raises Problem if that has its own page."""
    if problem is not None and not is_said(problem):
        raise problem
    status = status_of(problem)
    dry: Json = {}
    try:
        dry = (await view.api.post(asked.path, dict(asked.body), dry_run=True)).value
    except Problem as refused:
        if not is_said(refused):
            raise
        problem = problem or refused
    taken = taken_of(found, dry) if dry else None
    stale = problem is not None and problem.code in STALES
    return view.show(
        "members/cascade.html",
        status,
        found=found,
        asked=asked,
        head=_head(view, found, asked, taken),
        is_void=_is_void(asked),
        **await cascade_of(view, found, taken),
        chosen=_choice(asked),
        token="" if taken is None else taken["preview_token"],
        amount_taken=None if taken is None else taken["amount"],
        reasons=reasons_of(view, found.program),
        stale=stale,
        problem=None if stale else problem,
        refusal="" if problem is None or stale else await said(view, problem),
        done=not dry and asked.fields is None,
        needs_approval=bool(dry.get("approval_required")),
        waiting=await waiting(view, found.id),
    )


def _head(view: View, found: Opened, asked: Asked, taken: Json | None) -> str:
    """What would happen, with how much it is of."""
    if taken is None or not asked.path.endswith("/refunds"):
        return asked.head
    money = f"{view.speech.amount(taken['amount'])} {found.order['money']}"
    return view.say("Take back %(money)s of order %(number)s?", money=money, number=found.number)


async def _steps(view: View, found: Opened, taken: Json) -> list[dict[str, Any]]:
    names = await rule_names(view, taken["cascade"])
    return [
        {
            "step": each,
            "text": view.say(STEPS[each["step"]]),
            "rule": names.get(each["rule_id"]),
            "zero": is_zero(each["shortfall"]),
            "card": await _card(view, found, each["account_id"]),
        }
        for each in taken["cascade"]
    ]


async def _kept(view: View, taken: Json) -> list[dict[str, str]]:
    """What stays, with the rule that gave it, and why."""
    names = await rule_names(view, taken["kept"])
    return [
        {
            "what": view.say(THINGS[each["what"]]),
            "rule": names.get(each["rule_id"], ""),
            "reason": view.say(KEPT[each["reason"]]),
            "code": each["reason"],
        }
        for each in taken["kept"]
    ]


async def _balances(view: View, found: Opened, taken: Json) -> list[dict[str, Any]]:
    """The figures before and after, with the last row on which they rest."""
    made = []
    for each in taken["balances"]:
        path = f"/v1/accounts/{each['account_id']}/transactions"
        newest = (await view.api.get(path, limit=1))["data"]
        card = await _card(view, found, each["account_id"])
        seq = newest[0]["seq"] if newest else 0
        made.append({"card": card, "before": each["before"], "after": each["after"], "seq": seq})
    return made


async def _card(view: View, found: Opened, name: str | None) -> Card | None:
    """The account of that id, also one that the order itself does not name."""
    if name is None:
        return None
    if name not in found.cards:
        account = await view.api.get(f"/v1/accounts/{name}")
        currencies = await currencies_of(view, found.program["id"])
        card = Card(name, account["number"], currencies[account["currency_id"]])
        found.cards[name] = card
    return found.cards[name]
