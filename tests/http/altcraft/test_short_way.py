"""Cancel, commit and rollback past the framework: what they answer is what the framework would."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.http.altcraft import short_way
from stampbook.http.short_paths import ShortRequest, Waiting
from stampbook.storage.store import OutcomeUnknown, Unavailable
from tests.http.altcraft.house import TOKEN, House, Json, from_xml, to_xml

CANCEL, COMMIT, ROLL_BACK = (
    f"loyalty/{verb}_transaction" for verb in ("cancel", "commit", "rollback")
)


@pytest.fixture(autouse=True)
async def _member(house: House) -> None:
    await house.new_member()


async def both(
    house: House, ordinary: Any, method: str, content: bytes, **headers: Any
) -> list[tuple[int, dict[str, str], bytes]]:
    """Status, headers and body: the short way's, then the framework's."""
    answers = []
    for off in (False, True):
        ordinary(off=off)
        answer = await house.post(method, content, **headers)
        answers.append((answer.status_code, dict(answer.headers), answer.content))
    ordinary(off=False)
    return answers


async def test_refusals_repeats_and_nonsense(house: House, form: str, ordinary: Any) -> None:
    await house.accrue("100", transaction_eid="known")
    spent = (await house.redeem("10"))["transaction_id"]
    held = (await house.redeem("5", is_temp=True))["transaction_id"]
    pending = (await house.accrue("5", is_temp=True))["transaction_id"]
    gone = (await house.redeem("1"))["transaction_id"]
    await house.done(CANCEL, {"transaction_id": gone})
    for method, key, named in ((CANCEL, "k", spent), (COMMIT, "h", held), (COMMIT, "p", pending)):
        await house.done(method, {"transaction_id": named}, form=form, idempotency_key=key)
    await house.new_key("reader", "read")
    await house.new_key("elsewhere", "admin", program=(await house.new_program("B")).program_id)
    asked: list[tuple[str, Json, Json]] = [
        (CANCEL, {"transaction_id": spent}, {"idempotency_key": "k"}),
        (CANCEL, {"transaction_id": held}, {"idempotency_key": "k"}),
        (CANCEL, {"transaction_id": spent}, {"idempotency_key": "k" * 300}),
        (CANCEL, {"transaction_id": spent}, {"stampbook_actor": ""}),
        (CANCEL, {"transaction_id": gone}, {}),
        (CANCEL, {"transaction_id": "nonsense"}, {}),
        (CANCEL, {"transaction_id": spent[:9] + "ffff" + spent[13:]}, {}),
        (CANCEL, {"transaction_id": spent, "transaction_eid": "known"}, {}),
        (CANCEL, {"transaction_eid": "unknown"}, {}),
        (CANCEL, {"transaction_id": "x" * 300}, {}),
        (CANCEL, {}, {}),
        (CANCEL, {"transaction_id": spent, "format": "json"}, {}),
        (CANCEL, {"transaction_id": spent, "format": "xml"}, {"accept": "application/json"}),
        (CANCEL, {"transaction_id": spent, "format": "yaml"}, {}),
        (CANCEL, {"transaction_id": spent, "token": TOKEN}, {"token": None}),
        (CANCEL, {"transaction_id": spent}, {"token": None}),
        (CANCEL, {"transaction_id": spent}, {"token": "wrong"}),
        (CANCEL, {"transaction_id": spent}, {"token": "reader"}),
        (CANCEL, {"transaction_id": spent}, {"token": "elsewhere"}),
        (CANCEL, {"transaction_id": spent}, {"content_encoding": "gzip"}),
        (COMMIT, {"transaction_id": held}, {"idempotency_key": "h"}),
        (COMMIT, {"transaction_id": pending}, {"idempotency_key": "p"}),
        (COMMIT, {"transaction_id": held}, {}),
        (COMMIT, {"transaction_id": spent}, {}),
        (ROLL_BACK, {"transaction_id": held}, {}),
        (ROLL_BACK, {"transaction_id": spent}, {}),
    ]
    for method, body, more in asked:
        content = house.encoded(body, form)
        headers = {"content_type": f"application/{form}", **more}
        if headers.get("token"):
            await house.context.callers.by_secret(headers["token"])
        short, framework = await both(house, ordinary, method, content, **headers)
        assert short == framework, (method, body, headers)
    for content in (b"", b"<xml", b"{", b"[]", b"\xff", to_xml({"transaction_id": spent})):
        short, framework = await both(house, ordinary, CANCEL, content)
        assert short == framework


async def test_a_success_is_worded_alike(house: House, form: str, ordinary: Any) -> None:
    """The same moves on two members, one each way: the answers differ in their ids only."""
    await house.new_member("b@example.com")
    told: list[list[Any]] = []
    for off, email in ((False, "a@example.com"), (True, "b@example.com")):
        ordinary(off=off)
        who = house.who(email)
        accrued = await house.done("loyalty/accrue_points", {**who, "amount": "9"})
        temporary = {**who, "amount": "4", "is_temp": True}
        ids = [accrued["transaction_id"]] + [
            (await house.done(f"loyalty/{verb}_points", temporary))["transaction_id"]
            for verb in ("redeem", "accrue", "redeem")
        ]
        answers: list[Any] = []
        for method, named in zip((CANCEL, COMMIT, COMMIT, ROLL_BACK), ids, strict=True):
            content = house.encoded({"transaction_id": named}, form)
            answer = await house.post(method, content, content_type=f"application/{form}")
            answers.append((answer.status_code, answer.headers["content-type"]))
            data = house.decoded(answer.content, form)["data"]
            answers.append((data["balance"], data["transaction_id"] == named))
        told.append(answers)
    ordinary(off=False)
    assert told[0] == told[1]
    assert told[0][1::2] == [("-8.00", True), ("-8.00", True), ("-4.00", False), ("0.00", True)]


def test_which_paths_are_hot() -> None:
    for verb in ("cancel", "commit", "rollback"):
        path = f"/api/v1.1/loyalty/{verb}_transaction"
        assert short_way.recognise(path) == (short_way.STARTS[path], "")
        assert short_way.recognise(f"{path}/") is None
    assert short_way.recognise("/api/v1.1/loyalty/accrue_points") is None


async def test_what_is_not_remembered_goes_the_ordinary_way(house: House) -> None:
    spent = (await house.accrue("1"))["transaction_id"]
    path = f"/api/v1.1/{CANCEL}"
    body = house.encoded({"transaction_id": spent}, "json")
    headers = [(b"authorization", b"Bearer " + TOKEN.encode())]
    house.context.callers.forget_all()
    assert short_way.STARTS[path](ShortRequest(house.context, path, "", headers, body)) is None
    assert (await house.done(CANCEL, {"transaction_id": spent}))["balance"] == "0.00"


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (Unavailable("gone"), 503, "Overloaded"),
        (OutcomeUnknown("lost"), 503, "Overloaded"),
        (RuntimeError("a bug"), 500, "Internal error"),
    ],
)
async def test_what_breaks_is_worded(
    house: House,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    status: int,
    text: str,
) -> None:
    spent = (await house.accrue("1"))["transaction_id"]
    path = f"/api/v1.1/{CANCEL}"
    headers = [
        (b"authorization", b"Bearer " + TOKEN.encode()),
        (b"content-type", b"application/xml"),
    ]
    body = to_xml({"transaction_id": spent})
    begun = short_way.STARTS[path](ShortRequest(house.context, path, "", headers, body))
    assert isinstance(begun, Waiting)
    await begun.outcome
    broken: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    broken.set_exception(error)
    for answer in (begun.finish(broken), await begun.finish_slowly(broken)):
        assert answer is not None
        assert answer.status == status
        assert from_xml(answer.body)["error_text"] == text
        assert (b"retry-after" in dict(answer.headers)) is (status == 503)
    assert (" failed" in caplog.text) is (status == 500)
