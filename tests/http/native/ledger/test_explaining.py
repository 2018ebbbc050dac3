"""What people are answered about points: the very texts, in both languages, on both stores."""

from __future__ import annotations

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from stampbook.dialects import instants
from stampbook.explaining.heads import head
from stampbook.explaining.refusals import refusal
from stampbook.ledger.engine import Ledger
from stampbook.speaking.languages import Language
from stampbook.speaking.speech import Speech
from tests.http.native.asking import Api, Clock, fine, refused
from tests.http.native.people.signing import person, signed_in

EN, RU = Speech("en", ZoneInfo("UTC")), Speech("ru", ZoneInfo("UTC"))
NEVER = "never"


class Office(NamedTuple):
    """Anna works at the till, Olga is the manager: they sign in whenever they do something."""

    api: Api
    clock: Clock
    ledger: Ledger

    async def by(self, login: str) -> Api:
        return await signed_in(self.api, login)

    def on(self, date: str) -> None:
        """It is this day now, at noon unless a time is given."""
        self.clock.now = instants.read(date if "T" in date else f"{date}T12:00:00Z")

    async def explained(self, account: str, language: Language = "en", **rest: Any) -> Any:
        asked = {"language": language, **rest}
        return fine(await self.api.get(f"/accounts/{account}/explanation", **asked))

    async def changes(self, account: str, language: Language = "en") -> list[str]:
        """The sentences, oldest first."""
        found = await self.explained(account, language)
        return [each["text"] for each in found["changes"]][::-1]

    async def previewed(self, act: str, transaction: Any, speech: Speech, body: Any = None) -> Any:
        path = f"/transactions/{transaction['id']}/{act}"
        answer = fine(await self.api.post(path, body, params={"dry_run": "true"}))
        found = await head(
            self.ledger, answer, tenant=1, speech=speech, unit="Stars", now=self.clock.now
        )
        return found.text

    async def refused(self, response: Any, status: int, speech: Speech) -> str:
        assert response.status_code == status, response.text
        return await refusal(
            self.ledger, response.json(), tenant=1, speech=speech, now=self.clock.now
        )


@pytest.fixture
async def office(api: Api, clock: Clock, ledger: Ledger) -> Office:
    clock.now = instants.read("2025-11-28T12:00:00Z")
    await person(api, "anna", name="Anna", role="support")
    await person(api, "olga", name="Olga", role="manager")
    return Office(api, clock, ledger)


async def test_why_the_balance_is_what_it_is(office: Office) -> None:
    api = office.api
    account = await api.account(name="Stars")
    office.on("2026-10-03")
    await api.accrue(account, "105", external_id="order-1001", expires_at="2026-12-31T10:00:00Z")
    office.on("2026-10-09")
    await api.accrue(account, "40", reason="Welcome", expires_at=NEVER)
    await api.accrue(account, "60", activates_at="2026-12-28T00:00:00Z")
    office.on("2026-11-03T14:05:00Z")
    await api.hold(account, "25", external_id="order-1042", timeout_s=1_800)
    found = await office.explained(account)
    assert found["balance"]["active"] == "120.00"
    assert found["sum"] == "80.00 + 40.00 = 120.00 available"
    assert [(part["kind"], part["amount"], part["text"]) for part in found["parts"]] == [
        ("lot", "80.00", "80.00 from order 1001 (3 Oct) – expire on 31 Dec, used first."),
        ("lot", "40.00", "40.00 welcome points – never expire."),
        ("pending", "60.00", "60.00 become usable on 28 Dec."),
        ("held", "25.00", "25.00 on hold for order 1042 until 14:35."),
    ]
    russian = await office.explained(account, "ru")
    assert russian["sum"] == "80,00 + 40,00 = 120,00 доступно"
    assert [part["text"] for part in russian["parts"]] == [
        "80,00 за заказ 1001 (3 окт.) – сгорят 31 дек., тратятся первыми.",
        "40,00 за регистрацию – не сгорают.",
        "60,00 станут доступны 28 дек.",
        "25,00 в резерве для заказа 1042 до 14:35.",
    ]
    past = await office.explained(account, as_of="2026-10-03T13:00:00Z")
    assert past["sum"] == "105.00 available"
    assert [each["text"] for each in past["changes"]] == ["105.00 earned with order 1001."]


