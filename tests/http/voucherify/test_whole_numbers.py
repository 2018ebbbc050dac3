"""An integer may be written with a point, as JavaScript and PHP do, wherever a body has one."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stampbook.dialects.voucherify.core.bodies import read_body
from stampbook.dialects.voucherify.core.definitions.wire import DefinitionCreate
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.v1.members import BalanceChange, TransferIn
from stampbook.dialects.voucherify.v1.pending import PendingAdjustment
from stampbook.dialects.voucherify.v1.redemptions import RedemptionBody
from stampbook.dialects.voucherify.v2.programs.wire import ProgramCreate
from tests.http.voucherify.house import IMMEDIATE, House, error, made

PERIOD = {"value": 12, "unit": "MONTH"}
MAX = 2**53 - 1
BODIES: list[tuple[Any, Any]] = [
    (BalanceChange, {"points": -MAX}),
    (PendingAdjustment, {"points": 1}),
    (list[TransferIn], [{"code": "A", "points": 1}, {"code": "B", "points": MAX}]),
    (RedemptionBody, {"reward": {"id": "rew_1", "points": 100}}),
    (
        ProgramCreate,
        {
            "name": "Bonus",
            "rewards": [{"id": "lrew_1", "stock": {"type": "LIMITED", "limited": {"quantity": 0}}}],
            "validity_hours": {
                "type": "DAILY",
                "daily": [{"days_of_week": [0, 6], "start_time": "08:00", "end_time": "09:00"}],
            },
        },
    ),
    (
        DefinitionCreate,
        {
            "name": "VIP",
            "type": "INDIVIDUAL",
            "code_config": {"length": 8},
            "points_expiration": {
                "type": "ROLLING_EXPIRATION",
                "rolling_expiration": {
                    "period": PERIOD,
                    "rounding": {"type": "END_OF_PARTICULAR_MONTH", "value": 3},
                },
                "calendar_expiration": {"expiration_dates": [{"day": 31, "month": 12}]},
            },
            "pending_points": {
                "type": "EVENT_BASED",
                "event_based": {"event_types": ["ms_1"], "cancel_period": PERIOD},
                "fixed_dates": {"dates": [{"day": 1, "month": 2}]},
            },
            "earning_limits": {
                "global": {"type": "LIMITED", "limits": [{"type": "BALANCE_BASED", "max": 100}]},
                "transactions": {
                    "type": "LIMITED",
                    "limits": [{"type": "POINTS", "max": 5}, {"type": "SPENDING", "min_amount": 1}],
                },
            },
        },
    ),
]


def _with_points(value: Any) -> Any:
    """The value with all of its integers written as 1.0."""
    if isinstance(value, dict):
        return {name: _with_points(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_points(each) for each in value]
    return float(value) if isinstance(value, int) else value


@pytest.mark.parametrize(("shape", "body"), BODIES)
def test_every_integer(shape: Any, body: Any) -> None:
    plain, pointed = msgspec.json.encode(body), msgspec.json.encode(_with_points(body))
    assert plain != pointed
    assert read_body(pointed, shape) == read_body(plain, shape)


@pytest.mark.parametrize(
    "text", ["1.5", "0.1", "1e-1", "1e999999999", "9007199254740990.5", '"1.0"', "true", "null"]
)
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(Fault) as caught:
        read_body(b'{"points": %s}' % text.encode(), PendingAdjustment)
    assert (caught.value.status, caught.value.key) == (400, "invalid_payload")


@pytest.mark.parametrize(
    ("text", "points"), [("1.0", 1), ("-0.0", 0), ("1e2", 100), ("12.50e1", 125)]
)
def test_spellings(text: str, points: int) -> None:
    assert read_body(b'{"points": %s}' % text.encode(), PendingAdjustment).points == points


async def test_points_over_http(house: House) -> None:
    """Fractions elsewhere, and what is in metadata, stay as they were written."""
    card = await house.card(pending_points=IMMEDIATE)
    body = made(await house.ask("POST", card.path + "/points", content=b'{"points": 10.0}'))
    assert body["transaction"]["details"]["points"]["total"] == 10
    path = f"/v1/loyalties/members/v_{card.id[5:]}"
    content = b'{"reward": {"id": "rew_1", "points": 4.0}, "metadata": {"price": 1.0, "rate": 0.5}}'
    response = await house.ask("POST", path + "/redemption", content=content)
    assert b'"metadata":{"price":1.0,"rate":0.5}' in response.content
    assert made(response)["amount"] == 4
    response = await house.ask("POST", card.path + "/points", content=b'{"points": 10.5}')
    assert error(response)[1] == "invalid_payload"
    assert await house.balance(card) == (6, 0)
