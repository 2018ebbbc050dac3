"""The list of trigger promotions."""

from __future__ import annotations

from typing import Any

from stampbook.dialects import instants
from stampbook.programs import point_promotions
from stampbook.programs.point_promotions import Movement, Rule
from tests.http.altcraft.house import DAY, START, House, Json, as_xml_reads

PROMOTIONS = "loyalty/trigger_promotions"


async def new_promotion(house: House, name: str, **more: Any) -> int:
    async with house.store.transaction() as writing:
        made = await point_promotions.create(
            writing, house.program, name=name, now=house.now, **more
        )
    return made.promotion_id


async def listed(house: House, **more: Any) -> Json:
    return await house.call(PROMOTIONS, {"loyalty_program_id": house.program.program_id, **more})


async def test_the_whole_object(house: House) -> None:
    currency = house.currency.currency_id
    number = await new_promotion(
        house,
        "Summer",
        description="Double points & <more>",
        external_id="PROMO123",
        starts_at=START - DAY,
        ends_at=START + DAY,
        rules=[
            Rule(Movement.ACCRUAL, currency, static_amount=10_016),
            Rule(Movement.ACCRUAL, currency, min_amount=5_000, max_amount=50_000),
            Rule(Movement.REDEMPTION, currency, max_amount=50_000),
        ],
    )
    rule = {"points_currency_iid": currency, "points_currency_eid": "points"}
    envelope = await listed(house)
    assert envelope == {
        "error": 0,
        "error_text": "Successful operation",
        "data": [
            {
                "id": number,
                "name": "Summer",
                "description": "Double points & <more>",
                "external_id": "PROMO123",
                "start_date": instants.write(START - DAY),
                "end_date": instants.write(START + DAY),
                "is_active": True,
                "redeem_rules": [
                    {**rule, "static_amount": None, "min_amount": None, "max_amount": "500.00"}
                ],
                "accrual_rules": [
                    {**rule, "static_amount": "100.16", "min_amount": None, "max_amount": None},
                    {**rule, "static_amount": None, "min_amount": "50.00", "max_amount": "500.00"},
                ],
            }
        ],
        "next_from_id": 0,
        "total_count": 1,
    }
    body = {"loyalty_program_id": house.program.program_id}
    assert await house.call(PROMOTIONS, body, form="xml") == as_xml_reads(envelope)


async def test_active_or_not(house: House) -> None:
    await new_promotion(house, "on")
    await new_promotion(house, "off", status="inactive")
    await new_promotion(house, "early", starts_at=START + DAY)
    await new_promotion(house, "late", ends_at=START)
    for is_active, names in (
        (None, ["on", "off", "early", "late"]),
        (True, ["on"]),
        (False, ["off", "early", "late"]),
    ):
        envelope = await listed(house, is_active=is_active)
        assert [each["name"] for each in envelope["data"]] == names
        assert envelope["total_count"] == len(names)
        assert all(each["is_active"] == (each["name"] == "on") for each in envelope["data"])


async def test_pages(house: House, form: str) -> None:
    numbers = [await new_promotion(house, f"p{n}") for n in range(5)]
    seen: list[int] = []
    after = 0
    while True:
        body = {"loyalty_program_id": house.program.program_id, "limit": 2, "from_id": after}
        envelope = await house.call(PROMOTIONS, body, form=form)
        data = envelope["data"]
        seen += [int(each["id"]) for each in (data if isinstance(data, list) else [data])]
        assert str(envelope["total_count"]) == "5"
        after = int(envelope["next_from_id"])
        if not after:
            break
        assert after == seen[-1]
    assert seen == numbers


async def test_none(house: House) -> None:
    assert (await listed(house))["data"] == []
    answer = await house.post(PROMOTIONS, b"<xml><loyalty_program_id>1</loyalty_program_id></xml>")
    assert answer.content == (
        b"<xml><error>0</error><error_text>Successful operation</error_text>"
        b"<next_from_id>0</next_from_id><total_count>0</total_count></xml>"
    )
