"""Laws of rules.md §12 that the naive model itself must keep, so that no error is agreed upon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tests.model.loyalty.awarding import budgeted
from tests.model.loyalty.judging import Errored, result
from tests.model.loyalty.periods import same_period
from tests.model.loyalty.refunds import reads_totals
from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import Account, Award

Standing = Mapping[tuple[Account, int], int]
"""What is in force of each award, by account and row."""


def standing(shop: Shop) -> Standing:
    return {
        (award.account, award.row): shop.in_force(award.account, award.row)
        for award in shop.state.awards
    }


def check_downward(verb: str, before: Standing, after: Standing) -> None:
    """R3: what takes back raises no award and starts none."""
    if verb in ("refund", "cancel_order", "change", "cancel_event", "cancel_award"):
        assert set(before) == set(after), "R3: an award was started"
        for award, amount in after.items():
            assert amount <= before[award], f"R3: {award} rose"


def check_laws(shop: Shop, *, voided: bool, cascades: bool = True) -> None:
    """R1, R2, R8, R10, R11, R17. What a void restores may exceed a limit that others used since.
    If not every refund `cascades`, thresholds that are no longer met may have stayed."""
    check_awards(shop)
    check_orders(shop, cascades=cascades)
    check_shelf(shop)
    if not voided:
        check_limits(shop)


def check_awards(shop: Shop) -> None:
    rows = [(award.account, award.row) for award in shop.state.awards]
    assert len(rows) == len(set(rows)), "R8: an accrual has two awards"
    for award in shop.state.awards:
        in_force = shop.in_force(award.account, award.row)
        assert 0 <= in_force <= award.amount <= award.calculated, f"R8: {award}"


def check_orders(shop: Shop, *, cascades: bool) -> None:
    for name, order in shop.state.orders.items():
        assert 0 <= order.refunded <= order.total, "R17: more was refunded than the order has"
        for line in order.lines:
            assert 0 <= line.left <= line.total, "R17: more was refunded than the line has"
        if order.lines:
            assert sum(line.left for line in order.lines) == order.remaining, "R17: the split"
        awards = shop.awards_of(f"order {name}")
        if awards and order.remaining == 0:
            left = sum(shop.in_force(award.account, award.row) for award in awards)
            assert left == 0, "R1: nothing remains of the order"
        elif order.refunded:
            judged = (each for each in awards if cascades or not reads_totals(each.version))
            check_remainder(shop, list(judged))


def check_remainder(shop: Shop, awards: list[Award]) -> None:
    """R2: no more is in force than the version gives for what remains."""
    in_force: Counter[tuple[str, Account]] = Counter()
    for award in awards:
        in_force[award.rule, award.account] += shop.in_force(award.account, award.row)
    for award in awards:
        if award.version.on_partial != "recount":
            continue
        facts = shop.facts_of(shop.state.events[award.event])
        try:
            found = result(award.version, facts, shop.currencies, given_by=award.earning)
        except Errored:
            continue
        gains = [] if found is None else found.gains
        most = sum(gain.points for gain in gains if gain.currency == award.account[1])
        assert in_force[award.rule, award.account] <= most, f"R2: {award.rule} of {award.event}"


def check_limits(shop: Shop) -> None:
    """R10, for rules that were never changed."""
    zone = shop.zone
    for rule in shop.state.rules.values():
        if len(rule.versions) > 1:
            continue
        version, given = rule.versions[0][1], shop.triggered(rule.name, None)
        awards = [award for award in shop.state.awards if award.rule == rule.name]
        if version.limits.frequency is not None:
            most, unit = version.limits.frequency
            for member in shop.state.members:
                own = shop.triggered(rule.name, member)
                for _, at in own:
                    events = {name for name, t in own if same_period(unit, t, at, zone)}
                    assert len(events) <= most, f"R10: frequency of {rule.name}"
        if version.limits.budget is not None:
            what, most, unit = version.limits.budget
            for _, at in given:
                if what == "triggers":
                    used = len({name for name, t in given if same_period(unit, t, at, zone)})
                else:
                    used = sum(
                        shop.in_force(award.account, award.row)
                        for award in awards
                        if award.account[1] == budgeted(version)
                        and same_period(unit, award.effective_at, at, zone)
                    )
                assert used <= most, f"R10: budget of {rule.name}"
    for award in shop.state.awards:
        limits = shop.currencies[award.account[1]].limits
        if limits.per_transaction is not None:
            assert award.amount <= limits.per_transaction, "R10: per transaction"
        if limits.period is not None:
            most, unit = limits.period
            used = sum(
                shop.in_force(each.account, each.row)
                for each in shop.state.awards
                if each.account == award.account
                and same_period(unit, each.effective_at, award.effective_at, zone)
            )
            assert used <= most, "R10: period"


def check_shelf(shop: Shop) -> None:
    """R11."""
    for name, item in shop.shelf.rewards.items():
        own = [each for each in shop.shelf.purchases.values() if each.reward == name]
        if item.stock is not None:
            in_force = sum(each.quantity - each.refunded for each in own)
            assert item.stock >= 0
            assert item.stock + in_force + item.written_off == item.put_in, f"R11: {name}"
    for name, benefit in shop.shelf.benefits.items():
        given = [each for each in shop.shelf.grants if each.benefit == name]
        if benefit.stock is not None:
            in_force = sum(each.state == "approved" for each in given)
            assert benefit.stock >= 0
            assert benefit.stock + in_force == benefit.put_in, f"R11: {name}"
