"""One request for each kind of write of Voucherify's API, as tests/http/writes.py has of others."""

from __future__ import annotations

from stampbook.dialects.spelling.voucherify import Prefix, spell
from tests.http.once.writes import Write, made, write
from tests.http.town import Town

# -- Voucherify ----------------------------------------------------------------------

PROGRAMS = "/v2/loyalties/programs"
DEFINITIONS = "/v2/loyalties/card-definitions"


def of_town(town: Town) -> str:
    return f"{PROGRAMS}/{spell(Prefix.PROGRAM, town.program.program_id)}"


@write
async def _voucherify_program(town: Town) -> Write:
    return Write("POST", PROGRAMS, {"name": "A"}, {"name": "B"}, "programs")


@write
async def _voucherify_change_of_a_program(town: Town) -> Write:
    return Write("PUT", of_town(town), {"name": "A"}, {"name": "B"})


@write
async def _voucherify_step_of_a_program(town: Town) -> Write:
    return Write("POST", f"{of_town(town)}/deactivate", None, {"x": 1})


@write
async def _voucherify_deletion_of_a_program(town: Town) -> Write:
    program = await made(town, "POST", PROGRAMS, {"name": "A"})
    return Write("DELETE", f"{PROGRAMS}/{program['id']}", None, None)


@write
async def _voucherify_assignments(town: Town) -> Write:
    program = await made(town, "POST", PROGRAMS, {"name": "A"})
    one, other = [
        (await made(town, "POST", DEFINITIONS, {"name": name, "type": "INDIVIDUAL"}))["id"]
        for name in ("A", "B")
    ]
    return Write(
        "POST",
        f"{PROGRAMS}/{program['id']}/card-definitions/batch",
        {"assign": [{"id": one}]},
        {"assign": [{"id": other}]},
        "voucherify_assignments",
    )


@write
async def _voucherify_definition(town: Town) -> Write:
    body = {"name": "A", "type": "INDIVIDUAL"}
    table = "voucherify_card_definitions"
    return Write("POST", DEFINITIONS, body, {**body, "name": "B"}, table)


@write
async def _voucherify_step_of_a_definition(town: Town) -> Write:
    definition = await made(town, "POST", DEFINITIONS, {"name": "A", "type": "INDIVIDUAL"})
    return Write("POST", f"{DEFINITIONS}/{definition['id']}/activate", None, None)


@write
async def _voucherify_deletion_of_a_definition(town: Town) -> Write:
    definition = await made(town, "POST", DEFINITIONS, {"name": "A", "type": "INDIVIDUAL"})
    return Write("DELETE", f"{DEFINITIONS}/{definition['id']}", None, None)


@write
async def _voucherify_customer(town: Town) -> Write:
    body = {"name": "Anna"}
    return Write("POST", "/v1/customers", body, {"name": "Berta"}, "voucherify_customers")


@write
async def _voucherify_change_of_a_customer(town: Town) -> Write:
    await made(town, "POST", "/v1/customers", {"source_id": "anna"})
    return Write("PUT", "/v1/customers/anna", {"source_id": "berta"}, {"source_id": "carla"})


async def customers(town: Town) -> list[str]:
    return [(await made(town, "POST", "/v1/customers", {}))["id"] for _ in range(2)]


@write
async def _voucherify_member(town: Town) -> Write:
    one, other = await customers(town)
    path = f"{of_town(town)}/members"
    return Write("POST", path, {"customer_id": one}, {"customer_id": other}, "members")


@write
async def _voucherify_members(town: Town) -> Write:
    one, other = await customers(town)
    path = f"{of_town(town)}/members/batch"
    body = [{"customer_id": one}, {"customer_id": "nobody"}, {"customer_id": other}]
    return Write("POST", path, body, body[:1], "members", 2)


@write
async def _voucherify_step_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    return Write("POST", f"{of_town(town)}/members/{member}/deactivate", None, None)


@write
async def _voucherify_change_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    path = f"{of_town(town)}/members/{member}"
    return Write("PUT", path, {"metadata": {"a": 1}}, {"metadata": {"a": 2}})


@write
async def _voucherify_deletion_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    return Write("DELETE", f"{of_town(town)}/members/{member}", None, None)


@write
async def _voucherify_publication(town: Town) -> Write:
    path = "/v1/loyalties/Town/members"
    body = {"customer": {"source_id": "anna"}, "voucher": "CODE"}
    return Write("POST", path, body, {**body, "voucher": "OTHER"}, "accounts")


async def card(town: Town) -> str:
    joined = (await town.join("79000000009", "anna")).json()
    return f"{of_town(town)}/members/{joined['id']}/cards/{joined['cards'][0]['card']['id']}"


@write
async def _voucherify_adjustment(town: Town) -> Write:
    path = f"{await card(town)}/points"
    return Write("POST", path, {"points": 5}, {"points": 6}, "transactions")


@write
async def _voucherify_rejected_adjustment(town: Town) -> Write:
    path = f"{await card(town)}/points"
    return Write("POST", path, {"points": -5}, {"points": -6}, "voucherify_rejections")


async def code_of(town: Town) -> str:
    """The code of a published card with 50 points on it."""
    body = {"customer": {"source_id": "anna"}, "voucher": "CODE"}
    await made(town, "POST", "/v1/loyalties/Town/members", body)
    await made(town, "POST", "/v1/loyalties/members/CODE/balance", {"points": 50})
    return "CODE"


@write
async def _voucherify_balance(town: Town) -> Write:
    path = f"/v1/loyalties/members/{await code_of(town)}/balance"
    return Write("POST", path, {"points": 5}, {"points": 6}, "transactions")


@write
async def _voucherify_redemption(town: Town) -> Write:
    path = f"/v1/loyalties/members/{await code_of(town)}/redemption"
    body = {"reward": {"id": "tea", "points": 5}}
    return Write("POST", path, body, {"reward": {"id": "tea", "points": 6}}, "transactions")


@write
async def _voucherify_rollback(town: Town) -> Write:
    first = await _voucherify_redemption(town)
    redemption = (await made(town, "POST", first.path, first.body))["id"]
    path = f"/v1/redemptions/{redemption}/rollback"
    return Write("POST", path, {"reason": "a"}, {"reason": "b"}, "transactions")


@write
async def _voucherify_transfer(town: Town) -> Write:
    await code_of(town)
    body = {"customer": {"source_id": "berta"}, "voucher": "OTHER"}
    await made(town, "POST", "/v1/loyalties/Town/members", body)
    path = "/v1/loyalties/Town/members/OTHER/transfers"
    return Write(
        "POST",
        path,
        [{"code": "CODE", "points": 5}],
        [{"code": "CODE", "points": 6}],
        "transactions",
        2,
    )


@write
async def _voucherify_export(town: Town) -> Write:
    path = "/v1/loyalties/Town/transactions/export"
    body = {"parameters": {"order": "created_at"}}
    other = {"parameters": {"order": "-created_at"}}
    return Write("POST", path, body, other, "voucherify_exports")