async def test_a_debt_says_whose_cancel_made_it(office: Office) -> None:
    api = office.api
    account = await api.account(name="Stars")
    office.on("2026-10-03")
    accrual = await api.accrue(account, "25", external_id="order-997")
    await api.redeem(account, "25", external_id="order-998")
    office.on("2026-11-02")
    fine(await (await office.by("anna")).cancel(accrual["id"], {"reason": "till error"}))
    office.on("2026-11-03")
    found = await office.explained(account)
    (debt,) = found["parts"]
    assert (debt["kind"], debt["lot_id"], debt["amount"]) == ("deficit", None, "25.00")
    assert debt["text"] == (
        "Debt of 25.00: order 998 was paid with points that were cancelled on 2 Nov by Anna."
        " The next points pay it."
    )
    assert found["sum"] == "−25.00 available"
    russian = await office.explained(account, "ru")
    assert russian["parts"][0]["text"] == (
        "Долг 25,00: заказ 998 – оплата баллами, которые отменены 2 нояб. (Anna)."
        " Его погасят следующие баллы."  # noqa: RUF001
    )
    await api.accrue(account, "30", external_id="order-999")
    assert (await office.changes(account))[-2:] == [
        "Cancelled by Anna: till error. Order 997: 25.00 taken back. 25.00 became a debt.",
        "30.00 earned with order 999. 25.00 of it paid a debt.",
    ]


async def test_an_overdraft_is_its_own_debt(office: Office) -> None:
    account = await office.api.account(name="Stars", overdraft="50")
    office.on("2026-10-03")
    await office.api.redeem(account, "20", external_id="order-7")
    (debt,) = (await office.explained(account))["parts"]
    assert debt["text"] == (
        "Debt of 20.00: order 7 took more than there was. The next points pay it."
    )


async def test_what_happened(office: Office) -> None:
    api = office.api
    account = await api.account(name="Stars")
    await api.accrue(account, "70", external_id="order-312", expires_at="2026-11-28T00:00:00Z")
    office.on("2026-11-29")
    assert await office.changes(account) == [
        "70.00 earned with order 312.",
        "70.00 expired at midnight, earned 28 Nov 2025 with order 312.",
    ]
    assert (await office.changes(account, "ru"))[-1] == (
        "70,00 сгорели в полночь, начислены 28 нояб. 2025 за заказ 312."
    )


async def test_a_cancel_and_its_undo(office: Office) -> None:
    api = office.api
    account = await api.account(name="Stars")
    office.on("2026-10-03")
    await api.accrue(account, "80")
    office.on("2026-10-09")
    await api.accrue(account, "60")
    office.on("2026-11-02")
    redemption = await api.redeem(account, "100.50", external_id="order-1001")
    cancelled = fine(
        await (await office.by("anna")).cancel(
            redemption["id"], {"reason": "till error"}, actor="till 3"
        )
    )
    assert (await office.changes(account))[2:] == [
        "Order 1001 took 100.50: 80.00 from 3 Oct, 20.50 from 9 Oct."
        " Cancelled on 2 Nov by Anna at till 3.",
        "Cancelled by Anna at till 3: till error. Order 1001: 100.50 back.",
    ]
    assert (await office.changes(account, "ru"))[2:] == [
        "Заказ 1001: списано 100,50 – 80,00 от 3 окт., 20,50 от 9 окт."
        " Отменено 2 нояб. (Anna, till 3).",
        "Отменено (Anna, till 3): till error. Заказ 1001: возвращено 100,50.",
    ]
    fine(await (await office.by("olga")).cancel(cancelled["id"], {"reason": "it was right"}))
    assert (await office.changes(account))[-1] == (
        "The cancel was undone by Olga: it was right. Order 1001: 100.50 taken again."
    )
    assert (await office.changes(account, "ru"))[-1] == (
        "Отмена снята (Olga): it was right. Заказ 1001: снова списано 100,50."
    )


async def test_a_head_asks_for_a_cancel_and_for_its_undo(office: Office) -> None:
    api = office.api
    account = await api.account(name="Stars")
    office.on("2026-10-03")
    await api.accrue(account, "150")
    redemption = await api.redeem(account, "100.50", external_id="order-1001")
    assert await office.previewed("cancel", redemption, EN) == (
        "Cancel order 1001? 100.50 stars go back to where they came from."
    )
    assert await office.previewed("cancel", redemption, RU) == (
        "Отменить: заказ 1001? 100,50 stars вернутся туда, откуда пришли."
    )
    cancelled = fine(await api.cancel(redemption["id"]))
    assert await office.previewed("cancel", cancelled, EN) == (
        "Undo the cancel? Order 1001 takes 100.50 stars again."
    )


