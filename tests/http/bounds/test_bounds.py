"""What a key that is bound to one program cannot reach, and what only an admin may do."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.programs import once
from stampbook.programs.once import Kept, Keyed
from stampbook.storage import former_fingerprints
from tests.http.town import Town

BOUND, NEIGHBOUR, TILL = "bound", "neighbour", "till"
ANNA = {"source_id": "anna", "name": "Anna Secret", "email": "anna@secret.example", "phone": "791"}


@pytest.fixture
async def two(town: Town) -> Town:
    """Two programs of one tenant: the town's, and its neighbour's, each with a key of its own."""
    town.neighbour, *_ = await town.new_program("Neighbour")
    await town.new_key(BOUND, "admin", program=town.program.program_id)
    await town.new_key(NEIGHBOUR, "admin", program=town.neighbour.program_id)
    await town.new_key(TILL, "read", "ledger:write", "ledger:cancel")
    return town


def members_of(program: Any) -> str:
    return f"/v2/loyalties/programs/{spell(Prefix.PROGRAM, program.program_id)}/members"


async def anna_of_the_neighbour(two: Town) -> tuple[str, str]:
    """A customer of the tenant who is a member of the neighbour's program only."""
    customer = (await two.ask("POST", "/v1/customers", ANNA)).json()["id"]
    body = {"customer_id": customer}
    member = await two.ask("POST", members_of(two.neighbour), body, secret=NEIGHBOUR)
    assert member.status_code == 404, "the neighbour's key has not brought her"
    member = await two.ask("POST", members_of(two.neighbour), body)
    assert member.status_code == 200
    return customer, member.json()["id"]


async def test_customers_of_others_are_not_there(two: Town) -> None:
    customer, member = await anna_of_the_neighbour(two)
    own = members_of(two.program)
    batch = (await two.ask("POST", members_of(two.neighbour) + "/batch", [])).json()
    action = f"/v1/async-actions/{batch['async_action_id']}"
    memberships = "/v2/loyalties/memberships"
    publish = "/v1/loyalties/Town/members"
    identified = {"customer_identification": {"type": "customer_id", "customer_id": customer}}
    berta = (await two.ask("POST", path_of(two.neighbour), {"name": "Secret"})).json()
    listed = (await two.ask("GET", members_of(two.neighbour) + "?order=-created_at")).json()
    alone = next(each["customer_id"] for each in listed["data"] if each["customer_id"] != customer)
    assert (await two.ask("GET", f"/v1/customers/{alone}")).json()["name"] == berta["name"]
    requests: list[tuple[str, str, Any]] = [
        ("GET", f"/v1/customers/{alone}", None),
        ("GET", f"{memberships}/{alone}", None),
        ("POST", own, {"customer_id": alone}),
        ("GET", f"/v1/customers/{customer}", None),
        ("GET", "/v1/customers/anna", None),
        ("PUT", f"/v1/customers/{customer}", {"name": "B"}),
        ("PUT", "/v1/customers/anna", {"name": "B"}),
        ("POST", own, {"customer_id": customer}),
        ("POST", own, {"customer_source_id": "anna"}),
        ("POST", own, identified),
        ("POST", publish, {"customer": customer}),
        ("POST", publish, {"customer": "anna"}),
        ("POST", publish, {"customer": {"id": customer}}),
        ("POST", publish, {"customer": {"source_id": "anna"}}),
        ("GET", f"{memberships}/{customer}", None),
        ("GET", f"{memberships}/anna?identification_type=customer_source_id", None),
        ("GET", f"{memberships}/{member}?identification_type=member_id", None),
        ("GET", own.replace("/members", f"/memberships/{customer}"), None),
        ("GET", f"{own}/{member}", None),
        ("GET", f"{members_of(two.neighbour)}/{member}", None),
        ("GET", action, None),
    ]
    for method, path, body in requests:
        answer = await two.ask(method, path, body, secret=BOUND)
        assert answer.status_code == 404, (method, path, answer.text)
        assert "ecret" not in answer.text
    assert (await two.ask("GET", action, secret=NEIGHBOUR)).status_code == 200
    assert (await two.ask("GET", f"/v1/customers/{customer}", secret=NEIGHBOUR)).json()[
        "name"
    ] == "Anna Secret"
    taken = await two.ask("POST", "/v1/customers", {"source_id": "anna"}, secret=BOUND)
    assert taken.status_code == 409
    assert "ecret" not in taken.text
    done = await two.ask("POST", own + "/batch", [{"customer_id": customer}], secret=BOUND)
    result = await two.ask(
        "GET", f"/v1/async-actions/{done.json()['async_action_id']}", secret=BOUND
    )
    [entry] = result.json()["result"]["results"]
    assert (entry["status"], entry["error"]["code"]) == ("FAILED", 404)
    assert (await two.ask("GET", f"/v1/customers/{customer}")).json()["name"] == "Anna Secret"


