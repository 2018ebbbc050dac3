"""Plays a story: each line is one of these sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.stories.notation import Line, Story
from tests.stories.rules import rule_of
from tests.stories.stage import Refused, Stage

HOUR: Final = 3_600_000_000
_UNITS: Final = {"hour": HOUR, "day": 24 * HOUR}

Step = Callable[..., Awaitable[Any]]


class Player:
    """One story on a stage. `before` is what each person had before the step."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.before: dict[str, str] = {}
        self._numbers = 0

    def new_name(self) -> str:
        """An external id."""
        self._numbers += 1
        return f"n{self._numbers}"

    async def play(self, story: Story) -> None:
        """Raises AssertionError, with the line that is not so."""
        if not any(each.text.startswith("currency points") for each in story.lines):
            await self.stage.currency("points", {})
        for line in story.lines:
            try:
                await self._play(line)
            except (AssertionError, Refused) as error:
                where = f"{story.file}.story:{line.number}: {line.text}"
                raise AssertionError(f"{where}\n{error!r}") from error

    async def _play(self, line: Line) -> None:
        text, _, refused = line.text.partition(" -> refused ")
        if re.match(r"rule \w+:", text):
            await self._rule(text, [each for _, each in line.below])
            return
        self.before = {each: await self.stage.active(each) for each in self.stage.people}
        found = await self._refusal(text)
        assert found == refused, f"refused: {found}"
        for number, expected in line.below:
            try:
                await self._said(EXPECTATIONS, expected)
            except AssertionError as error:
                raise AssertionError(f"line {number}: {expected}: {error}") from error

    async def _refusal(self, text: str) -> str:
        """Do what a line says; the code if it is refused."""
        try:
            await self._said(STEPS, text)
        except Refused as error:
            return str(error)
        return ""

    async def _said(self, sentences: dict[str, Step], text: str) -> None:
        for pattern, act in sentences.items():
            if found := re.fullmatch(pattern, text):
                await act(self, *found.groups())
                return
        raise AssertionError(f"no sentence of a story: {text!r}")

    async def _rule(self, text: str, below: list[str]) -> None:
        stage = self.stage
        body = rule_of(text, below, stage.ids, stage.tiers)
        if body["name"] in stage.ids:
            change = {name: body[name] for name in body if name != "trigger"}
            await stage.ask("PATCH", f"/rules/{stage.ids[body['name']]}", change)
            return
        made = await stage.make(body["name"], f"/programs/{stage.program}/rules", body)
        await stage.ask("POST", f"/rules/{made['id']}/activate")


# -- what exists -------------------------------------------------------------------------


async def currency(play: Player, name: str, terms: str | None) -> None:
    await play.stage.currency(name, json.loads(terms or "{}"))


async def tiers(play: Player, listed: str, terms: str | None) -> None:
    stage = play.stage
    pairs = [each.split(" from ") for each in listed.split(", ")]
    body = {
        "name": "Tiers",
        "currency_id": stage.ids["points"],
        "status": "active",
        "tiers": [{"name": name, "threshold": least} for name, least in pairs],
        **json.loads(terms or "{}"),
    }
    group = await stage.ask("POST", f"/programs/{stage.program}/tier_groups", body)
    for each in group["tiers"]:
        need = {"tier_group_id": group["id"], "any_of": [each["id"]]}
        stage.tiers[each["name"]] = need


async def reward(play: Player, name: str, cost: str, given: str | None, stock: str | None) -> None:
    stage = play.stage
    costs = [{"currency_id": stage.ids["points"], "points": cost}]
    body: dict[str, Any] = {"name": name, "type": "material", "sku": name, "costs": costs}
    if given == "a code":
        body = {"name": name, "type": "code", "code": "generated", "costs": costs}
    elif given:
        amount, other = given.split()
        points = {"currency_id": stage.ids[other], "amount": amount}
        body = {"name": name, "type": "points", "points": points, "costs": costs}
    made = await stage.make(name, f"/programs/{stage.program}/rewards", body)
    await stage.ask("POST", f"/rewards/{made['id']}/activate")
    path = f"/programs/{stage.program}/offers/{made['id']}"
    await stage.ask("PUT", path, {"stock": None if stock is None else int(stock)})


async def benefit(play: Player, name: str, stock: str) -> None:
    body = {"name": name, "type": "material", "sku": name, "stock": int(stock), "status": "active"}
    await play.stage.make(name, f"/programs/{play.stage.program}/benefits", body)


async def offer(play: Player, name: str, kind: str, listed: str) -> None:
    rules: list[dict[str, Any]] = []
    for each in listed.split(", "):
        value, _, rest = each.partition(" %")
        rule: dict[str, Any] = {"value": float(value), "parameter": 0}
        if rest.startswith(" from "):
            rule["parameter"] = float(rest.removeprefix(" from "))
        elif rest.startswith(" of "):
            rule = {"value": float(value), "service_id": play.stage.service(rest[4:])}
        rules.append(rule)
    await play.stage.offer(name, _OFFERS[kind], rules)


