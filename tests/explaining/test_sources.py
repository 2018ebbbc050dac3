"""What movements belong to is said by its name, as people know it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from stampbook.domain.model import Kind, transaction_number
from stampbook.explaining.names import Names, Occasion, Person
from stampbook.explaining.sources import (
    came_from,
    earned_with,
    meant_for,
    source_of,
    thing,
    title,
)
from stampbook.explaining.voice import Voice
from stampbook.ledger.journal.briefs import Brief
from stampbook.loyalty.model import Trigger
from stampbook.speaking.speech import Speech

ENGLISH, RUSSIAN = Speech("en", ZoneInfo("UTC")), Speech("ru", ZoneInfo("UTC"))
ROW = Brief(
    account=7,
    seq=1,
    kind=Kind.ACCRUE,
    amount=100,
    recorded_at=0,
    effective_at=0,
    target=0,
    root=1,
    link=0,
    peer=0,
    by_clock=False,
    external_id=None,
    reason=None,
    actor=None,
    subject=None,
    user=None,
)
NAMES = Names(
    orders={1: "1001", 2: "Order #77-b"},
    events={
        1: Occasion(Trigger.ORDER_PAID, None, None, 1),
        2: Occasion(Trigger.MEMBER_JOINED, None, None, None),
        3: Occasion(Trigger.VISIT_COMPLETED, None, "12", None),
        4: Occasion(Trigger.CUSTOM_EVENT, "game_played", "game-1", None),
        5: Occasion(Trigger.SEGMENT_ENTERED, "regulars", "entry-1", None),
    },
    rewards={1: "A free coffee"},
    promotions={1: "Autumn"},
    locations={1: "Kettle & Cup"},
    users={1: Person("Anna", "anna"), 2: Person("olga", "olga")},
    holders={9: "Ada"},
)


@pytest.mark.parametrize(
    ("row", "english", "russian"),
    [
        ({"subject": "order:1"}, "from order 1001", "за заказ 1001"),
        ({"subject": "order:2"}, "from order 77-b", "за заказ 77-b"),
        ({"subject": "order:26"}, "from order ord_1a", "за заказ ord_1a"),
        ({"subject": "event:1"}, "from order 1001", "за заказ 1001"),
        ({"subject": "event:2"}, "welcome points", "за регистрацию"),
        ({"subject": "event:3"}, "from visit 12", "за визит 12"),
        ({"subject": "event:4"}, "for “game_played”", "за «game_played»"),
        ({"subject": "event:5"}, "for “regulars”", "за «regulars»"),
        ({"subject": "purchase:1"}, "from reward “A free coffee”", "из награды «A free coffee»"),
        ({"subject": "promotion:1"}, "from promotion “Autumn”", "по акции «Autumn»"),
        ({"subject": "cashback:12"}, "from visit 12", "за визит 12"),
        ({"subject": "referral:12"}, "for a referral (visit 12)", "за приглашение (визит 12)"),
        ({"subject": "visit:12"}, "from visit 12", "за визит 12"),
        ({"subject": "location:1"}, "", ""),
        ({"subject": "event:99"}, "", ""),
        ({"subject": "voucherify:reward", "reason": "Gift"}, "for “Gift”", "за «Gift»"),
        ({"external_id": "order-1001"}, "from order 1001", "за заказ 1001"),
        ({"external_id": "ORDER 5"}, "from order 5", "за заказ 5"),
        ({"external_id": "border-5"}, "from “border-5”", "за «border-5»"),
        ({"external_id": "orders", "reason": "x"}, "for “x”", "за «x»"),
        ({"reason": "Order 1001"}, "from order 1001", "за заказ 1001"),
        ({"reason": "Order was lost"}, "for “Order was lost”", "за «Order was lost»"),
        ({"reason": "Welcome"}, "welcome points", "за регистрацию"),
        ({"kind": Kind.CANCEL, "reason": "till error"}, "", ""),
        ({}, "", ""),
    ],
)
def test_where_points_came_from(row: dict[str, object], english: str, russian: str) -> None:
    made = ROW._replace(**row)  # type: ignore[arg-type]
    assert came_from(source_of(made, NAMES, ENGLISH), ENGLISH) == english
    assert came_from(source_of(made, NAMES, RUSSIAN), RUSSIAN) == russian


def test_the_other_side_of_a_transfer() -> None:
    peer = transaction_number(account=9, seq=3)
    source = source_of(ROW._replace(kind=Kind.TRANSFER_IN, peer=peer), NAMES, ENGLISH)
    assert came_from(source, ENGLISH) == "by transfer from Ada"
    unknown = transaction_number(account=8, seq=3)
    source = source_of(ROW._replace(kind=Kind.TRANSFER_IN, peer=unknown), NAMES, ENGLISH)
    assert came_from(source, ENGLISH) == "by transfer from another account"


def test_an_order_within_sentences() -> None:
    source = source_of(ROW._replace(subject="order:1"), NAMES, ENGLISH)
    said = [say(source, ENGLISH) for say in (earned_with, meant_for, thing, title)]
    assert said == ["with order 1001", "for order 1001", "order 1001", "Order 1001"]


@pytest.mark.parametrize(
    ("row", "who"),
    [
        ({}, ""),
        ({"user": 1}, "Anna"),
        ({"user": 2}, "olga"),
        ({"user": 1, "actor": "till 3"}, "Anna at till 3"),
        ({"user": 1, "actor": "anna"}, "Anna"),
        ({"actor": "till 3"}, "till 3"),
        ({"user": 1, "subject": "location:1"}, "Anna at Kettle & Cup"),
        ({"subject": "location:1"}, "Kettle & Cup"),
        ({"user": 99}, ""),
    ],
)
def test_who_it_was(row: dict[str, object], who: str) -> None:
    voice = Voice(ENGLISH, 2, 0, NAMES)
    assert voice.who(ROW._replace(**row)) == who  # type: ignore[arg-type]
