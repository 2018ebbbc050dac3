"""What each kind of movement is called, in both languages, on both stores."""

from __future__ import annotations

from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from stampbook.dialects.instants import read
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
)
from stampbook.domain.model import FOREVER, Kind
from stampbook.domain.policy import ExpiredRestore, SpentAccrual
from stampbook.explaining.explanation import explain
from stampbook.explaining.sentences import sentences
from stampbook.speaking.languages import Language
from stampbook.speaking.speech import Speech
from stampbook.storage.store import Store
from tests.laws.histories import PLAIN, plan_of
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.ledgers.seen import AccountPlan, Plan


def order(number: int) -> Note:
    return Note(external_id=f"order-{number}")


@pytest.fixture
async def ledger(store: Store) -> AsyncIterator[StoreLedger]:
    """Account a has the policy `debt`, b `clamp`, c gives grace."""
    ledger = StoreLedger(store)
    await ledger.found(
        plan_of(
            PLAIN._replace(scale=2),
            PLAIN._replace(scale=0, spent_accrual=SpentAccrual.CLAMP),
            PLAIN._replace(expired_restore=ExpiredRestore.GRACE, grace_s=86_400),
        )
    )
    ledger.set_clock(read("2026-10-03T12:00:00Z"))
    yield ledger
    await ledger.finish()


class Telling:
    """Carries out commands and gives the sentence of the row that each made."""

    def __init__(self, ledger: StoreLedger, account: str = "a") -> None:
        self.ledger = ledger
        self.account = account

    async def does(self, command: Command) -> tuple[str, str]:
        """The last row in English and in Russian, as it is after the command."""
        answer = await self.ledger.submit(self.account, command)
        assert answer.refused is None, answer
        return await self.says(answer.rows[-1].seq)

    async def says(self, seq: int) -> tuple[str, str]:
        (number,) = [
            row.number
            for row in await self.ledger.store.journal(
                self.ledger.accounts[self.account], after=seq - 1, limit=1
            )
        ]
        said = []
        languages: tuple[Language, ...] = ("en", "ru")
        for language in languages:
            found = await sentences(
                self.ledger.engine,
                [number],
                tenant=TENANT,
                speech=Speech(language, ZoneInfo("UTC")),
                now=self.ledger.now,
            )
            said.append(f"{found[number].text} {found[number].fate}".rstrip())
        return said[0], said[1]