async def test_a_head_says_what_becomes_of_used_points(office: Office) -> None:
    api = office.api
    office.on("2026-10-03")
    account = await api.account(name="Stars")
    accrual = await api.accrue(
        account, "100", external_id="order-5", expires_at="2026-12-01T00:00:00Z"
    )
    await api.accrue(account, "65")
    await api.redeem(account, "80")
    assert await office.previewed("cancel", accrual, EN) == (
        "Cancel 100.00 stars from order 5?"
        " 80.00 were already used: other points pay, 15.00 become a debt."
    )
    clamped = await api.account(name="Stars", spent_accrual="clamp")
    accrual = await api.accrue(clamped, "100", external_id="order-6")
    await api.redeem(clamped, "80")
    assert await office.previewed("cancel", accrual, EN) == (
        "Cancel 100.00 stars from order 6?"
        " 20.00 can be taken; 80.00 were used and stay used (shortfall 80.00)."
    )
    assert await office.previewed("cancel", accrual, RU) == (
        "Отменить 100,00 stars за заказ 6?"
        " Можно забрать 20,00; 80,00 потрачены и останутся потраченными (не хватает 80,00)."
    )


async def test_a_head_says_what_returns_expired(office: Office) -> None:
    api = office.api
    office.on("2026-10-03")
    account = await api.account(name="Stars")
    await api.accrue(account, "30", expires_at="2026-11-01T00:00:00Z")
    await api.accrue(account, "70")
    redemption = await api.redeem(account, "100", external_id="order-8")
    office.on("2026-11-03")
    assert await office.previewed("cancel", redemption, EN) == (
        "Cancel order 8? 100.00 stars go back to where they came from."
        " 30.00 of it expired on 1 Nov: they return and expire at once."
    )


async def test_heads_of_holds_and_of_pending_points(office: Office) -> None:
    api = office.api
    office.on("2026-10-03")
    account = await api.account(name="Stars")
    await api.accrue(account, "100", external_id="order-5")
    waiting = await api.accrue(account, "60", external_id="order-6", activates_at="event")
    hold = await api.hold(account, "25", external_id="order-1042")
    assert await office.previewed("commit", hold, EN, {"amount": "20"}) == (
        "Use 20.00 stars of the hold for order 1042? 5.00 are free again."
    )
    assert await office.previewed("release", hold, EN) == (
        "Release the hold for order 1042? 25.00 stars are usable again."
    )
    assert await office.previewed("activate", waiting, EN) == (
        "Make 60.00 stars from order 6 usable now?"
    )
    assert await office.previewed("activate", waiting, RU) == (
        "Сделать 60,00 stars за заказ 6 доступными сейчас?"
    )


async def test_refusals_with_what_they_name(office: Office) -> None:
    api = office.api
    office.on("2026-10-03")
    account = await api.account(name="Stars")
    await api.accrue(account, "12.50")
    answer = await api.move(account, "redeem", "100")
    assert await office.refused(answer, 409, EN) == "Only 12.50 are available."
    assert await office.refused(answer, 409, RU) == "Доступно только 12,50."
    redemption = await api.redeem(account, "10", external_id="order-9")
    office.on("2026-11-03")
    fine(await (await office.by("anna")).cancel(redemption["id"], {"reason": "till error"}))
    answer = await api.cancel(redemption["id"], {"amount": "10"})
    assert await office.refused(answer, 409, EN) == "This was cancelled on 3 Nov by Anna."
    assert await office.refused(answer, 409, RU) == "Это отменено 3 нояб. (Anna)."
    strict = await api.account(name="Stars", spent_accrual="refuse")
    accrual = await api.accrue(strict, "10")
    await api.redeem(strict, "10")
    answer = await api.cancel(accrual["id"])
    assert await office.refused(answer, 409, EN) == (
        "These points were used; this currency does not allow the cancel."
    )


async def test_whose_account_it_is_and_which_languages_there_are(
    office: Office, stranger: Api
) -> None:
    account = await office.api.account(name="Stars")
    path = f"/accounts/{account}/explanation"
    assert refused(await stranger.get(path), 404, "not_found")
    assert refused(await office.api.get(path, language="de"), 422, "invalid_request")["errors"] == [
        {"detail": "must be one of en, ru", "parameter": "language"}
    ]
    found = await office.explained(account)
    assert (found["parts"], found["changes"], found["sum"]) == ([], [], "0.00 available")
