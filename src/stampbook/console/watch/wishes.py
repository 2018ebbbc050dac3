"""What a request asks for that waits for a second person, in a sentence."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from stampbook.console.accounts.history import described
from stampbook.console.accounts.previewing import added, negated
from stampbook.console.api import Json
from stampbook.console.members.opened import name_of
from stampbook.console.paths import path_of
from stampbook.console.values import number_of
from stampbook.console.view import View
from stampbook.speaking.speech import translatable


class Wish(NamedTuple):
    """`text` says what is asked; `detail` is the sentence of the transaction that it acts upon,
    `path` the page of what it is about. `amount` is what was asked for, if the request says it."""

    text: str
    detail: str = ""
    path: str = ""
    amount: str | None = None
    unit: str = ""


MOVES: Final = {
    "accrue": translatable("Give points to %(name)s"),
    "redeem": translatable("Take points from %(name)s"),
    "hold": translatable("Put points of %(name)s on hold"),
    "adjust": translatable("Adjust the balance of %(name)s"),
    "reinstate": translatable("Reinstate expired points of %(name)s"),
}

ACTS: Final = {
    "cancel": translatable("Cancel a movement of %(name)s"),
    "undo": translatable("Undo a cancel of %(name)s"),
    "commit": translatable("Confirm a movement of %(name)s"),
    "release": translatable("Release a movement of %(name)s"),
    "activate": translatable("Make points of %(name)s usable now"),
    "expire": translatable("Let points of %(name)s expire now"),
}


class Owner(NamedTuple):
    """Whose an account is, and what it counts."""

    name: str
    unit: str = ""
    scale: int = 0

    def amount(self, typed: object) -> str:
        """The amount with all its decimals; requests may have fewer."""
        return f"{Decimal(str(typed)):.{self.scale}f}"


class Wishes:
    """Puts requests into words; what several of them name is asked for once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str, Json | None] = {}

    async def of(self, request: Json) -> Wish:
        """The request of an approval, as the native API gives it."""
        path = str(request["path"]).partition("?")[0]
        words, body = path.strip("/").split("/")[1:], body_of(request)
        match request["method"], words:
            case "POST", ["accounts", account, "transactions"]:
                return await self._move({**body, "account_id": account})
            case "POST", ["transactions", name, act]:
                return await self._act({**body, "op": act, "transaction_id": name})
            case "POST", ["transfers"]:
                return await self._transfer(body)
            case "POST", ["bulk"]:
                return await self._bulk(body.get("operations") or [])
            case "POST", ["programs", program, "orders", order, *rest]:
                return await self._order(f"/v1/programs/{program}/orders/{order}", order, rest)
            case "POST", ["members", member, "purchases"]:
                return await self._buy(member, body)
            case "POST", ["purchases", purchase, "refund"]:
                return await self._refund(purchase)
            case _, ["visits", visit, *rest]:
                return self._visit(visit, rest)
        return Wish(self._view.say("Another request"))

    async def _move(self, body: Mapping[str, Any]) -> Wish:
        account, kind = body["account_id"], str(body["type"])
        owner = await self._owner(account)
        if kind == "adjust" and body.get("lot_id"):
            kind = "reinstate"
        text = MOVES.get(kind, translatable("Move points of %(name)s"))
        said = self._view.say(text, name=owner.name)
        amount = owner.amount(body["amount"])
        return Wish(said, "", path_of("account", account), amount, owner.unit)

    async def _act(self, body: Mapping[str, Any]) -> Wish:
        name, act = str(body["transaction_id"]), str(body["op"])
        row = await self._get(f"/v1/transactions/{name}")
        if row is None:
            return Wish(self._view.say("Another request"))
        if act == "cancel" and row["cancels"]:
            act = "undo"
        owner = await self._owner(row["account_id"])
        left = added(row["amount"], negated(row["cancelled_amount"]))
        text = ACTS.get(act, translatable("Move points of %(name)s"))
        (shown,) = await described(self._view, [row])
        return Wish(
            self._view.say(text, name=owner.name),
            shown["text"],
            path_of("transaction", row["id"]),
            owner.amount(body.get("amount") or left),
            owner.unit,
        )

    async def _transfer(self, body: Mapping[str, Any]) -> Wish:
        giver = await self._owner(body["from_account_id"])
        taker = await self._owner(body["to_account_id"])
        text = self._view.say(
            "Transfer points from %(name)s to %(other)s", name=giver.name, other=taker.name
        )
        path = path_of("account", body["from_account_id"])
        return Wish(text, "", path, giver.amount(body["amount"]), giver.unit)

    async def _bulk(self, operations: Sequence[Mapping[str, Any]]) -> Wish:
        """The first of several acts, and how many there are besides."""
        if not operations:
            return Wish(self._view.say("Another request"))
        first, rest = operations[0], len(operations) - 1
        match str(first.get("op") or first.get("type")):
            case "transfer":
                wish = await self._transfer(first)
            case kind if kind in MOVES:
                wish = await self._move({**first, "type": kind})
            case act:
                wish = await self._act({**first, "op": act})
        if not rest:
            return wish
        text = self._view.speech.ngettext(
            "%(what)s, and %(num)s further act",
            "%(what)s, and %(num)s further acts",
            rest,
            what=wish.text,
            num=rest,
        )
        return wish._replace(text=text, amount=None)

    async def _order(self, path: str, order: str, rest: Sequence[str]) -> Wish:
        say, found = self._view.say, await self._get(path)
        number = order if found is None else found["external_id"] or found["id"]
        match rest:
            case ["refunds"]:
                text = say("Refund order %(number)s", number=number)
            case ["cancel"]:
                text = say("Cancel order %(number)s", number=number)
            case ["refunds", _, "void"]:
                text = say("Undo a refund of order %(number)s", number=number)
            case _:
                text = say("Change order %(number)s", number=number)
        return Wish(text, "", path_of("order", order))

    async def _buy(self, member: str, body: Mapping[str, Any]) -> Wish:
        reward = await self._get(f"/v1/rewards/{body.get('reward_id')}")
        buyer = await self._get(f"/v1/members/{member}")
        text = self._view.say(
            "Buy %(reward)s for %(name)s",
            reward=body.get("reward_id") if reward is None else reward["name"],
            name=member if buyer is None else name_of(buyer),
        )
        return Wish(text, "", path_of("member", member))

    async def _refund(self, purchase: str) -> Wish:
        found = await self._get(f"/v1/purchases/{purchase}")
        reward = found and await self._get(f"/v1/rewards/{found['reward_id']}")
        buyer = found and await self._get(f"/v1/members/{found['member_id']}")
        text = self._view.say(
            "Refund %(reward)s of %(name)s",
            reward=reward["name"] if reward else purchase,
            name=name_of(buyer) if buyer else "",
        )
        return Wish(text.strip(), "", f"/console/purchases/{purchase}")

    def _visit(self, visit: str, rest: Sequence[str]) -> Wish:
        say, number = self._view.say, str(number_of(visit))
        match rest:
            case ["withdrawals", _]:
                text = say("Give back what the card paid for visit %(number)s", number=number)
            case ["withdrawals"]:
                text = say("Pay for visit %(number)s with points", number=number)
            case _:
                text = say("Change visit %(number)s", number=number)
        return Wish(text, "", path_of("visit", visit))

    async def _owner(self, account: str) -> Owner:
        found = await self._get(f"/v1/accounts/{account}")
        if found is None:
            return Owner(account)
        member = await self._get(f"/v1/members/{found['member_id']}")
        currency = await self._get(f"/v1/currencies/{found['currency_id']}")
        name = account if member is None else name_of(member)
        if currency is None:
            return Owner(name)
        return Owner(name, str(currency["name"]), int(currency["scale"]))

    async def _get(self, path: str) -> Json | None:
        if path not in self._known:
            self._known[path] = await self._view.api.find(path)
        return self._known[path]


def body_of(request: Json) -> Json:
    """The body that a request was sent with; empty if it had none."""
    body = request["body"]
    return body if isinstance(body, dict) else {}


def reason_of(request: Json) -> str:
    """Why it was asked for: the reason in the request's body, or in its address."""
    query = parse_qs(str(request["path"]).partition("?")[2])
    return str(body_of(request).get("reason") or query.get("reason", [""])[0])
