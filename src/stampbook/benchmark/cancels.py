"""Each vendor's cancel under load. The transactions to cancel are created first, untimed."""

from collections.abc import Sequence
from typing import Any, Final

from stampbook.benchmark.figures import Sample
from stampbook.benchmark.loading import Post
from stampbook.benchmark.seeding import number as number_of
from stampbook.benchmark.seeding import text
from stampbook.benchmark.staging import Stage, Timed
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.dialects.spelling.voucherify import Prefix, spell

PENDING: Final = {"type": "period", "period": {"value": 30, "unit": "day"}}
"""In Voucherify's scenario, points cannot be used for a month."""

JSON_ENVELOPE: Final = "application/vnd.api.v2+json"


def altcraft(stage: Stage, accounts: int) -> Timed:
    """Cancel redemptions with `cancel_transaction`."""
    shop = stage.seeder.shop(accounts)

    def window(_: float) -> Sample:
        made = stage.seeder.bulk("redeem", shop.accounts, "10.00", keep=True)
        posts = [
            (
                "/api/v1.1/loyalty/cancel_transaction",
                text(transaction_id=write_transaction(number_of(transaction["id"]))),
            )
            for transaction in made
        ]
        stage.loader.listed("cancel", stage.headers, posts, expect='"error":0,')
        return stage.run("cancel")

    return window


def voucherify(stage: Stage, accounts: int) -> Timed:
    """Cancel buckets of pending points."""
    shop = stage.seeder.shop(accounts, scale=0, pending=PENDING)
    headers = {"x-app-id": stage.key_id, "x-app-token": stage.secret}
    cards = [
        f"/v2/loyalties/programs/{spell(Prefix.PROGRAM, number_of(shop.program))}"
        f"/members/{spell(Prefix.MEMBER, number_of(member))}"
        f"/cards/{spell(Prefix.CARD, number_of(account))}/pending-points/"
        for member, account in zip(shop.members, shop.accounts, strict=True)
    ]

    def window(_: float) -> Sample:
        made = stage.seeder.bulk("accrue", shop.accounts, "60", keep=True)
        posts = [
            (f"{card}{spell(Prefix.PENDING_BUCKET, _lot(accrual))}/cancel", "")
            for card, accrual in zip(cards, made, strict=True)
        ]
        stage.loader.listed("cancel", headers, posts, expect="TRANSACTION_CREATED")
        return stage.run("cancel")

    return window


def _lot(accrual: Any) -> int:
    return number_of(accrual["allocations"][0]["lot_id"])


def altegio(stage: Stage, accounts: int) -> Timed:
    """Cancel, with `cancel_card_withdrawal`, what a card paid for two lines of a visit."""
    shop = stage.seeder.shop(accounts)
    location = stage.seeder.make("/v1/locations", program_id=shop.program, title="Benchmark")["id"]
    visits = stage.seeder.send([("/v1/visits", _visit(location, each)) for each in shop.members])
    headers = {
        "authorization": f"Bearer {stage.secret}, User {stage.user_token()}",
        "accept": JSON_ENVELOPE,
    }
    cards = [f"{number_of(location)}/{number_of(account)}" for account in shop.accounts]

    def window(_: float) -> Sample:
        stage.seeder.send(
            _calls("apply", cards, visits, amount=100),
            headers=headers,
            expect='"loyalty_transactions":[{',
            keep=False,
        )
        posts = _calls("cancel", cards, visits)
        stage.loader.listed("cancel", headers, posts, expect='"loyalty_transactions":[]')
        return stage.run("cancel")

    return window


def _visit(location: str, member: str) -> str:
    """A product for 20.00 and a service for 3000.00."""
    lines = [{"kind": "good", "price": "20.00"}, {"kind": "service", "price": "3000.00"}]
    return text(location_id=location, member_id=member, attendance="came", lines=lines)


def _calls(verb: str, cards: Sequence[str], visits: Sequence[Any], **more: object) -> list[Post]:
    return [
        (
            f"/api/v1/visit/loyalty/{verb}_card_withdrawal/{card}",
            text(
                record_id=number_of(visit["appointments"][0]),
                visit_id=number_of(visit["id"]),
                **more,
            ),
        )
        for card, visit in zip(cards, visits, strict=True)
    ]
