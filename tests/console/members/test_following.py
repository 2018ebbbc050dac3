"""Open pages follow what happens through any API: they say that something came, and go on from
there."""

from __future__ import annotations

from typing import Any

from stampbook.programs.roles import Role
from tests.console.desk import ONE_STORE, Desk, Page

ROW = "/v1/accounts/acc_1/transactions"


def _followed(page: Page) -> Any:
    """The part that is asked for again and again."""
    (part,) = [each for each in page.root.iter() if each.get("id") == "live-part"]
    assert part.get("data-live") is not None, page.path
    return part


@ONE_STORE
async def test_open_pages_follow_what_other_apis_do(desk: Desk) -> None:
    for at in range(60):
        desk.now += 1_000_000
        await desk.api("POST", ROW, {"type": "accrue", "amount": "1", "reason": f"Cup {at}"})
    order = await desk.api("POST", "/v1/programs/prg_1/orders", {
        "external_id": "77", "member_id": "mbr_1", "money": "EUR", "amount": "5.00",
    })  # fmt: skip
    row = await desk.api("POST", ROW, {"type": "redeem", "amount": "2"})
    clerk = await desk.clerk(Role.SUPPORT)
    paths = (
        "members/mbr_1",
        "accounts/acc_1",
        f"orders/{order['id']}",
        f"transactions/{row['id']}",
    )
    pages = {path: await clerk.get(f"/console/{path}") for path in paths}
    for path, page in pages.items():
        assert not page.has("live"), path
        live = _followed(page).get("hx-get")
        assert (await clerk.client.get(live)).status_code == 204, path

    desk.now += 1_000_000
    await desk.api("POST", f"/v1/transactions/{row['id']}/cancel", {"reason": "Till error"})
    await desk.api("POST", f"/v1/programs/prg_1/orders/{order['id']}/pay", {"reason": "Cash"})
    for path, page in pages.items():
        fresh = await clerk.get(_followed(page).get("hx-get"), **{"hx-request": "true"})
        assert (fresh.status, fresh.has("live")) == (200, True), path
        assert fresh.one("show").get("href").startswith(f"/console/{path}"), path
        # What the part links to are pages, opened anew: no parts, and nothing has been seen there.
        links = [each.get("href") for each in fresh.root.iter() if each.get("href")]
        assert not [each for each in links if "/live" in each or "seen=" in each], path
        again = await clerk.client.get(_followed(fresh).get("hx-get"))
        assert again.status_code == 204, path
        if fresh.has("load-more"):
            assert (await fresh.follow("load-more")).all("row"), path
    assert fresh.has("undo")


async def test_members_are_listed_by_status(desk: Desk) -> None:
    await desk.api("PATCH", "/v1/members/mbr_1", {"status": "inactive"})
    clerk = await desk.clerk(Role.VIEWER)
    path = "/v1/programs/prg_1/members"
    for status, order in (("active", "desc"), ("inactive", "desc"), ("active", "asc")):
        listed = (await desk.api("GET", f"{path}?status={status}&order={order}&limit=200"))["data"]
        ids = [each["id"] for each in listed]
        assert ids == sorted(ids, key=lambda name: int(name[4:], 16), reverse=order == "desc")
        assert {each["status"] for each in listed} == {status}
        page = await clerk.get(f"/console/members?program=prg_1&status={status}")
        assert {row.get("data-id") for row in page.all("row")} == set(ids)
    await desk.api("PATCH", "/v1/members/mbr_1", {"status": "active"})
    none = await clerk.get("/console/members?program=prg_1&status=inactive")
    assert none.said("empty").startswith("Nothing fits the filter.")
    client = desk.browser(authorization=f"Bearer {desk.facts['api_key']}")
    for wrong in ("status=gone", "status=active&email=a@b.example", "order=desc&q=a"):
        assert (await client.get(f"{path}?{wrong}")).status_code == 422, wrong
