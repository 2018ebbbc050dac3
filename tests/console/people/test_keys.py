"""API keys: made, shown once, rotated, revoked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.desk import Clerk, Desk, Page, token_of


async def create(clerk: Clerk, **typed: str | list[str]) -> Page:
    form = await (await clerk.get("/console/keys")).follow("new-key")
    return await form.press("save", **{"name": "Till", "scopes": ["read"], **typed})


async def status_of(desk: Desk, secret: str) -> int:
    answer = await desk.browser(authorization=f"Bearer {secret}").get("/v1/programs")
    return answer.status_code


async def press(page: Page, key: str, button: str, **typed: str) -> Page:
    """Press a button in the row of a key."""
    (row,) = [each for each in page.all("row") if each.get("data-id") == key]
    (found,) = [each for each in row.iter() if each.get("data-testid") == button]
    if found.tag == "a":
        return await page.clerk.get(found.get("href"))
    form = found.getparent()
    answer = await page.clerk.client.post(
        form.get("action"), data={**dict(form.form_values()), **typed}
    )
    return Page(page.clerk, answer)


async def test_a_key_works_and_its_secret_is_shown_once(desk: Desk) -> None:
    clerk = await desk.clerk()
    page = await create(
        clerk,
        scopes=["read", "ledger:write"],
        program="prg_1",
        expires_at="2026-12-31",
        rate_limit="120",
        addresses="203.0.113.0/24\n198.51.100.7, 2001:db8::/48",
    )
    assert (page.status, page.name) == (200, "keys")
    secret = page.said("secret")
    key = page.one("made").get("data-id")
    made = await desk.api("GET", f"/v1/api_keys/{key}")
    assert made["prefix"] == secret[:8]
    assert (made["name"], made["scopes"]) == ("Till", ["ledger:write", "read"])
    assert (made["program_id"], made["rate_limit"]) == ("prg_1", 120)
    assert made["expires_at"] == "2027-01-01T00:00:00Z"
    assert made["addresses"] == ["203.0.113.0/24", "198.51.100.7/32", "2001:db8::/48"]
    assert secret not in (await clerk.get("/console/keys")).text
    assert await status_of(desk, (await create(clerk)).said("secret")) == 200


async def test_the_same_form_makes_one_key(desk: Desk) -> None:
    clerk = await desk.clerk()
    form = await clerk.get("/console/keys/new")
    first, second = [await form.press("save", name="Till", scopes=["read"]) for _ in range(2)]
    assert first.said("secret") == second.said("secret")
    assert len((await clerk.get("/console/keys")).all("row")) == len(first.all("row"))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"expires_at": "2026-11-01"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"rate_limit": "many"}, "rate_limit"),
        ({"rate_limit": "9999999999"}, "rate_limit"),
        ({"addresses": "here"}, "addresses"),
    ],
)
async def test_what_is_refused_is_said_beside_the_field(
    desk: Desk, typed: dict[str, Any], field: str
) -> None:
    page = await create(await desk.clerk(), **typed)
    assert (page.status, page.name) == (422, "keys")
    assert page.one("refusal").get("data-code") == "invalid_request"
    assert page.one("field-error").get("data-field") == field
    assert not page.has("secret")


@pytest.mark.parametrize(("overlap", "old"), [("3600", 200), ("0", 401)])
async def test_after_a_rotation_the_old_secret_works_for_as_long_as_was_chosen(
    desk: Desk, overlap: str, old: int
) -> None:
    made = await create(await desk.clerk())
    first, key = made.said("secret"), made.one("made").get("data-id")
    rotated = await press(made, key, "rotate", overlap_s=overlap)
    second = rotated.said("secret")
    assert first != second
    assert [await status_of(desk, each) for each in (first, second)] == [old, 200]
    assert rotated.one("old-secret-until").get("datetime") == (
        "2026-11-28T13:00:00Z" if old == 200 else "2026-11-28T12:00:00Z"
    )


async def test_several_keys_are_rotated_from_one_page_to_the_next(desk: Desk) -> None:
    clerk = await desk.clerk()
    one, two = [(await create(clerk)).one("made").get("data-id") for _ in range(2)]
    page = await press(await clerk.get("/console/keys"), one, "rotate")
    assert (await press(page, two, "rotate")).one("made").get("data-id") == two


async def test_a_revoked_key_is_refused_and_says_so(desk: Desk) -> None:
    clerk = await desk.clerk()
    made = await create(clerk)
    key = made.one("made").get("data-id")
    asked = await press(made, key, "revoke")
    assert await status_of(desk, made.said("secret")) == 200
    revoked = await asked.press("confirm")
    assert revoked.said("flash") == "Till is revoked."
    assert await status_of(desk, made.said("secret")) == 401
    (row,) = [each for each in revoked.all("row") if each.get("data-id") == key]
    assert [e.get("data-status") for e in row.iter() if e.get("data-testid") == "status"] == [
        "revoked"
    ]
    assert not [e for e in row.iter() if e.get("data-testid") in ("rotate", "revoke")]
    answer = await clerk.client.post(
        f"/console/keys/{key}/rotate", data={"csrf_token": token_of(asked)}
    )
    assert Page(clerk, answer).one("refusal").get("data-code") == "conflict"


async def test_the_last_key_with_all_rights_stays(desk: Desk) -> None:
    clerk = await desk.clerk()
    keys = (await desk.api("GET", "/v1/api_keys"))["data"]
    (admin,) = [each["id"] for each in keys if "admin" in each["scopes"]]
    page = await (await clerk.get(f"/console/keys/{admin}/revoke")).press("confirm")
    assert (page.status, page.one("refusal").get("data-code")) == (409, "last_admin")


async def test_a_key_that_is_not_there_has_no_page(desk: Desk) -> None:
    clerk = await desk.clerk()
    assert (await clerk.get("/console/keys/key_ffff/revoke")).status == 404
    assert (await clerk.get("/console/users/usr_ffff")).status == 404


async def test_the_page_is_in_russian(desk: Desk) -> None:
    clerk = await desk.clerk()
    clerk.client.cookies.set("stampbook_language", "ru")
    page = await create(clerk)
    assert "Скопируйте" in page.text
