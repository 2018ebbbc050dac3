"""Rewards and benefits: what points buy, what rules give besides, and their codes (rules.md §8)."""

from __future__ import annotations

from dataclasses import dataclass, field

from stampbook.domain.commands import Redeem
from tests.model.loyalty.judging import Errored, result
from tests.model.loyalty.periods import later, same_period
from tests.model.loyalty.refunds import Refunds, reads_totals
from tests.model.loyalty.values import (
    Account,
    Condition,
    Event,
    Facts,
    Refund,
    Refusal,
    Rule,
    Version,
)


@dataclass
class Reward:
    """`costs`: currency, points and condition of one piece. `put_in` counts towards the stock."""

    kind: str
    costs: tuple[tuple[str, int, Condition | None], ...]
    bought: tuple[str, int] | None = None
    pool: list[str] | None = None
    frequency: tuple[int, str] | None = None
    cooldown: tuple[int, str] | None = None
    stock: int | None = None
    put_in: int = 0
    written_off: int = 0
    active: bool = True


@dataclass
class Purchase:
    reward: str
    member: str
    account: Account
    row: int
    quantity: int
    points: int
    at: int
    refunded: int = 0
    target: tuple[Account, int, int] | None = None
    """Of points that were bought: account, row and points of one piece."""
    codes: list[str] = field(default_factory=list)
    """The states of its codes, oldest first: issued, used, voided."""


@dataclass
class Benefit:
    kind: str
    stock: int | None = None
    put_in: int = 0


@dataclass
class Grant:
    """`code`: the state of its code, if it has one."""

    name: str
    benefit: str
    event: str
    rule: str
    version: Version
    effect: int
    earning: int
    member: str
    effective_at: int
    state: str = "approved"
    code: str | None = None


@dataclass
class Shelf:
    rewards: dict[str, Reward] = field(default_factory=dict)
    purchases: dict[str, Purchase] = field(default_factory=dict)
    benefits: dict[str, Benefit] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)


