"""A currency's page, and the change of its policies: form, preview, save."""

from __future__ import annotations

from typing import Any

from stampbook.console.programs.changes import FIELDS
from stampbook.console.programs.choices import CHOICES
from stampbook.console.programs.policies import values_of
from stampbook.dialects.native.wire.programs import CurrencyShape
from stampbook.programs.roles import Role
from tests.console.desk import Clerk, Desk, Page

CURRENCY = "/console/currencies/cur_1"

POLICIES: list[dict[str, Any]] = [
    {},
    {"pending": {"type": "period", "period": {"value": 10, "unit": "day"}, "whole_days": True}},
    {
        "pending": {
            "type": "fixed_dates",
            "dates": [{"month": 7, "day": 1}, {"month": 2, "day": 30}],
        }
    },
    {"pending": {"type": "event", "event_types": ["stay"]}},
    {"pending": {"type": "event", "cancel_period": {"value": 30, "unit": "minute"}}},
    {
        "expiry": {
            "type": "rolling",
            "period": {"value": 12, "unit": "month"},
            "counts_from": "accrual",
            "rounding": "end_of_particular_month",
            "rounding_month": 3,
        }
    },
    {"expiry": {"type": "calendar", "dates": [{"month": 12, "day": 31}]}},
    {
        "expiry": {
            "type": "sliding",
            "period": {"value": 2, "unit": "year"},
            "on_earning": False,
            "rounding": "end_of_day",
        }
    },
    {"spent_accrual": "clamp", "expired_restore": "grace", "grace": {"value": 3, "unit": "week"}},
    {"spent_accrual": "refuse", "cancel_window": 90, "overdraft": "12.5", "temporary_timeout_s": 1},
    {"initial_balance": "5.00", "backdating": True, "approval_above": "0.00"},
    {"exchange": {"points": "100", "money": "1.50"}, "return_spent": "points_last"},
    {
        "earning_limits": {"per_transaction": "9", "period": {"max": "100", "period": "half_year"}},
        "spending_limits": {"lifetime": "7.25", "period": {"max": "1", "period": "lifetime"}},
    },
]

WRONG: list[tuple[dict[str, str], str]] = [
    ({"expiry": "rolling", "expiry_value": ""}, "expiry_value"),
    ({"expiry": "rolling", "expiry_value": "a year"}, "expiry_value"),
    ({"expiry": "rolling", "expiry_value": "0"}, "expiry_value"),
    ({"expiry": "sliding", "expiry_value": "101", "expiry_unit": "year"}, "expiry_value"),
    ({"expiry": "calendar", "expiry_dates": "the last of May"}, "expiry_dates"),
    ({"expiry": "calendar", "expiry_dates": "13-01"}, "expiry_dates"),
    ({"pending": "fixed_dates", "pending_dates": ""}, "pending_dates"),
    ({"pending": "event", "cancel_value": "x"}, "cancel_value"),
    ({"expired_restore": "grace"}, "grace"),
    ({"cancel_window": "-1"}, "cancel_window"),
    ({"temporary_timeout": ""}, "temporary_timeout"),
    ({"temporary_timeout": "0"}, "temporary_timeout"),
    ({"overdraft": "much"}, "overdraft"),
    ({"overdraft": "0.001"}, "overdraft"),
    ({"approval_above": "-1"}, "approval_above"),
    ({"exchange_points": "10"}, "exchange_money"),
    ({"earning_max": "-5", "earning_period": "day"}, "earning_max"),
    ({"spending_lifetime": "0"}, "spending_lifetime"),
    ({"earning_period": "day"}, "earning_max"),
    ({"earning_max": "5"}, "earning_period"),
    ({"name": ""}, "name"),
    ({"code": "two words"}, "code"),
    ({"spent_accrual": "shrug"}, "spent_accrual"),
]
"""What is typed, and the field that is marked."""