async def test_what_is_given(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    assert await does(Accrue(10_000, note=order(5))) == (
        "100.00 earned with order 5.",
        "Начислено 100,00 за заказ 5.",
    )
    assert await does(Accrue(6_000, activates_at=read("2026-12-28T00:00:00Z"))) == (
        "60.00 earned. Usable from 28 Dec.",
        "Начислено 60,00. Будут доступны 28 дек.",
    )
    assert await does(Accrue(6_000, activates_at=FOREVER)) == (
        "60.00 earned. Usable after an event.",
        "Начислено 60,00. Будут доступны после события.",
    )
    assert await does(Activate(3, note=Note(actor="till 3", reason="the stay is over"))) == (
        "60.00 became usable, earned 3 Oct. By till 3: the stay is over.",
        "60,00 стали доступны, начислены 3 окт. Кто: till 3. Причина: the stay is over.",
    )
    given = Note(reason="sorry", actor="Anna")
    assert await does(Accrue(500, kind=Kind.ADJUST_CREDIT, note=given)) == (
        "5.00 given by Anna: sorry.",
        "Начислено 5,00 (Anna): sorry.",
    )
    assert await does(Accrue(500, temporary=True, timeout_s=9_000, note=order(6))) == (
        "5.00 earned with order 6. To be confirmed by 14:30.",
        "Начислено 5,00 за заказ 6. Ожидает подтверждения до 14:30.",
    )
    assert await does(Commit(6)) == (
        "5.00 earned with order 6, confirmed.",
        "Начислено 5,00 за заказ 6 – подтверждено.",
    )
    assert (await Telling(ledger).says(6))[0].endswith("Confirmed on 3 Oct.")


async def test_what_is_taken(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    await does(Accrue(10_000))
    taken = Note(reason="mistake", actor="Anna")
    assert await does(Redeem(500, kind=Kind.ADJUST_DEBIT, note=taken)) == (
        "5.00 taken by Anna: mistake.",
        "Списано 5,00 (Anna): mistake.",
    )
    assert await does(Redeem(500, note=Note(reason="A mug"))) == (
        "“A mug” took 5.00, all from 3 Oct.",
        "«A mug»: списано 5,00, все от 3 окт.",
    )
    ledger.set_clock(ledger.now + 86_400_000_000)
    for _ in range(6):
        await ledger.submit("a", Accrue(100))
    assert await does(Redeem(9_550)) == (
        "95.50 used: 90.00 from 3 Oct, 1.00 from 4 Oct, 1.00 from 4 Oct, 1.00 from 4 Oct,"
        " 2.50 from 3 other lots.",
        "Списано 95,50: 90,00 от 3 окт., 1,00 от 4 окт., 1,00 от 4 окт., 1,00 от 4 окт.,"
        " 2,50 ещё из 3 партий.",
    )


async def test_the_sum_of_many_lots_can_be_read(ledger: StoreLedger) -> None:
    for amount in range(1, 11):
        await ledger.submit("b", Accrue(amount))
    languages: tuple[Language, ...] = ("en", "ru")
    said = []
    for language in languages:
        found = await explain(ledger.engine, ledger.accounts["b"], tenant=TENANT, language=language)
        assert found is not None
        assert len(found.parts) == 10
        said.append(found.total)
    assert said == [
        "1 + 2 + 3 + 4 + 5 + 6 + 7 + 27 (3 others) = 55 available",
        "1 + 2 + 3 + 4 + 5 + 6 + 7 + 27 (ещё 3) = 55 доступно",
    ]
    number = ledger.accounts["b"]
    folded = await explain(ledger.engine, number, tenant=TENANT, language="en", most=3)
    assert folded is not None
    assert [part.amount for part in folded.parts] == [1, 2, 3, 49]
    assert folded.parts[-1].text == "49 in 7 other lots, used later."
    assert folded.total == "1 + 2 + 3 + 49 (7 others) = 55 available"
    whole = await explain(ledger.engine, number, tenant=TENANT, language="en", most=9)
    assert whole is not None
    assert len(whole.parts) == 10


async def test_holds(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    await does(Accrue(10_000))
    assert await does(Hold(2_500, timeout_s=9_000, note=order(5))) == (
        "25.00 on hold for order 5 until 14:30.",
        "В резерве 25,00 для заказа 5 до 14:30.",  # noqa: RUF001
    )
    assert await does(Commit(2, 2_000)) == (
        "20.00 of the hold for order 5 used. 5.00 are free again.",
        "Из резерва для заказа 5 списано 20,00. 5,00 снова свободны.",
    )
    await does(Hold(1_000, timeout_s=9_000))
    assert await does(Release(4, note=Note(reason="gone"))) == (
        "10.00 on hold, released: gone.",
        "В резерве 10,00 – резерв снят: gone.",  # noqa: RUF001
    )
    assert await Telling(ledger).says(4) == (
        "10.00 on hold until 14:30. Released on 3 Oct.",
        "В резерве 10,00 до 14:30. Снято 3 окт.",  # noqa: RUF001
    )
    await does(Hold(1_000, timeout_s=9_000, note=order(6)))
    ledger.set_clock(read("2026-10-04T12:00:00Z"))
    await ledger.settle("a")
    assert await Telling(ledger).says(7) == (
        "10.00 on hold for order 6, released: the time ran out.",
        "В резерве 10,00 для заказа 6 – резерв снят: время истекло.",  # noqa: RUF001
    )


async def test_expiries(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    await does(Accrue(3_000, expires_at=read("2026-11-01T14:30:00Z"), note=order(5)))
    await does(Accrue(1_000, expires_at=read("2026-11-02T00:00:00Z")))
    assert await does(Expire(2, note=Note(reason="given up"))) == (
        "10.00 expired early: given up.",
        "10,00 сгорели досрочно: given up.",
    )
    ledger.set_clock(read("2026-11-03T12:00:00Z"))
    await ledger.settle("a")
    assert await Telling(ledger).says(4) == (
        "30.00 expired at 14:30, earned 3 Oct with order 5.",
        "30,00 сгорели в 14:30, начислены 3 окт. за заказ 5.",
    )
    again = Accrue(
        3_000, kind=Kind.REINSTATE, reinstates=1, note=Note(reason="a favour", actor="Anna")
    )
    assert await does(again) == (
        "30.00 that had expired given back by Anna: a favour.",
        "Возвращено 30,00 из сгоревших (Anna): a favour.",
    )


async def test_cancels(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    await does(Accrue(3_000, expires_at=read("2026-11-01T00:00:00Z")))
    await does(Accrue(7_000))
    await does(Redeem(10_000, note=order(5)))
    assert await does(Cancel(3, 2_000)) == (
        "Cancelled in part. Order 5: 20.00 back.",
        "Отменено частично. Заказ 5: возвращено 20,00.",
    )
    assert (await Telling(ledger).says(3))[0].endswith("20.00 of it cancelled.")
    ledger.set_clock(read("2026-11-03T12:00:00Z"))
    assert await does(Cancel(3)) == (
        "Cancelled in part. Order 5: 80.00 back. 30.00 of it had expired.",
        "Отменено частично. Заказ 5: возвращено 80,00. Из них 30,00 уже сгорели.",
    )
    assert await does(Cancel(2, note=Note(actor="Anna"))) == (
        "Cancelled by Anna. 70.00 taken back.",
        "Отменено (Anna). Изъято 70,00.",
    )
    assert (await does(Cancel(6, note=Note(actor="Olga"))))[0] == (
        "The cancel was undone by Olga. 70.00 given again."
    )
    assert (await does(Cancel(7)))[0] == "Cancelled again. 70.00 taken back."


async def test_the_cancel_of_what_has_expired(ledger: StoreLedger) -> None:
    does = Telling(ledger).does
    await does(Accrue(3_000, expires_at=read("2026-11-01T00:00:00Z")))
    await does(Redeem(1_000))
    ledger.set_clock(read("2026-11-03T12:00:00Z"))
    await ledger.submit("a", Accrue(4_000))
    assert (await does(Cancel(1)))[0] == "Cancelled. 10.00 taken back. 20.00 of it had expired."


async def test_a_shortfall(ledger: StoreLedger) -> None:
    does = Telling(ledger, "b").does
    await does(Accrue(100, note=order(5)))
    await does(Redeem(80))
    assert await does(Cancel(1)) == (
        "Cancelled. Order 5: 20 taken back. 80 of it were used and stay used.",
        "Отменено. Заказ 5: изъято 20. Из них 80 потрачены и останутся потраченными.",
    )


async def test_a_lot_of_grace_is_a_return(ledger: StoreLedger) -> None:
    does = Telling(ledger, "c").does
    await does(Accrue(30, expires_at=read("2026-11-01T00:00:00Z")))
    await does(Redeem(30))
    ledger.set_clock(read("2026-11-03T12:00:00Z"))
    await does(Cancel(2))
    found = await explain(ledger.engine, ledger.accounts["c"], tenant=TENANT, language="en")
    assert found is not None
    assert [part.text for part in found.parts] == ["30 returned 3 Nov – expire on 4 Nov."]
    ledger.set_clock(read("2026-11-05T12:00:00Z"))
    await ledger.settle("c")
    assert (await Telling(ledger, "c").says(4))[0] == "30 expired at 12:00, returned 3 Nov."


async def test_transfers(store: Store) -> None:
    """Each side names the other member."""
    ledger = StoreLedger(store)
    people = {"a": AccountPlan("Ada", "stars"), "b": AccountPlan("Olga", "stars")}
    await ledger.found(Plan({"stars": PLAIN}, people))
    ledger.set_clock(read("2026-10-03T12:00:00Z"))
    await ledger.submit("a", Accrue(100))
    await ledger.transfer("a", "b", 40, note=Note(reason="a gift"))
    assert await Telling(ledger, "a").says(2) == (
        "40 transferred to Olga. Reason: a gift.",
        "Переведено 40 (кому: Olga). Причина: a gift.",
    )
    assert await Telling(ledger, "b").says(1) == (
        "40 received from Ada. Reason: a gift.",
        "Получено 40 (от кого: Ada). Причина: a gift.",
    )
    found = await explain(ledger.engine, ledger.accounts["b"], tenant=TENANT, language="en")
    assert found is not None
    assert [part.text for part in found.parts] == [
        "40 by transfer from Ada (3 Oct) – never expire."
    ]
    await ledger.finish()