async def test_a_bound_key_enrols_whom_it_brings(two: Town) -> None:
    made = await two.ask("POST", "/v1/customers", ANNA, secret=BOUND)
    customer = made.json()["id"]
    body = {"customer_id": customer}
    member = await two.ask("POST", members_of(two.program), body, secret=BOUND)
    assert member.status_code == 200, member.text
    again = await two.ask("POST", "/v1/customers", {**ANNA, "name": "Ann"}, secret=BOUND)
    assert (again.status_code, again.json()["name"]) == (200, "Ann")
    assert (await two.ask("GET", "/v1/customers/anna", secret=NEIGHBOUR)).status_code == 404
    assert (await two.ask("POST", members_of(two.neighbour), body)).status_code == 200
    for secret in (BOUND, NEIGHBOUR):
        read = await two.ask("GET", "/v1/customers/anna", secret=secret)
        assert read.json()["name"] == "Ann", "she is a customer of both"
        for method, path in (("POST", "/v1/customers"), ("PUT", "/v1/customers/anna")):
            change = await two.ask(method, path, {**ANNA, "name": "Mine"}, secret=secret)
            assert change.status_code == 403, "what both show is changed by neither"


async def test_a_customer_who_left_is_not_there(two: Town) -> None:
    customer, member = await anna_of_the_neighbour(two)
    path = f"/v1/customers/{customer}"
    assert (await two.ask("GET", path, secret=NEIGHBOUR)).status_code == 200
    left = await two.ask("DELETE", f"{members_of(two.neighbour)}/{member}", secret=NEIGHBOUR)
    assert left.status_code == 200
    assert (await two.ask("GET", path, secret=NEIGHBOUR)).status_code == 404


# -- replays -------------------------------------------------------------------------


def path_of(program: Any) -> str:
    return f"/v1/programs/{ids.write(ids.PROGRAM, program.program_id)}/members"


async def test_another_programs_write_is_not_replayed(two: Town) -> None:
    path, body = path_of(two.neighbour), {"name": "Anna Secret"}
    first = await two.ask("POST", path, body, secret=NEIGHBOUR, key="k")
    again = await two.ask("POST", path, body, secret=NEIGHBOUR, key="k")
    assert (first.status_code, first.text) == (201, again.text)
    assert again.headers["idempotency-replayed"] == "true"
    other = await two.ask("POST", path, body, secret=BOUND, key="k")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert "Secret" not in other.text


async def test_keys_of_an_earlier_version_still_repeat(two: Town) -> None:
    """The program was no part of what the keys of existing databases were compared by."""
    path = path_of(two.neighbour)
    made = await two.ask("POST", path, {})
    mark = former_fingerprints.request("native request", b"None", b"POST", path.encode(), b"{}")
    async with two.store.transaction() as writing:
        keyed = Keyed(1, "old", mark)
        await once.keep(writing, keyed, Kept(201, made.text), now=two.now)
    for secret in ("town-admin", NEIGHBOUR):
        again = await two.ask("POST", path, {}, secret=secret, key="old")
        assert (again.status_code, again.text) == (201, made.text)
    other = await two.ask("POST", path, {}, secret=BOUND, key="old")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    reused = await two.ask("POST", path, {"name": "B"}, secret=NEIGHBOUR, key="old")
    assert reused.status_code == 422


# -- scopes --------------------------------------------------------------------------


async def test_who_moves_points_removes_nobody(two: Town) -> None:
    """A member's removal closes accounts, with the points that are on them."""
    native = (await two.ask("POST", path_of(two.program), {})).json()["id"]
    member = (await two.join("79000000001", "berta")).json()["id"]
    card = (await two.issue("79000000002")).json()["data"]["id"]
    altcraft = {"loyalty_program_id": two.program.program_id, "matching": "phone", "phone": "791"}
    await two.register("791")
    removals: list[tuple[str, str, Any]] = [
        ("DELETE", f"/v1/members/{native}", None),
        ("DELETE", f"{members_of(two.program)}/{member}", None),
        ("DELETE", f"/api/v1/loyalty/cards/{two.location.number}/{card}", None),
        ("POST", "/api/v1.1/loyalty/delete_member", altcraft),
    ]
    for method, path, body in removals:
        denied = await two.ask(method, path, body, secret=TILL)
        assert denied.status_code == 403 or denied.json()["error"] == 403, denied.text
    for method, path, body in removals:
        assert (await two.ask(method, path, body)).is_success