_OFFERS: Final = {
    "discount": "discount_static",
    "growing discount": "discount_accumulative_sold",
    "package": "package_discount",
    "cashback": "cashback_accumulative_sold",
    "referral": "referral",
}


# -- what happens ------------------------------------------------------------------------


def _prices(text: str) -> dict[str, str]:
    return {each.split()[0]: each.split()[1] for each in text.split(", ")}


async def order(play: Player, who: str, verb: str, name: str, what: str, money: str) -> None:
    member = await play.stage.person(who)
    status = "paid" if verb == "buys" else "created"
    body: dict[str, Any] = {"external_id": name, "member_id": member, "money": money or "EUR"}
    body |= {"status": status}
    if " " in what:
        lines = [{"item": item, "amount": price} for item, price in _prices(what).items()]
        cents = sum(int(each["amount"].replace(".", "")) for each in lines)
        body |= {"lines": lines, "amount": f"{cents // 100}.{cents % 100:02}"}
    else:
        body["amount"] = what
    await play.stage.ask("POST", f"/programs/{play.stage.program}/orders", body)


def _order(play: Player, name: str) -> str:
    return f"/programs/{play.stage.program}/orders/external:{name}"


async def pay_order(play: Player, name: str) -> None:
    await play.stage.ask("POST", f"{_order(play, name)}/pay")


async def pay_with_points(play: Player, who: str, name: str, most: str) -> None:
    body = {"account_id": await play.stage.account(who), "max_amount": most}
    await play.stage.ask("POST", f"{_order(play, name)}/payments", body)


async def refund(play: Player, name: str, what: str) -> None:
    body: dict[str, Any] = {"external_id": play.new_name()}
    if what == "all":
        body["whole"] = True
    elif re.fullmatch(r"[\d.]+", what):
        body["amount"] = what
    else:
        found = await play.stage.ask("GET", _order(play, name))
        at = [each["item"] for each in found["lines"]].index(what) + 1
        body["lines"] = [{"line": str(at), "quantity": 1}]
    made = await play.stage.ask("POST", f"{_order(play, name)}/refunds", body)
    play.stage.ids[f"refund of {name}"] = made["id"]


async def void(play: Player, name: str) -> None:
    number = play.stage.ids[f"refund of {name}"]
    await play.stage.ask("POST", f"{_order(play, name)}/refunds/{number}/void")


async def cancel(play: Player, name: str) -> None:
    await play.stage.ask("POST", f"{_order(play, name)}/cancel")


async def event(play: Player, who: str, what: str, name: str) -> None:
    member = await play.stage.person(who)
    body = {"external_id": name, "member_id": member, "name": what}
    await play.stage.make(name, f"/programs/{play.stage.program}/custom_events", body)


async def take_back(play: Player, name: str, word: str) -> None:
    act = {"is cancelled": "cancel", "is restored": "restore"}[word]
    await play.stage.ask("POST", f"/custom_events/{play.stage.ids[name]}/{act}")


async def enter(play: Player, who: str, segment: str) -> None:
    member = await play.stage.person(who)
    body = {"external_id": play.new_name(), "member_id": member, "segment": segment}
    await play.stage.ask("POST", f"/programs/{play.stage.program}/segment_entries", body)


async def join(play: Player, who: str) -> None:
    await play.stage.person(who)
    play.before[who] = "0"


async def move(play: Player, who: str, verb: str, amount: str, other: str | None) -> None:
    account = await play.stage.account(who, other or "points")
    kind = {"gets": "accrue", "spends": "redeem"}[verb]
    body = {"type": kind, "amount": amount}
    await play.stage.ask("POST", f"/accounts/{account}/transactions", body)


async def purchase(play: Player, who: str, quantity: str, name: str) -> None:
    member = await play.stage.person(who)
    body = {
        "reward_id": play.stage.ids[name],
        "quantity": int(quantity),
        "external_id": play.new_name(),
    }
    made = await play.stage.ask("POST", f"/members/{member}/purchases", body)
    play.stage.ids["purchase"] = made["id"]
    play.stage.ids["code"] = made["codes"][0]["code"] if made.get("codes") else ""


async def give_back(play: Player, quantity: str) -> None:
    path = f"/purchases/{play.stage.ids['purchase']}/refund"
    await play.stage.ask("POST", path, {"quantity": int(quantity)})


async def use_code(play: Player) -> None:
    await play.stage.ask("POST", f"/codes/{play.stage.ids['code']}/use")


async def wait(play: Player, count: str, unit: str) -> None:
    play.stage.shop.now += int(count) * _UNITS[unit]