def changed(page: Page) -> dict[str, tuple[str, str]]:
    """What the preview says would change: texts before and after, by field."""
    found = {}
    for row in page.all("row"):
        said = {each.get("data-testid"): each.text_content() for each in row.iter("td")}
        found[row.get("data-id")] = (said["before"], said["after"])
    return found


async def currency_of(desk: Desk, name: str = "cur_1") -> Any:
    return await desk.api("GET", f"/v1/currencies/{name}")


async def manager(desk: Desk) -> Clerk:
    return await desk.clerk(Role.MANAGER)


def test_every_field_of_a_currency_is_told_and_changed() -> None:
    fixed = {"id", "program_id", "scale", "metadata", "created_at", "updated_at"}
    assert set(CurrencyShape.__struct_fields__) - fixed == set(FIELDS)


async def test_the_figures_are_those_of_the_api(desk: Desk) -> None:
    page = await (await desk.clerk(Role.VIEWER)).get(CURRENCY)
    assert (page.status, page.name) == (200, "currency")
    figures = await desk.api("GET", "/v1/currencies/cur_1/figures")
    for testid, name in (
        ("available", "available"),
        ("pending-points", "pending"),
        ("held", "held"),
        ("deficit", "deficit"),
        ("open-lots", "open_lots"),
        ("accounts", "accounts"),
    ):
        assert page.value(testid) == str(figures[name])


async def test_who_may_not_change_it_reads_how_it_works(desk: Desk) -> None:
    await desk.api("PATCH", "/v1/currencies/cur_1", {"spent_accrual": "clamp"})
    for role in (Role.VIEWER, Role.SUPPORT):
        clerk = await desk.clerk(role)
        page = await clerk.get(CURRENCY)
        assert not page.has("policy-form")
        told = {each.get("data-field"): each.text_content() for each in page.all("policy")}
        assert told["expiry"] == "Never expire"
        assert told["spent_accrual"] == "Only what remains is taken"
        drawn = {each.get("data-choice") for each in page.root.iter("article")}
        assert {"immediate", "none", "clamp", "expire"} <= drawn
        token = page.root.xpath("//input[@name='csrf_token']")[0].get("value")
        sent = await clerk.client.post(CURRENCY, data={"csrf_token": token, "name": "Mine"})
        assert sent.status_code == 403
    assert (await currency_of(desk))["name"] == "Bonus money"


