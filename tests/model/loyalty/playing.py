"""A history on the naive model and on the real thing, which must agree after every step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.model.loyalty.drafting import BEGIN
from tests.model.loyalty.histories import History, Step
from tests.model.loyalty.laws import check_downward, check_laws, standing
from tests.model.loyalty.real.rewards import RealShop
from tests.model.loyalty.seen import view_of
from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import Given, Version

Failure = str


async def play(real: RealShop, history: History) -> Failure | None:
    """What differs first, or None. Steps about what is not there are left out."""
    shop = Shop(history.setup.currencies, zone=history.setup.zone, tiers=history.setup.tiers)
    shop.now = BEGIN
    for name, (metadata, segments) in history.setup.members.items():
        shop.add_member(name, metadata, segments)
    await real.begin(history.setup, BEGIN)
    for number, step in enumerate(history.steps):
        shop.now = real.now = step.at
        if not is_possible(shop, step):
            continue
        before = standing(shop)
        expected = shop.request(_call(shop, step))
        check_downward(step.verb, before, standing(shop))
        try:
            found = await real.request(_call(real, step))
        except Exception as error:
            return f"step {number}: {type(error).__name__}: {error}"
        undoes = step.verb in ("void", "undo_cancel")
        unjudged = found == "not_cancellable" and expected in (None, "out_of_stock")
        if undoes and unjudged and _limited(history):
            return None  # others have used what had been freed; the model does not judge that
        if found != expected:
            return f"step {number}: refusal\n  real:  {found}\n  model: {expected}"
        differences = (await real.view()).differences(view_of(shop))
        if differences:
            return f"step {number}: " + "\n".join(differences)
    check_laws(
        shop,
        voided=any(each.voided for each in shop.state.refunds.values()),
        cascades=all(step.about.get("cascade", True) for step in history.steps),
    )
    return None


def _call(on: Any, step: Step) -> Callable[[], Any]:
    return lambda: getattr(on, step.verb)(**step.about)


def is_possible(shop: Shop, step: Step) -> bool:
    """Whether everything that the step names is there."""
    about: dict[str, Any] = step.about
    state, place = shop.state, int(step.about.get("place", 0))
    match step.verb:
        case "pay" | "change" | "cancel_order" | "pay_with_points":
            return about["name"] in state.orders
        case "return_payment":
            return len(shop.payments_of(about["name"])) > place
        case "undo_cancel":
            return len(state.more.get("by hand", [])) > place
        case "refund":
            return about["order"] in state.orders
        case "void":
            return about["name"] in state.refunds
        case "cancel_event":
            return about["name"] in state.events
        case "cancel_award":
            return len(shop.awards_of(about["event"])) > place
        case "change_rule" | "switch_rule" | "delete_rule":
            if about["name"] not in state.rules or state.rules[about["name"]].deleted:
                return False
            return "version" not in about or _benefits(about["version"]) <= set(shop.shelf.benefits)
        case "add_rule":
            return _benefits(about["version"]) <= set(shop.shelf.benefits)
        case "buy" | "switch_reward":
            return about.get("reward", about["name"]) in shop.shelf.rewards
        case "use_code":
            found = shop.shelf.purchases.get(about["purchase"])
            return found is not None and len(found.codes) > place
        case "use_grant":
            return any(grant.code for grant in shop.grants_of(about["event"]))
        case "refund_purchase":
            return about["purchase"] in shop.shelf.purchases
    return True


def _limited(history: History) -> bool:
    """Whether a rule or a currency of the history has limits."""
    limits = [each.limits for each in history.setup.currencies.values()]
    limits += [step.about["version"].limits for step in history.steps if "version" in step.about]
    return any(any(each) for each in limits)


def _benefits(version: Version) -> set[str]:
    effects = [effect for earning in version.earnings for effect in earning.effects]
    return {effect.benefit for effect in effects if isinstance(effect, Given)}


async def shrink(
    history: History, fails: Callable[[History], Awaitable[Failure | None]]
) -> tuple[History, Failure]:
    """The history without the steps that its failure does not need."""
    failure = await fails(history)
    if failure is None:
        return history, "a failure that did not come again"
    size = max(1, len(history.steps) // 2)
    while True:
        begin, dropped = len(history.steps), False
        while begin > 0:
            begin -= size
            steps = history.steps[: max(begin, 0)] + history.steps[max(begin, 0) + size :]
            smaller = history._replace(steps=steps)
            found = await fails(smaller)
            if found is not None:
                history, failure, dropped = smaller, found, True
        if size == 1 and not dropped:
            return history, failure
        size = max(1, size // 2)


def written(history: History) -> str:
    """A history to be read: its setup and steps, without what is empty."""
    lines = [f"seed {history.seed}, {history.setup.zone}"]
    lines += [f"{name}: {_brief(each)}" for name, each in history.setup.currencies.items()]
    lines += [str(history.setup.tiers)] if history.setup.tiers else []
    lines += [f"{name}: {each}" for name, each in history.setup.members.items()]
    for number, step in enumerate(history.steps):
        about = {key: _brief(value) for key, value in step.about.items() if value not in (None, ())}
        hours = (step.at - BEGIN) / 3_600_000_000
        lines.append(f"{number}. +{hours:.4f}h {step.verb} {about}")
    return "\n".join(lines)


def _brief(value: Any) -> Any:
    """Named tuples without their defaults, conditions as CEL."""
    if hasattr(value, "cel"):
        return value.cel
    if hasattr(value, "_fields"):
        changed = {
            field: _brief(each)
            for field, each in value._asdict().items()
            if each != value._field_defaults.get(field, object())
        }
        inner = ", ".join(f"{key}={each}" for key, each in changed.items())
        return f"{type(value).__name__}({inner})"
    if isinstance(value, tuple):
        return "(" + ", ".join(str(_brief(each)) for each in value) + ")"
    return value
