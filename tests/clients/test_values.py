"""What arguments become on the wire, lists that go on, and webhooks that are verified."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

import pytest
from standardwebhooks.webhooks import Webhook as TheirWebhook

from stampbook_client import Stampbook, Webhook, WebhookVerificationError
from stampbook_client.models import Transaction
from stampbook_client.sending import writing
from stampbook_client.wire import part, plain
from tests.clients.conftest import Shop
from tests.clients.test_sending import Answers, of
from tests.webhooks.receiving import receiving


def test_amounts_and_instants() -> None:
    zone = timezone(timedelta(hours=3))
    sent = plain({
        "amount": Decimal("1E+3"),
        "small": Decimal("0.10"),
        "at": datetime(2026, 3, 1, 15, 0, tzinfo=zone),
        "lines": [{"metadata": {"weight": 0.5, "of": [{"deeper": 1.5}]}}],
    })  # fmt: skip
    assert sent == {
        "amount": "1000", "small": "0.10", "at": "2026-03-01T12:00:00Z",
        "lines": [{"metadata": {"weight": 0.5, "of": [{"deeper": 1.5}]}}],
    }  # fmt: skip
    for wrong in (0.1, [0.1], {"every": 0.1}, {"lines": [{"amount": 1.0}]}):
        with pytest.raises(TypeError):
            plain(wrong)
    for odd in (Decimal("NaN"), Decimal("Infinity"), datetime(2026, 3, 1)):  # noqa: DTZ001
        with pytest.raises(ValueError, match="must"):
            plain(odd)


def test_an_id_stays_one_part_of_the_path() -> None:
    assert part("external:order/1?x=#") == "external%3Aorder%2F1%3Fx%3D%23"
    for wrong in ("", ".", ".."):
        with pytest.raises(ValueError, match="id"):
            part(wrong)


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="amont"):
        writing("POST", "/v1/users/usr_1/enable", {"amont": 1}, has_body=False)


async def test_no_secret_is_in_what_is_printed() -> None:
    """Of a client, of its requests and of what they raise."""
    client = of(Answers())
    assert "sbk_test" not in repr(client) + repr(vars(client))


async def test_lists_go_on(shop: Shop) -> None:
    for number in range(7):
        await shop.client.members.create(shop.program, external_id=f"guest-{number}")
    members = shop.client.members.list(shop.program, limit=3)
    assert [each.external_id async for each in members] == [
        None, *(f"guest-{number}" for number in range(7)),
    ]  # fmt: skip
    assert [len(page.data) async for page in members.pages()] == [3, 3, 2]
    first = await members.page()
    assert first.next_cursor
    assert [each.external_id for each in (await members.page(first.next_cursor)).data] == [
        "guest-2", "guest-3", "guest-4",
    ]  # fmt: skip
    newest = shop.client.members.list(shop.program, order="desc", limit=1)
    async for member in newest:
        assert member.external_id == "guest-6"
        break


async def test_a_webhook_that_really_came(shop: Shop) -> None:
    """With the signature of the server, which the library of Standard Webhooks accepts, too."""
    server, client = shop.server, shop.client
    server.clock.now = time.time_ns() // 1_000
    async with receiving() as receiver:
        webhook = await client.webhooks.create(url=receiver.url, events=["*"])
        assert webhook.secret
        await client.webhooks.test(webhook.id)
        rotated = await client.webhooks.rotate(webhook.id)
        assert rotated.secret
        await client.webhooks.test(webhook.id)
    one, two = receiver.got
    secrets = [Webhook(webhook.secret), Webhook(rotated.secret)]
    for got, right in ((one, [True, False]), (two, [True, True])):
        body = got.body.encode()
        assert [_verifies(each, body, got.headers) for each in secrets] == right
        event = secrets[0].verify(body, got.headers)
        assert (event.type, event.id) == ("webhook.test", got.headers["webhook-id"])
        TheirWebhook(webhook.secret).verify(got.body, dict(got.headers))


def _verifies(webhook: Webhook, body: bytes, headers: Any) -> bool:
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = (
    '{"id":"evt_1","type":"transaction.created","timestamp":"2026-03-01T12:00:00Z","program_id":'
    'null,"member_id":null,"account_id":null,"sequence":null,"data":{}}'
)


def signed(moment: int, secret: str = SECRET) -> dict[str, str]:
    signature = TheirWebhook(secret).sign("evt_1", datetime.fromtimestamp(moment, UTC), BODY)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(moment),
        "Webhook-Signature": signature,
    }


def test_what_is_not_signed_so_is_refused() -> None:
    now = 1_770_000_000
    webhook = Webhook(SECRET, clock=lambda: now)
    good = signed(now)
    assert _verifies(webhook, BODY.encode(), good)
    assert _verifies(
        webhook,
        BODY.encode(),
        {**good, "Webhook-Signature": "v1a,x v1,AA== " + good["Webhook-Signature"]},
    )
    wrong: list[dict[str, str]] = [
        {**good, "Webhook-Id": "evt_2"},
        {**good, "Webhook-Timestamp": str(now + 1)},
        {**good, "Webhook-Timestamp": "now"},
        {**good, "Webhook-Signature": ""},
        {**good, "Webhook-Signature": good["Webhook-Signature"].replace("v1,", "v2,")},
        {**good, "Webhook-Signature": "v1,é"},
        signed(now, "whsec_" + "AAAA" * 8),
        signed(now - 301),
        signed(now + 301),
        *({each: good[each] for each in good if each != missing} for missing in good),
    ]
    assert [each for each in wrong if _verifies(webhook, BODY.encode(), each)] == []
    assert not _verifies(webhook, BODY.replace("{}", "{ }").encode(), good)
    for odd in ("", "whsec_", "whsec_no base64"):
        with pytest.raises(ValueError, match="secret"):
            Webhook(odd)


async def test_events_are_read(shop: Shop) -> None:
    done = await shop.client.accounts.accrue(shop.account, 5)
    page = await shop.client.events.list(types="transaction.created")
    (event,) = page.data
    read = event.read("transaction", Transaction)
    assert (read.id, read.amount) == (done.id, Decimal("5.00"))
    later = await shop.client.events.list(types="transaction.created", cursor=page.next_cursor)
    assert (later.data, later.has_more) == ([], False)


def test_a_client_closes_what_it_has_opened() -> None:
    with Stampbook("http://127.0.0.1:1", "sbk_test") as client:
        opened = cast(Any, client)._http
    assert opened.is_closed
