"""Groups of tiers, the tiers of members, and how many came and went."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused


async def program_with(api: Api, **options: Any) -> tuple[str, str]:
    program = await api.program(**options)
    return program["id"], (await api.currency(program["id"]))["id"]


async def account_in(api: Api, program: str, currency: str) -> tuple[str, str]:
    """A member and their account."""
    member = (await api.member(program))["id"]
    opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
    return member, made(opened)["id"]


async def test_tiers_follow_qualification_points(api: Api, clock: Clock) -> None:
    program, currency = await program_with(api)
    body = {
        "name": "Metals",
        "currency_id": currency,
        "tiers": [
            {"name": "Silver", "threshold": "100", "external_id": "silver"},
            {"name": "Bronze", "threshold": 0},
        ],
    }
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    assert [(tier["name"], tier["threshold"]) for tier in group["tiers"]] == [
        ("Bronze", "0.00"),
        ("Silver", "100.00"),
    ]
    bronze, silver = (tier["id"] for tier in group["tiers"])
    assert fine(await api.get(f"/tier_groups/{group['id']}")) == group
    assert fine(await api.get(f"/programs/{program}/tier_groups"))["data"] == [group]
    member = (await api.member(program))["id"]

    async def standing() -> Any:
        (found,) = fine(await api.get(f"/members/{member}/tiers"))["data"]
        assert found["points"] is not None
        return {name: found[name] for name in ("id", "tier_id", "history")}

    assert await standing() == {"id": group["id"], "tier_id": bronze, "history": []}
    opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
    account = made(opened)["id"]
    first = await api.accrue(account, "100", temporary=True, timeout_s=60)
    reached = {"tier_id": silver, "reached_at": START, "lost_at": None}
    assert await standing() == {"id": group["id"], "tier_id": silver, "history": [reached]}
    clock.advance(seconds=61)
    lost = {**reached, "lost_at": "2026-03-01T12:01:00Z"}
    assert await standing() == {"id": group["id"], "tier_id": bronze, "history": [lost]}
    second = await api.accrue(account, "100")
    await api.redeem(account, "100")
    again = {**reached, "reached_at": clock.text()}
    assert (await standing())["history"] == [lost, again]
    fine(await api.cancel(second["id"], {"amount": "0.01"}))
    assert (await standing())["tier_id"] == bronze
    assert (await standing())["history"] == [lost, {**again, "lost_at": clock.text()}]
    fine(await api.delete(f"/members/{member}"))
    assert len((await standing())["history"]) == 2
    assert first["id"]


TIERS: list[list[dict[str, Any]]] = [
    [],
    [{"name": "A", "threshold": "-1"}],
    [{"name": "A", "threshold": "1"}, {"name": "B", "threshold": "1.00"}],
    [{"name": "A", "threshold": 1, "external_id": "x"}, {"name": "B", "threshold": 2,
                                                          "external_id": "x"}],
]  # fmt: skip


@pytest.mark.parametrize("tiers", TIERS)
async def test_tiers_that_cannot_be(api: Api, tiers: list[dict[str, Any]]) -> None:
    program, currency = await program_with(api)
    body = {"name": "T", "currency_id": currency, "tiers": tiers}
    answer = await api.post(f"/programs/{program}/tier_groups", body)
    refused(answer, 422, "invalid_request", "/tiers")


TERMS: dict[str, Any] = {
    "basis": "earned",
    "counts_pending": False,
    "period": {"n": 1, "unit": "year"},
    "anchor": "activation",
    "change": "next_period",
    "retention": {"type": "fixed", "span": {"n": 30, "unit": "day"}},
    "downgrade": {"type": "single", "grace": {"n": 1, "unit": "month", "round_up": True}},
    "on_cancel": "keep",
}
METALS = [{"name": "Silver", "threshold": "100"}, {"name": "Gold", "threshold": "1000"}]


async def test_a_group_has_terms_and_steps(api: Api, clock: Clock) -> None:
    program, currency = await program_with(api)
    tiers = [{"name": "Vip", "threshold": "5", "max": "10", "segment": "vip", "keep_forever": True}]
    body = {"name": "M", "currency_id": currency, "tiers": tiers, **TERMS, "metadata": {"a": 1}}
    group = made(await api.post(f"/programs/{program}/tier_groups", {**body, "status": "draft"}))
    (shown,) = group["tiers"]
    assert {name: group[name] for name in TERMS} == TERMS
    assert (group["status"], group["metadata"], shown["max"], shown["segment"]) == (
        "draft",
        {"a": 1},
        "10.00",
        "vip",
    )
    path = f"/tier_groups/{group['id']}"
    clock.advance(seconds=1)
    changed = fine(await api.patch(path, {"period": None, "change": "at_once", "tiers": METALS}))
    assert [tier["name"] for tier in changed["tiers"]] == ["Silver", "Gold"]
    assert (changed["period"], changed["updated_at"]) == (None, clock.text())
    assert fine(await api.post(f"{path}/activate"))["status"] == "active"
    assert fine(await api.post(f"{path}/activate"))["status"] == "active"
    refused(await api.patch(path, {"basis": "balance"}), 409, "locked_while_active")
    refused(await api.patch(path, {"tiers": METALS}), 409, "locked_while_active")
    assert fine(await api.patch(path, {"name": "N", "metadata": {}}))["name"] == "N"
    assert fine(await api.post(f"{path}/deactivate"))["status"] == "inactive"
    refused(await api.post(f"{path}/draft"), 409, "invalid_transition")
    assert fine(await api.delete(path))["status"] == "deleted"
    refused(await api.get(path), 404, "not_found")
    assert fine(await api.get(f"/programs/{program}/tier_groups"))["data"] == []


async def test_tiers_of_a_draft_keep_their_ids(api: Api) -> None:
    program, currency = await program_with(api)
    tiers = [{**METALS[0], "external_id": "a"}, {**METALS[1], "external_id": "b"}]
    body = {"name": "M", "currency_id": currency, "tiers": tiers, "status": "draft"}
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    silver, gold = (tier["id"] for tier in group["tiers"])
    path = f"/tier_groups/{group['id']}"
    exchanged = [
        {"id": gold, "name": "Gold", "threshold": "1", "external_id": "a"},
        {"name": "New", "threshold": "2", "external_id": "b"},
    ]
    changed = fine(await api.patch(path, {"tiers": exchanged}))["tiers"]
    assert changed[0]["id"] == gold
    assert changed[1]["id"] not in (silver, gold)
    for unknown in (silver, "tir_fffff", "x"):
        answer = await api.patch(path, {"tiers": [{**METALS[0], "id": unknown}]})
        refused(answer, 422, "invalid_request", "/tiers")
    fine(await api.patch(path, {"tiers": []}))
    refused(await api.post(f"{path}/activate"), 409, "invalid_transition")


async def test_a_member_is_shown_what_comes_next(api: Api, clock: Clock) -> None:
    """Gold of a year from 1000: A 600, B 500 (hard case 25), then A is cancelled."""
    program, currency = await program_with(api)
    terms = {
        "period": {"n": 1, "unit": "year"},
        "retention": {"type": "fixed", "span": {"n": 1, "unit": "year"}},
        "downgrade": {"type": "none"},
    }
    body = {"name": "M", "currency_id": currency, "tiers": METALS[1:], **terms}
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    (gold,) = (tier["id"] for tier in group["tiers"])
    member, account = await account_in(api, program, currency)

    async def standing() -> Any:
        (found,) = fine(await api.get(f"/members/{member}/tiers"))["data"]
        return found

    first = await api.accrue(account, "600")
    next_year = "2027-01-01T00:00:00Z"
    missing = {"tier_id": gold, "missing": "400.00", "until": next_year}
    assert (await standing())["next"] == missing
    clock.advance(days=1)
    second = await api.accrue(account, "500")
    reached = await standing()
    assert (reached["tier_id"], reached["points"], reached["ends_at"], reached["next"]) == (
        gold,
        "1100.00",
        "2027-03-03T00:00:00Z",
        None,
    )
    clock.advance(days=1)
    cancel = fine(await api.cancel(first["id"], {}))
    lost = await standing()
    assert (lost["tier_id"], lost["ends_at"]) == (None, None)
    assert [
        (each["tier_id"], each["from_tier_id"], each["cause"], each["transaction_id"],
         each["annulled_by"])
        for each in lost["stays"]
    ] == [
        (gold, None, "points", second["id"], cancel["id"]),
        (None, gold, "cancel", cancel["id"], None),
    ]  # fmt: skip
    assert lost["stays"][0]["left_at"] == lost["stays"][1]["entered_at"] == clock.text()


async def test_time_alone_takes_a_tier(api: Api, clock: Clock) -> None:
    program, currency = await program_with(api, timezone="Europe/Berlin")
    body = {"name": "M", "currency_id": currency, "tiers": METALS,
            "period": {"n": 1, "unit": "month"}}  # fmt: skip
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    silver = group["tiers"][0]["id"]
    member, account = await account_in(api, program, currency)
    await api.accrue(account, "150")
    (before,) = fine(await api.get(f"/members/{member}/tiers"))["data"]
    assert (before["tier_id"], before["foreseen"]) == (
        silver,
        {"tier_id": None, "at": "2026-03-31T22:00:00Z"},
    )
    clock.advance(days=60)
    (after,) = fine(await api.get(f"/members/{member}/tiers"))["data"]
    assert (after["tier_id"], after["stays"][1]["entered_at"]) == (None, "2026-03-31T22:00:00Z")
    assert after["stays"][1]["cause"] == "window"


async def test_inactive_groups_have_no_standings(api: Api) -> None:
    program, currency = await program_with(api)
    body = {"name": "M", "currency_id": currency, "tiers": METALS}
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    member, _ = await account_in(api, program, currency)
    assert len(fine(await api.get(f"/members/{member}/tiers"))["data"]) == 1
    fine(await api.post(f"/tier_groups/{group['id']}/deactivate"))
    assert fine(await api.get(f"/members/{member}/tiers"))["data"] == []


async def test_a_report_counts_who_came_and_went(api: Api, clock: Clock) -> None:
    program, currency = await program_with(api)
    body = {"name": "M", "currency_id": currency, "tiers": METALS}
    group = made(await api.post(f"/programs/{program}/tier_groups", body))
    silver, gold = (tier["id"] for tier in group["tiers"])
    _, account = await account_in(api, program, currency)
    _, other = await account_in(api, program, currency)
    await api.accrue(account, "150")
    big = await api.accrue(other, "1000")
    clock.advance(days=1)
    await api.accrue(account, "850")
    fine(await api.cancel(big["id"], {"amount": "1"}))
    clock.advance(days=1)
    end = clock.text(days=1)
    path = f"/programs/{program}/reports/tiers"
    rows = fine(await api.get(path, **{"from": START, "to": end}))["data"]
    zero = {"joins": 0, "upgrades": 0, "downgrades": 0, "lefts": 0, "prolongs": 0}
    days = ["2026-03-01T12:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z",
            "2026-03-04T00:00:00Z"]  # fmt: skip
    expected = [
        {"begins_at": day, "tier_group_id": group["id"], "tier_id": tier, **zero}
        for day in days
        for tier in (silver, gold)
    ]
    expected[0]["joins"] = expected[1]["joins"] = 1
    expected[2]["downgrades"] = expected[3]["upgrades"] = 1
    assert rows == expected
    month = fine(await api.get(path, **{"from": START, "to": end, "resolution": "month"}))["data"]
    assert [(row["joins"], row["upgrades"], row["downgrades"]) for row in month] == [
        (1, 0, 1),
        (1, 1, 0),
    ]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({}, "from"),
        ({"from": START}, "to"),
        ({"from": "x", "to": START}, "from"),
        ({"from": START, "to": START}, "to"),
        ({"from": START, "to": "2026-03-02T00:00:00Z", "resolution": "hour"}, "resolution"),
        ({"from": START, "to": "2036-03-02T00:00:00Z"}, "resolution"),
    ],
)
async def test_reports_that_cannot_be(api: Api, query: dict[str, str], parameter: str) -> None:
    program, _ = await program_with(api)
    answer = await api.get(f"/programs/{program}/reports/tiers", **query)
    refused(answer, 422, "invalid_request")
    assert answer.json()["errors"][0]["parameter"] == parameter


GROUPS: list[tuple[dict[str, Any], str]] = [
    ({"tiers": []}, "/tiers"),
    ({"tiers": [{"name": "A", "threshold": 1, "max": 0}]}, "/tiers"),
    ({"tiers": [{"name": "A", "threshold": 1, "max": 5}, {"name": "B", "threshold": 5}]}, "/tiers"),
    ({"tiers": [{"name": "A", "threshold": "1.005"}]}, "/tiers/0/threshold"),
    ({"tiers": [{"name": "A", "threshold": n} for n in range(101)]}, "/tiers"),
    ({"basis": "x"}, "/basis"),
    ({"basis": "balance", "period": {"n": 1, "unit": "day"}}, "/period"),
    ({"period": {"n": 0, "unit": "day"}}, "/period/n"),
    ({"change": "next_period"}, "/change"),
    ({"retention": {"type": "fixed"}}, "/retention"),
    ({"downgrade": {"type": "none", "grace": {"n": 1, "unit": "day"}}}, "/downgrade"),
    ({"metadata": {"a": "x" * 70_000}}, "/metadata"),
]


@pytest.mark.parametrize(("part", "pointer"), GROUPS)
async def test_groups_that_cannot_be(api: Api, part: dict[str, Any], pointer: str) -> None:
    program, currency = await program_with(api)
    body = {"name": "T", "currency_id": currency, "tiers": METALS, **part}
    answer = await api.post(f"/programs/{program}/tier_groups", body)
    refused(answer, 422, "invalid_request", pointer)
    assert fine(await api.get(f"/programs/{program}/tier_groups"))["data"] == []


async def test_groups_of_others_are_not_there(api: Api, stranger: Api, key_with: Any) -> None:
    program, currency = await program_with(api)
    body = {"name": "T", "currency_id": currency, "tiers": METALS}
    path = f"/tier_groups/{made(await api.post(f'/programs/{program}/tier_groups', body))['id']}"
    for answer in (
        await stranger.get(path),
        await stranger.patch(path, {}),
        await stranger.delete(path),
        await stranger.post(f"{path}/draft"),
        await stranger.get(
            f"/programs/{program}/reports/tiers", **{"from": START, "to": "2026-03-02T00:00:00Z"}
        ),
    ):
        refused(answer, 404, "not_found")
    reader = await key_with("read")
    for answer in (await reader.patch(path, {}), await reader.post(f"{path}/draft")):
        refused(answer, 403, "forbidden")