class Rewards(Refunds):
    """Sells rewards and gives benefits."""

    @property
    def shelf(self) -> Shelf:
        found: Shelf = self.state.more.setdefault("shelf", Shelf())
        return found

    # -- requests ---------------------------------------------------------------------------

    def add_reward(self, name: str, reward: dict[str, object]) -> None:
        made = Reward(**reward)  # type: ignore[arg-type]
        made.put_in = made.stock or 0
        made.pool = None if made.pool is None else list(made.pool)
        self.shelf.rewards[name] = made

    def switch_reward(self, name: str, on: bool) -> None:
        self.shelf.rewards[name].active = on

    def buy(self, name: str, member: str, reward: str, quantity: int) -> None:
        if name in self.shelf.purchases:
            before = self.shelf.purchases[name]
            if (before.member, before.reward, before.quantity) != (member, reward, quantity):
                raise Refusal("external_id_taken")
            return
        item = self.shelf.rewards[reward]
        if not self.active:
            raise Refusal("program_inactive")
        if not self.state.members[member].active:
            raise Refusal("member_inactive")
        if not item.active:
            raise Refusal("reward_inactive")
        currency, price = self.price(item, member)
        self.check_limits(item, reward, member, quantity)
        account = (member, currency)
        row = self.submit(account, Redeem(price * quantity))
        if item.stock is not None:
            if item.stock < quantity:
                raise Refusal("out_of_stock")
            item.stock -= quantity
        if item.pool is not None:
            if len(item.pool) < quantity:
                raise Refusal("out_of_stock")
            del item.pool[:quantity]
        made = Purchase(reward, member, account, row, quantity, price, self.now)
        if item.kind == "code":
            made.codes = ["issued"] * quantity
        if item.bought is not None:
            target = (member, item.bought[0])
            # What was paid for is there at once, even where earned points wait.
            got = self.accrue(target, item.bought[1] * quantity, self.now, pending_days=0)
            made.target = (target, got, item.bought[1])
        self.shelf.purchases[name] = made

    def price(self, item: Reward, member: str) -> tuple[str, int]:
        who, tiers = self.state.members[member], self.tiers_of(member)
        facts: Facts = {
            "member": {
                "tiers": tiers,
                "tier": tiers[0] if tiers else "",
                "segments": sorted(who.segments),
                "metadata": who.metadata,
            },
            "local": self.local(self.now),
        }
        for currency, points, condition in item.costs:
            try:
                if condition is None or condition.holds(facts):
                    return currency, points
            except KeyError:
                continue
        raise Refusal("no_matching_cost")

    def check_limits(self, item: Reward, reward: str, member: str, quantity: int) -> None:
        """Pieces in force count."""
        own = [
            each
            for each in self.shelf.purchases.values()
            if each.member == member and each.reward == reward and each.refunded < each.quantity
        ]
        if item.cooldown is not None:
            count, unit = item.cooldown
            if any(self.now < later(each.at, count, unit, self.zone) for each in own):
                raise Refusal("limit_reached")
        if item.frequency is not None:
            most, unit = item.frequency
            pieces = sum(
                each.quantity - each.refunded
                for each in own
                if same_period(unit, each.at, self.now, self.zone)
            )
            if pieces + quantity > most:
                raise Refusal("limit_reached")

    def use_code(self, purchase: str, place: int) -> None:
        codes = self.shelf.purchases[purchase].codes
        if codes[place] == "used":
            raise Refusal("code_used")
        if codes[place] == "voided":
            raise Refusal("not_found")
        codes[place] = "used"

    def refund_purchase(
        self,
        purchase: str,
        *,
        quantity: int | None = None,
        write_off: bool = False,
        keep: bool = False,
    ) -> None:
        found = self.shelf.purchases[purchase]
        item = self.shelf.rewards[found.reward]
        left = found.quantity - found.refunded
        pieces = left if quantity is None else quantity
        if left == 0:
            raise Refusal("already_cancelled")
        if pieces > left:
            raise Refusal("exceeds_original")
        self.void_codes(found, pieces, whole=pieces == left, keep=keep)
        found.refunded += pieces
        # What the purchase did last is undone first.
        if found.target is not None:
            account, row, points = found.target
            self.cancel(account, row, points * pieces)
        self.cancel(found.account, found.row, found.points * pieces)
        if write_off:
            item.written_off += pieces
        elif item.stock is not None:
            item.stock += pieces

    def void_codes(self, found: Purchase, pieces: int, *, whole: bool, keep: bool) -> None:
        """Of the newest codes as many as pieces, those that are not used first."""
        if not found.codes:
            return
        unused = [n for n, state in enumerate(found.codes) if state == "issued"]
        if len(unused) < pieces and not keep:
            raise Refusal("code_used")
        for n in unused[::-1][:pieces]:
            found.codes[n] = "voided"

    # -- benefits -----------------------------------------------------------------------------

    def add_benefit(self, name: str, kind: str, stock: int | None) -> None:
        self.shelf.benefits[name] = Benefit(kind, stock, stock or 0)

    def grant(
        self, event: Event, rule: Rule, version: Version, earning: int, place: int, benefit: str
    ) -> None:
        item = self.shelf.benefits[benefit]
        made = Grant(
            f"{rule.name} {place}",
            benefit,
            event.name,
            rule.name,
            version,
            place,
            earning,
            event.member,
            event.effective_at,
        )
        self.shelf.grants.append(made)
        if item.stock is not None:
            if item.stock == 0:
                made.state = "rejected"
                return
            item.stock -= 1
        if item.kind == "code":
            made.code = "issued"

    def use_grant(self, event: str) -> None:
        """The first code that the event gave."""
        grant = next(grant for grant in self.grants_of(event) if grant.code is not None)
        if grant.code != "issued":
            raise Refusal("code_used" if grant.code == "used" else "not_found")
        grant.code = "used"

    def grants_of(self, event: str) -> list[Grant]:
        return [grant for grant in self.shelf.grants if grant.event == event]

    def drop_grants(self, event: str) -> None:
        for grant in self.grants_of(event):
            self.drop(grant)

    def drop(self, grant: Grant) -> bool:
        """An unused code is voided; a used one stays, and so do goods."""
        stays = grant.code in ("used", None)
        if grant.state != "approved" or stays:
            return False
        grant.state = "refunded"
        grant.code = "voided" if grant.code else None
        item = self.shelf.benefits[grant.benefit]
        if item.stock is not None:
            item.stock += 1
        return True

    def recount_grants(self, event: Event, refund: Refund, *, only_of_totals: bool = False) -> None:
        """Benefits that what remains does not give fall."""
        for grant in self.grants_of(event.name):
            if only_of_totals and not reads_totals(grant.version):
                continue
            if not self.remains(event, grant) and self.drop(grant):
                refund.grants.append(f"{grant.event} {grant.name}")

    def remains(self, event: Event, grant: Grant) -> bool:
        """Whether what is left of the event gives the benefit."""
        order = self.state.orders[event.order] if event.order is not None else None
        if event.cancelled or (order is not None and order.remaining == 0):
            return False
        return grant.version.on_partial != "recount" or self.still_gives(event, grant)

    def still_gives(self, event: Event, grant: Grant) -> bool:
        """Whether its version gives the benefit for what remains, or cannot say."""
        try:
            found = result(
                grant.version, self.facts_of(event), self.currencies, given_by=grant.earning
            )
        except Errored:
            return True
        return found is not None and grant.benefit in [each for _, each in found.benefits]

    def grants_to_restore(self, refund: Refund) -> list[str]:
        """What a void of the refund brings back."""
        return [
            name
            for grant in self.shelf.grants
            if (name := f"{grant.event} {grant.name}") in refund.grants
            and self.remains(self.state.events[grant.event], grant)
        ]

    def restore_grants(self, names: list[str]) -> None:
        for grant in self.shelf.grants:
            if f"{grant.event} {grant.name}" in names:
                item = self.shelf.benefits[grant.benefit]
                if item.stock is not None:
                    if item.stock == 0:
                        raise Refusal("out_of_stock")
                    item.stock -= 1
                grant.state = "approved"
                grant.code = "issued" if grant.code else None

    def granted(self, rule: str, member: str | None) -> list[tuple[str, int]]:
        """Event and instant of the grants in force of a rule, which its limits count."""
        return [
            (grant.event, grant.effective_at)
            for grant in self.shelf.grants
            if grant.rule == rule and grant.state == "approved" and member in (None, grant.member)
        ]
