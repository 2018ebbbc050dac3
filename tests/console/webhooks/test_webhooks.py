"""Webhooks at the console: made, tried, rotated, disabled and enabled, and what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.console.webhooks.words import ERRORS, FORMATS
from stampbook.dialects.bodies_of_events import FORMATS as PRINTED
from stampbook.webhooks import sending
from stampbook.webhooks.schedule import QUIET
from stampbook.webhooks.states import SKIPPED
from tests.console.desk import PASSWORD, Clerk, Desk, Page
from tests.console.webhooks.post import Post, post_of, rows
from tests.webhooks.receiving import signatures


async def live_of(page: Page, part: str) -> str:
    """Where an open page asks whether a part has changed; nothing has yet."""
    (found,) = [each for each in page.root.iter() if each.get("id") == part]
    address = str(found.get("hx-get"))
    assert (await page.clerk.client.get(address)).status_code == 204
    return address


def test_every_word_is_known() -> None:
    assert set(ERRORS) == {*sending.ERRORS, SKIPPED}
    assert set(FORMATS) == set(PRINTED)


async def test_the_life_of_a_webhook(desk: Desk) -> None:
    async with post_of(desk) as post:
        made = await post.new(description="<b>till</b>", headers="X-Shop: 7\n\nX-Till: a: b")
        assert (made.status, made.name) == (200, "webhook")
        secret, path = made.said("secret"), f"/console/webhooks/{made.one('made').get('data-id')}"
        assert "<b>till" not in made.text
        again = await post.clerk.get(path)
        assert secret not in again.text
        assert again.one("headers").text.strip() == "x-shop: 7\nx-till: a: b"
        tried = await again.press("test")
        assert "204" in tried.said("flash")
        got = post.receiver.got[-1]
        assert got.event["type"] == "webhook.test"
        assert signatures(got, secret)
        assert (got.headers["x-shop"], got.headers["x-till"]) == ("7", "a: b")
        (delivery,) = rows(tried, "delivered")
        looked = await tried.follow("look")
        assert (looked.name, looked.said("id")) == ("delivery", delivery.get("data-id"))
        changed = await again.press("save", url=f"{post.receiver.url}/2", events="*", headers="")
        assert changed.has("flash")
        assert changed.one("url").get("value") == f"{post.receiver.url}/2"
        listed = await post.clerk.get("/console/webhooks")
        (row,) = rows(listed, "active")
        assert "till" in row.text_content()
        gone = await (await changed.follow("delete")).press("confirm")
        assert (gone.name, gone.has("empty")) == ("webhooks", True)
        assert (await post.clerk.get(path)).status == 404


async def test_a_rotation_asks_for_the_password_and_shows_the_secret_once(desk: Desk) -> None:
    async with post_of(desk) as post:
        made = await post.new()
        first, path = made.said("secret"), f"/console/webhooks/{made.one('made').get('data-id')}"
        desk.now += 11 * 60 * 1_000_000
        asked = await (await post.clerk.get(path)).press("rotate", overlap_s="3600")
        assert (asked.status, asked.has("secret")) == (422, False)
        rotated = await asked.press("confirm", password=PASSWORD)
        second = rotated.said("secret")
        assert first != second
        assert rotated.one("old-secret-until").get("datetime") == "2026-11-28T13:11:00Z"
        await rotated.press("test")
        assert signatures(post.receiver.got[-1], first)
        assert signatures(post.receiver.got[-1], second)
        page = await post.clerk.get(f"{path}/rotate")
        assert (page.name, page.has("secret"), second in page.text) == ("webhook", False, False)


@pytest.mark.parametrize("resume", ["stopped", "now"])
async def test_a_disabled_webhook_says_why_and_goes_on_as_was_chosen(
    desk: Desk, resume: str
) -> None:
    async with post_of(desk) as post:
        path = f"/console/webhooks/{(await post.new()).one('made').get('data-id')}"
        post.broken = True
        await post.accrue()
        await post.deliver()
        page = await post.clerk.get(path)
        live = await live_of(page, "sent-part")
        assert "500" in rows(page, "pending")[0].text_content()
        assert not page.has("webhook-stopped")
        desk.now += QUIET
        await post.deliver()
        assert post.clerk.user is not None
        post.clerk = await desk.at_desk(post.clerk.user)
        assert "500" in (await post.clerk.get(live)).text
        page = await post.clerk.get(path)
        assert page.one("disabled-reason").get("data-reason") == "failing"
        for place in ("/console", "/console/me", path):
            assert (await post.clerk.get(place)).has("webhook-stopped")
        viewer = await desk.clerk("manager")
        assert not (await viewer.get("/console")).has("webhook-stopped")
        await post.accrue()
        post.broken, before = False, len(post.receiver.got)
        enabled = await page.press("enable", resume=resume)
        assert enabled.has("flash")
        assert not enabled.has("webhook-stopped")
        await post.deliver()
        assert len(post.receiver.got) - before == (2 if resume == "stopped" else 0)
        again = await post.clerk.get(path)
        assert len(rows(again, "delivered" if resume == "stopped" else "failed")) == (
            2 if resume == "stopped" else 1
        )
        disabled = await again.press("disable")
        assert disabled.one("disabled-reason").get("data-reason") == ""
        assert not disabled.has("webhook-stopped")
        assert not disabled.has("disable")


async def failed(post: Post) -> Page:
    """The page of a webhook at which one event has arrived, and a later one has failed."""
    made = await post.new()
    await post.accrue("1")
    await post.deliver()
    post.broken = True
    await post.accrue("2")
    await post.deliver()
    post.desk.now += 2 * 3_600_000_000
    await post.deliver()
    post.broken = False
    return await post.clerk.get(f"/console/webhooks/{made.one('made').get('data-id')}")


async def test_a_failed_delivery_is_found_and_sent_again(desk: Desk) -> None:
    async with post_of(desk) as post:
        page = await (await failed(post)).press("filter", status="failed")
        assert "status=failed" in page.path
        (row,) = rows(page)
        (link,) = [each for each in row.iter() if each.get("data-testid") == "delivery"]
        delivery = await post.clerk.get(link.get("href"))
        assert delivery.name == "delivery"
        assert [
            (each.get("data-status"), each.get("data-error")) for each in delivery.all("try")
        ] == [("500", "refused")] * 2
        assert [each.text for each in delivery.all("response")] == ["<b>no</b>"] * 2
        assert '"amount": "2.00"' in delivery.said("body").replace("&quot;", '"')
        transaction = delivery.one("transaction").get("data-id")
        live = await live_of(delivery, "live-part")
        again = await delivery.press("redeliver")
        assert again.has("flash")
        await post.deliver()
        fresh = await post.clerk.get(live)
        assert fresh.one("status").get("data-status") == "delivered"
        assert post.receiver.got[-1].body == post.receiver.got[-2].body
        shown = await post.clerk.get(f"/console/transactions/{transaction}")
        assert [each.get("data-type") for each in shown.all("event")] == ["transaction.created"]
        assert shown.one("delivery").get("data-id") == row.get("data-id")


async def test_a_span_is_sent_again_as_the_filter_was(desk: Desk) -> None:
    async with post_of(desk) as post:
        page = await failed(post)
        before = len(post.receiver.got)
        form = await (await page.press("filter", **{"from": "2026-11-28"})).follow(
            "redeliver-range"
        )
        assert form.one("from").get("value") == "2026-11-28T00:00"
        refused = await form.press("redeliver-range", **{"from": ""})
        assert (refused.status, refused.one("field-error").get("data-field")) == (422, "from")
        done = await form.press("redeliver-range")
        assert done.said("flash").startswith("1 event is sent again")
        done = await form.press("redeliver-range", idempotency_key="other", status="all")
        assert done.said("flash").startswith("1 event is sent again")
        await post.deliver()
        assert len(post.receiver.got) == before + 2
        assert not rows(await post.clerk.get(done.path), "failed")
        for wrong in ("from", "to"):
            page = await post.clerk.get(f"{done.path}?{wrong}=then")
            assert (page.status, page.one("field-error").get("data-field")) == (422, wrong)
        later = await post.clerk.get(f"{done.path}?from=2026-11-29&type=transaction.created")
        assert later.has("empty")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"url": "http://shop.example/events"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": ""}, "events"),
        ({"events": "lots.*"}, "events"),
        ({"events": "x" * 65}, "events"),
        ({"headers": "Host: x"}, "headers"),
        ({"headers": "no colon"}, "headers"),
        ({"headers": "a: 1\nA: 2"}, "headers"),
    ],
)
async def test_what_is_refused_is_said_beside_the_field(
    desk: Desk, typed: dict[str, Any], field: str
) -> None:
    async with post_of(desk) as post:
        for language in ("en", "ru"):
            post.clerk.client.cookies.set("stampbook_language", language)
            page = await post.new(**typed)
            assert (page.status, page.name) == (422, "webhook")
            assert page.one("field-error").get("data-field") == field
            assert not page.has("secret")


async def test_an_administrator_of_a_program_sees_its_webhooks_only(desk: Desk) -> None:
    async with post_of(desk) as post:
        await post.new()
        other = await post.new(program_id="prg_2")
        body = {"login": "eve@desk.example", "password": PASSWORD, "role": "admin"}
        user = await desk.api("POST", "/v1/users", {**body, "program_ids": ["prg_2"]})
        clerk: Clerk = await desk.at_desk(int(user["id"].removeprefix("usr_"), 16))
        listed = await clerk.get("/console/webhooks")
        (row,) = rows(listed)
        assert row.get("data-id") == other.one("made").get("data-id")
        assert (await clerk.get("/console/webhooks/whk_1")).status == 404
        form = await listed.follow("new-webhook")
        made = await form.press("save", url=post.receiver.url)
        assert made.has("secret")
