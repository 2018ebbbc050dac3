"""Random histories of rules, orders, events and purchases agree with the naive model.

The part `rules` of the campaign plays many more.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.campaign.parts import SqliteDatabases
from tests.campaign.rules import play
from tests.model.loyalty.drafting import AMOUNTS, BEGIN
from tests.model.loyalty.histories import history
from tests.model.loyalty.laws import check_laws
from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import HOUR, Currency, Exchange

FIRST, HISTORIES = 0, 100
EACH = 50


@pytest.mark.parametrize("first", range(FIRST, FIRST + HISTORIES, EACH))
def test_histories(tmp_path: Path, first: int) -> None:
    figures = play(SqliteDatabases(tmp_path), f"rules 1 {first}", EACH)
    assert figures["steps"] > EACH


@pytest.mark.parametrize("seed", range(40))
def test_what_is_wholly_refunded_leaves_no_trace(seed: int) -> None:
    """R1: with debt, a return other than `none` and no expiry, all balances are as before."""
    random = Random(seed)
    policies = ("proportional", "points_first", "points_last", "on_whole")
    made = Shop(
        {
            name: Currency(
                scale=random.choice((0, 2)),
                exchange=Exchange(*random.choice(((1, 1), (3, 1), (7, 3)))),
                returns=random.choice(policies),
            )
            for name in ("points", "stars")
        }
    )
    made.now = BEGIN
    made.add_member("anna", {"level": "1.5"}, ("vip",))
    for step in history(seed).steps:
        if step.verb == "add_rule" and "benefit" not in repr(step.about):
            rule = step.about["version"]
            if all(
                getattr(effect, "currency", "") in made.currencies
                for earning in rule.earnings
                for effect in earning.effects
            ):
                made.add_rule(step.about["name"], rule._replace(on_partial="recount"))
    for currency in made.currencies:
        made.give("anna", currency, 1000)
    before = {name: account.active for name, account in made.accounts.items()}

    amount = random.choice(AMOUNTS)
    made.make_order("o", "anna", amount=amount, metadata={"source": "3"}, channel="web")
    for currency in random.sample(sorted(made.currencies), random.randrange(3)):
        made.request(lambda: made.pay_with_points("o", currency, max_amount=amount // 2))  # noqa: B023
    made.pay("o")
    for currency in made.currencies:
        made.request(lambda: made.spend("anna", currency, 50))  # noqa: B023
    made.now += HOUR
    order, number = made.state.orders["o"], 0
    while order.remaining:
        number += 1
        part = random.randint(1, order.remaining)
        assert made.request(lambda: made.refund("o", f"f{number}", amount=part)) is None  # noqa: B023
        order = made.state.orders["o"]
    check_laws(made, voided=False)
    for name, account in made.accounts.items():
        by_hand = sum(
            row.amount for row in account.rows.values() if not_of_orders(made, name, row.n)
        )
        assert account.active + account.sum("pending") == before.get(name, 0) - by_hand, name


def not_of_orders(made: Shop, account: tuple[str, str], row: int) -> bool:
    """Whether the row is a redemption that pays for no order."""
    paid = {(each.account, each.row) for each in made.state.payments}
    return made.accounts[account].rows[row].kind.name == "REDEEM" and (account, row) not in paid