async def test_every_choice_has_a_sentence_and_a_drawing(desk: Desk) -> None:
    page = await (await manager(desk)).get(CURRENCY)
    for field, choices in CHOICES.items():
        options = {each.get("value") for each in page.one(field).iter("option")}
        assert options == {each.code for each in choices}
        cards = [each for each in page.root.iter("article") if each.get("data-field") == field]
        assert [each.get("data-choice") for each in cards] == [each.code for each in choices]
        for card in cards:
            (picture,) = (
                card.iter("svg")
                if len(list(card.iter("svg"))) == 1
                else [each for each in card.iter("svg") if each.get("role") == "img"]
            )
            named = picture.get("aria-labelledby").split()
            texts = [page.root.get_element_by_id(each).text_content() for each in named]
            assert all(texts)
            assert card.find("p").text_content()
    ids = [each.get("id") for each in page.root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    in_force = [each.getparent().getparent().get("data-choice") for each in page.all("in-force")]
    assert in_force == ["immediate", "none", "debt", "expire"]


async def test_a_form_that_nobody_has_touched_changes_nothing(desk: Desk) -> None:
    clerk = await manager(desk)
    for policy in POLICIES:
        await desk.api("PATCH", "/v1/currencies/cur_1", policy)
        before = await currency_of(desk)
        preview = await (await clerk.get(CURRENCY)).press("preview")
        assert (preview.status, preview.name) == (200, "preview"), policy
        assert preview.has("empty"), policy
        assert not preview.has("save")
        assert await currency_of(desk) == before


async def test_a_form_can_say_all_that_the_api_can(desk: Desk) -> None:
    clerk = await manager(desk)
    path = "/v1/programs/prg_1/currencies"
    for policy in POLICIES[1:]:
        model = await desk.api("POST", path, {"name": "Model", "scale": 2, **policy})
        other = await desk.api("POST", path, {"name": "Other", "scale": 2})
        form = await clerk.get(f"/console/currencies/{other['id']}")
        typed = values_of(model) | {"name": "Other", "code": other["code"]}
        preview = await form.press("preview", **typed)
        assert changed(preview).keys() == set(policy), preview.text
        await preview.press("save")
        after = await currency_of(desk, other["id"])
        for field in FIELDS.keys() - {"name", "code"}:
            assert after[field] == model[field], (field, policy)


async def test_the_preview_counts_the_lots_that_keep_their_dates(desk: Desk) -> None:
    for number in range(3):
        desk.now += 1_000_000
        move = {
            "type": "accrue",
            "amount": "1.00",
            "expires_at": f"2099-01-0{number + 1}T00:00:00Z",
        }
        await desk.api("POST", "/v1/accounts/acc_1/transactions", move)
    lots = (await desk.api("GET", "/v1/accounts/acc_1/lots?limit=200"))["data"]
    dates = {each["id"]: each["expires_at"] for each in lots}
    figures = await desk.api("GET", "/v1/currencies/cur_1/figures")
    form = await (await manager(desk)).get(CURRENCY)
    preview = await form.press("preview", expiry="rolling", expiry_value="12", expiry_unit="month")
    assert preview.value("open-lots") == str(figures["open_lots"])
    count = figures["open_lots"]
    text = f"This applies to new points; {count} open lots keep their dates."
    assert preview.said("preview-head") == text
    after = "Expire 12 months after they become usable"
    assert changed(preview) == {"expiry": ("Never expire", after)}
    assert (await currency_of(desk))["expiry"] == {"type": "none"}
    saved = await preview.press("save")
    assert (saved.name, saved.said("flash")) == ("currency", "Saved.")
    assert (await currency_of(desk))["expiry"]["period"] == {"value": 12, "unit": "month"}
    lots = (await desk.api("GET", "/v1/accounts/acc_1/lots?limit=200"))["data"]
    assert {each["id"]: each["expires_at"] for each in lots} == dates
    desk.now += 1_000_000
    move = {"type": "accrue", "amount": "1.00"}
    await desk.api("POST", "/v1/accounts/acc_1/transactions", move)
    newest = (await desk.api("GET", "/v1/accounts/acc_1/lots?limit=200"))["data"]
    (new,) = [each for each in newest if each["id"] not in dates]
    assert new["expires_at"] is not None


async def test_what_has_no_date_yet_is_told(desk: Desk) -> None:
    clerk = await manager(desk)
    form = await clerk.get(CURRENCY)
    plain = await form.press("preview", spent_accrual="refuse")
    assert plain.said("preview-head").startswith("This applies from now on; ")
    assert not plain.has("waits")
    assert not plain.has("slides")
    waiting = {"type": "accrue", "amount": "5.00", "activates_at": "event"}
    desk.now += 1_000_000
    await desk.api("POST", "/v1/accounts/acc_1/transactions", waiting)
    sliding = await form.press("preview", expiry="sliding", expiry_value="6")
    assert sliding.has("waits")
    assert sliding.has("slides")


async def test_only_what_differs_is_written(desk: Desk) -> None:
    clerk = await manager(desk)
    preview = await (await clerk.get(CURRENCY)).press("preview", overdraft="10", cancel_window="30")
    assert changed(preview) == {
        "cancel_window": ("none", "30 days"),
        "overdraft": ("0.00", "10.00"),
    }
    await preview.press("save")
    (row, *_) = (await desk.api("GET", "/v1/audit?entity=cur_1"))["data"]
    assert row["changes"].keys() - {"updated_at", "version"} == {"cancel_window_s", "overdraft"}


async def test_a_double_click_saves_once(desk: Desk) -> None:
    preview = await (await (await manager(desk)).get(CURRENCY)).press("preview", overdraft="10")
    first = await preview.press("save")
    again = await preview.press("save")
    for page in (first, again):
        assert (page.status, page.name, page.said("flash")) == (200, "currency", "Saved.")
    rows = (await desk.api("GET", "/v1/audit?entity=cur_1"))["data"]
    amounts = [
        row["changes"]["overdraft"]["before"] for row in rows if "overdraft" in row["changes"]
    ]
    assert amounts == [0, None]


async def test_back_keeps_what_was_typed(desk: Desk) -> None:
    form = await (await manager(desk)).get(CURRENCY)
    preview = await form.press("preview", overdraft="10", expiry="calendar", expiry_dates="12-31")
    back = await preview.press("back")
    assert (back.status, back.name) == (200, "currency")
    assert back.one("overdraft").get("value") == "10"
    assert back.one("expiry").value == "calendar"
    assert (await currency_of(desk))["overdraft"] == "0.00"
    again = await back.press("preview", overdraft="11")
    assert changed(again)["overdraft"] == ("0.00", "11.00")


async def test_what_is_wrong_is_said_beside_the_field(desk: Desk) -> None:
    form = await (await manager(desk)).get(CURRENCY)
    for typed, field in WRONG:
        refused = await form.press("preview", **typed)
        assert (refused.status, refused.name) == (422, "currency"), typed
        assert refused.one("refusal").get("data-code") == "invalid_request"
        assert refused.one("field-error").get("data-field") == field
        assert refused.one(field).get("aria-describedby") == f"{field}-error"
        for name, text in typed.items():
            if refused.one(name).tag == "input":
                assert refused.one(name).get("value") == text


async def test_a_code_that_is_taken_is_refused(desk: Desk) -> None:
    body = {"name": "Miles", "code": "miles"}
    await desk.api("POST", "/v1/programs/prg_1/currencies", body)
    form = await (await manager(desk)).get(CURRENCY)
    refused = await form.press("preview", code="miles")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "conflict")
    assert refused.one("code").get("value") == "miles"


