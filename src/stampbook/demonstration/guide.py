"""The demo in the console: its login, and the three cancels as cards of the first page."""

from stampbook.console.front.guide import Card, Guide
from stampbook.console.paths import cancel_path
from stampbook.demonstration.facts import (
    Facts,
    altcraft_cancel,
    altegio_cancel,
    voucherify_cancel,
)
from stampbook.demonstration.seeding import TIMEZONE, Demo, Holding
from stampbook.dialects.native import ids
from stampbook.domain.model import transaction_number


def guide_for(demo: Demo, facts: Facts) -> Guide:
    """What the console shows of the demo."""
    coffee = demo.coffee
    account, visit = ids.write(ids.ACCOUNT, coffee.account), ids.write(ids.VISIT, coffee.visit)
    paid = tuple(
        ids.write(ids.TRANSACTION, transaction_number(account=coffee.account, seq=seq))
        for seq in coffee.paid_by
    )
    withdrawal = Card(
        name="altegio",
        account=account,
        transactions=paid,
        look=f"/console/visits/{visit}",
        preview=f"/console/visits/{visit}/withdrawals/{account}/cancel",
        curl=altegio_cancel(facts),
    )
    (terms,) = demo.points.transaction.terms
    bucket = _card("voucherify", demo.points, voucherify_cancel(facts))
    return Guide(
        demo.access.login,
        demo.access.password,
        (
            withdrawal,
            bucket._replace(usable_on=(terms.activates_at, TIMEZONE)),
            _card("altcraft", demo.club, altcraft_cancel(facts)),
        ),
    )


def _card(name: str, holding: Holding, curl: str) -> Card:
    """The cancel of the transaction that matters there."""
    account = ids.write(ids.ACCOUNT, holding.account)
    transaction = ids.write(ids.TRANSACTION, holding.transaction.number)
    return Card(
        name=name,
        account=account,
        transactions=(transaction,),
        look=f"/console/accounts/{account}",
        preview=cancel_path([transaction]),
        curl=curl,
    )