async def delete_rule(play: Player, name: str) -> None:
    rule = play.stage.ids[name]
    await play.stage.ask("POST", f"/rules/{rule}/deactivate")
    await play.stage.ask("DELETE", f"/rules/{rule}")


async def serve(play: Player, who: str, label: str, what: str) -> None:
    await play.stage.bill(who, label, _prices(what))


async def visit(play: Player, who: str, label: str, what: str) -> None:
    await play.stage.bill(who, label, _prices(what))
    await play.stage.complete(label)


STEPS: Final[dict[str, Step]] = {
    r"currency (\w+)(?:: (\{.+\}))?": currency,
    r"tiers: ([^{]+?)(?: (\{.+\}))?": tiers,
    r"reward (\w+): ([\d.]+) points(?:, gives ([\w ]+?))?(?:, stock (\d+))?": reward,
    r"benefit (\w+): stock (\d+)": benefit,
    r"(\w+): (growing discount|discount|package|cashback|referral) of (.+)": offer,
    r"(\w+) (buys|orders) (\w+): ([\w. ,]+?)(?: (USD|JPY))?": order,
    r"(\w+) is paid": pay_order,
    r"(\w+) pays for (\w+) with points: ([\d.]+)": pay_with_points,
    r"(\w+) is refunded: ([\w.]+)": refund,
    r"the refund of (\w+) is void": void,
    r"order (\w+) is cancelled": cancel,
    r"(\w+) has (\w+) as event (\w+)": event,
    r"event (\w+) (is cancelled|is restored)": take_back,
    r"(\w+) enters (\w+)": enter,
    r"(\w+) joins": join,
    r"(\w+) (gets|spends) (\d+)(?: (\w+))?": move,
    r"(\w+) takes (\d+) (\w+)": purchase,
    r"(\d+) of it (?:is|are) given back": give_back,
    r"the code is used": use_code,
    r"(\d+) (hour|day)s? later": wait,
    r"rule (\w+) is deleted": delete_rule,
    r"(\w+) is served (\w+): ([\w. ,]+)": serve,
    r"(\w+) visits (\w+): ([\w. ,]+)": visit,
    r"visit (\w+) is paid": lambda play, label: play.stage.complete(label),
    r"visit (\w+) is now: ([\w. ,]+)": lambda play, label, what: play.stage.change_bill(
        label, _prices(what)
    ),
    r"visit (\w+) is deleted": lambda play, label: play.stage.delete_bill(label),
    r"(\w+) is given on (\w+)": lambda play, name, label: play.stage.apply(name, label),
    r"(\w+) is taken from (\w+)": lambda play, name, label: play.stage.apply(
        name, label, cancel=True
    ),
    r"(\w+) has sent the guest of (\w+)": lambda play, friend, label: play.stage.refer(
        label, friend
    ),
}


# -- what must be true -------------------------------------------------------------------


def _cents(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(4, "0"))


async def changed(play: Player, who: str, verb: str, amount: str) -> None:
    now = _cents(await play.stage.active(who)) - _cents(play.before.get(who, "0"))
    expected = _cents(amount) * (1 if verb == "earns" else -1)
    assert now == expected, f"{now / 10_000}"


async def unchanged(play: Player, who: str) -> None:
    await changed(play, who, "earns", "0")


async def has(play: Player, who: str, amount: str, other: str | None) -> None:
    found = await play.stage.active(who, other or "points")
    assert _cents(found) == _cents(amount), found


async def is_in(play: Player, who: str, tier: str | None) -> None:
    found = await play.stage.tier(who)
    assert found == tier, found


async def is_nobody(play: Player, who: str) -> None:
    await is_in(play, who, None)


async def stock(play: Player, name: str, left: str) -> None:
    number = play.stage.ids[name]
    if number.startswith("ben_"):
        found = (await play.stage.ask("GET", f"/benefits/{number}"))["stock"]
    else:
        found = (await play.stage.ask("GET", f"/rewards/{number}"))["offer"]["stock"]
    assert found == int(left), found


async def remains(play: Player, name: str, amount: str) -> None:
    found = (await play.stage.ask("GET", _order(play, name)))["remaining"]
    assert found == amount, found


async def cheaper(play: Player, label: str, amount: str) -> None:
    found = await play.stage.taken_off(label)
    assert found == float(amount), found


EXPECTATIONS: Final[dict[str, Step]] = {
    r"(\w+) (earns|loses) ([\d.]+)": changed,
    r"nothing changes for (\w+)": unchanged,
    r"(\w+) has (-?[\d.]+)(?: (\w+))?": has,
    r"(\w+) is in no tier": is_nobody,
    r"(\w+) is (\w+)": is_in,
    r"stock of (\w+): (\d+)": stock,
    r"([\w.]+) of (\w+) remains": lambda play, amount, name: remains(play, name, amount),
    r"(\w+) costs ([\d.]+) less": cheaper,
}