async def test_who_was_slower_sees_it_before_the_preview(desk: Desk) -> None:
    form = await (await manager(desk)).get(CURRENCY)
    await desk.api("PATCH", "/v1/currencies/cur_1", {"cancel_window": 3600})
    refused = await form.press("preview", overdraft="10")
    assert (refused.status, refused.name) == (409, "currency")
    assert refused.one("refusal").get("data-code") == "conflict"
    assert refused.one("overdraft").get("value") == "10"
    preview = await refused.press("preview")
    assert set(changed(preview)) == {"overdraft", "cancel_window"}


async def test_who_was_slower_sees_it_before_it_is_saved(desk: Desk) -> None:
    preview = await (await (await manager(desk)).get(CURRENCY)).press("preview", overdraft="10")
    await desk.api("PATCH", "/v1/currencies/cur_1/options", {"backdating": True})
    stale = await preview.press("save")
    assert (stale.status, stale.name) == (409, "preview")
    assert stale.has("preview-stale")
    assert set(changed(stale)) == {"overdraft", "backdating"}
    assert (await currency_of(desk))["overdraft"] == "0.00"
    saved = await stale.press("save")
    assert saved.name == "currency"
    after = await currency_of(desk)
    assert (after["overdraft"], after["backdating"]) == ("10.00", False)


async def test_amounts_are_typed_as_people_write_them(desk: Desk) -> None:
    clerk = await manager(desk)
    clerk.client.cookies.set("stampbook_language", "ru")
    form = await clerk.get(CURRENCY)
    preview = await form.press("preview", overdraft="1 234,50")
    assert changed(preview)["overdraft"] == ("0,00", "1 234,50".replace(" ", "\N{NO-BREAK SPACE}"))
    await preview.press("save")
    assert (await currency_of(desk))["overdraft"] == "1234.50"
