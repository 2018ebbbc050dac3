"""The vendor's rate limit, which an operator may switch on."""

from __future__ import annotations

from stampbook.dialects.altegio.call import keep_pace
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.pace.pace import TooFast
from stampbook.settings import Settings
from tests.http.altegio.shop import NOON, Shop, data_of

SECOND = MICROSECONDS


async def test_five_in_a_second_and_two_hundred_in_a_minute(shop: Shop) -> None:
    def wait_s(address: str, *, after_s: int = 0) -> int:
        shop.now = NOON + after_s * SECOND
        try:
            keep_pace(shop.context, address, 200)
        except TooFast as refused:
            return refused.wait_s
        return 0

    assert [wait_s("a") for _ in range(6)] == [0] * 5 + [1]
    assert wait_s("b") == 0
    assert wait_s("a", after_s=1) == 0
    calls = [wait_s("c", after_s=second) for second in range(50) for _ in range(5)]
    assert calls[:200] == [0] * 200
    assert calls[200] == 20
    assert wait_s("c", after_s=60) == 0
    of_one = [wait_s(f"2001:db8::{number}", after_s=70) for number in range(6)]
    assert of_one == [0] * 5 + [1]  # a customer has a whole network of IPv6
    assert wait_s("2001:db8:0:1::1", after_s=70) == 0


async def test_it_is_off_by_default(shop: Shop) -> None:
    for _ in range(10):
        assert (await shop.http.get("/api/v1/groups")).status_code == 200


async def test_a_call_too_many(shop: Shop) -> None:
    shop.context.settings = Settings(altegio_rate_limit=40)
    assert data_of(await shop.http.get("/api/v1/groups"))
    answer = await shop.http.get("/api/v1/groups")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {
        "success": False,
        "data": None,
        "meta": {"message": "Too many requests."},
    }
    shop.now += SECOND
    assert (await shop.http.get("/api/v1/groups")).status_code == 200
