"""What forms are refused for is said beside their fields, in the language of the page."""

from __future__ import annotations

import re

from stampbook.programs.roles import Role
from tests.console.desk import ONE_STORE, Desk, Page
from tests.console.rewards.counter import open_counter

ENGLISH = re.compile(r"Expected|must |is missing|is taken|[`^]")


def _fault(page: Page, field: str) -> str:
    (found,) = [each for each in page.all("field-error") if each.get("data-field") == field]
    return str(found.text)


@ONE_STORE
async def test_a_value_that_another_thing_has_is_said_with_that_thing(desk: Desk) -> None:
    counter = await open_counter(desk)
    program, clerk = counter.program, await desk.clerk(Role.ADMIN)
    body = {"name": "Ada", "external_id": "crm-77"}
    ada = await desk.api("POST", f"/v1/programs/{program}/members", body)
    card = {"member_id": ada["id"], "currency_id": counter.stars, "number": "4711"}
    account = await desk.api("POST", "/v1/accounts", card)
    await desk.api("PATCH", f"/v1/currencies/{counter.miles}", {"code": "miles"})
    reward = await counter.reward(name="Ticket", type="code", code="pool")
    await desk.api("POST", f"/v1/rewards/{reward}/codes", {"codes": ["AB-1"]})

    form = await clerk.get(f"/console/members/new?program={program}")
    page = await form.press("save", name="Bea", external_id="crm-77")
    assert _fault(page, "external_id") == "“crm-77” is taken already: Ada has it."
    assert page.one("other").get("href") == f"/console/members/{ada['id']}"
    assert "Somebody else" not in page.said("refusal")

    form = await clerk.get(f"/console/members/{counter.member}")
    page = await form.press("open-account", number="4711", currency=counter.stars)
    assert _fault(page, "number") == "“4711” is taken already: Ada has it."
    assert page.one("other").get("href") == f"/console/accounts/{account['id']}"

    form = await clerk.get(f"/console/programs/{program}/currencies/new")
    page = await form.press("save", name="More", code="miles")
    assert _fault(page, "code") == "“miles” is taken already: Miles has it."
    assert page.one("other").get("href") == f"/console/currencies/{counter.miles}"

    form = await clerk.get(f"/console/rewards/{reward}")
    page = await form.press("add-codes", codes="AB-2 AB-1")
    assert "AB-1" in _fault(page, "codes")
    assert "taken already" in _fault(page, "codes")


@ONE_STORE
async def test_faults_are_said_in_the_language_of_the_page(desk: Desk) -> None:
    counter = await open_counter(desk)
    clerk = await desk.clerk(Role.ADMIN)
    clerk.client.headers["accept-language"] = "ru"
    shop, program = counter.shop, counter.program
    pages = [
        await (await clerk.get(f"{shop.path}/move?type=accrue")).press("preview", amount=typed)
        for typed in ("much", "1.234", "0", "99999999999999999")
    ]
    new = await clerk.get(f"/console/members/new?program={program}")
    pages.append(await new.press("save", name="x" * 300, email="y" * 300))
    reward = await clerk.get(f"/console/rewards/new?program={program}")
    pages.append(await reward.press("save", **{"points-1": "0"}))
    made = await clerk.get("/console/programs/new")
    pages.append(await made.press("save", name="", timezone="Nowhere/Town"))
    for page in pages:
        assert page.status == 422, page.path
        said = [each.text_content() for each in (*page.all("refusal"), *page.all("field-error"))]
        assert said, page.path
        assert page.has("field-error"), page.path
        assert not any(ENGLISH.search(each) for each in said), said
