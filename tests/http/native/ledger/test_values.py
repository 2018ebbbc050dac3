"""Ids, amounts, instants, pointers: pure functions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.json import Decoder

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.call import read
from stampbook.dialects.native.problems import CODE_OF_STATUS, STATUS_OF, Failure
from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.policy import to_instant
from stampbook.domain.refusals import Code
from stampbook.edge.credentials.caller import bearer


@given(st.integers(1, ids.LIMIT - 1))
def test_an_id_and_its_number_are_one(number: int) -> None:
    assert ids.read("acc", ids.write("acc", number)) == number


@given(st.text())
def test_no_other_text_is_an_id(text: str) -> None:
    for candidate in (text, f"acc_{text}"):
        number = ids.read("acc", candidate)
        assert number is None or ids.write("acc", number) == candidate


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.integers(0, 6))
def test_an_amount_and_its_text_are_one(amount: int, scale: int) -> None:
    assert amounts.read(amounts.write(amount, scale), scale) == amount


@given(st.text(), st.integers(0, 6))
def test_no_text_breaks_amounts(text: str, scale: int) -> None:
    try:
        amount = amounts.read(text, scale)
    except amounts.BadAmount:
        return
    assert abs(amount) <= MAX_AMOUNT


@pytest.mark.parametrize(
    ("value", "scale", "amount"),
    [("399.50", 2, 39_950), ("399.5", 2, 39_950), (399, 2, 39_900), ("0.1", 6, 100_000),
     ("-0.05", 2, -5), ("007", 0, 7)],
)  # fmt: skip
def test_amounts(value: str | int, scale: int, amount: int) -> None:
    assert amounts.read(value, scale) == amount


def test_negative_amounts_are_written_with_their_zeros() -> None:
    assert amounts.write(-5, 2) == "-0.05"
    assert amounts.write(0, 3) == "0.000"
    assert amounts.write(-1_234, 0) == "-1234"


@given(
    st.datetimes(
        min_value=datetime(1900, 1, 3),  # noqa: DTZ001 - the zone is drawn
        max_value=datetime(8999, 12, 30),  # noqa: DTZ001
        timezones=st.timezones(),
    )
)
def test_an_instant_and_its_text_are_one(moment: datetime) -> None:
    text = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert instants.write(instants.read(text)) == text
    assert instants.read(text) == to_instant(moment)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-11-21T04:17:00Z", "2026-11-21T04:17:00Z"),
        ("2026-11-21t04:17:00.25z", "2026-11-21T04:17:00.250000Z"),
        ("2026-11-21T04:17:00.1234569+05:30", "2026-11-20T22:47:00.123456Z"),
    ],
)
def test_instants(text: str, written: str) -> None:
    assert instants.write(instants.read(text)) == written


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-21", "2026-11-21T04:17:00", "2026-11-21 04:17:00Z", "20261121T041700Z",
     "2026-02-30T00:00:00Z", "2026-11-21T04:17:60Z", "2026-11-21T04:17Z", "1899-12-31T23:59:59Z",
     "9001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "2026-11-21T04:17:00+99:99", "now"],
)  # fmt: skip
def test_what_no_instant_can_be(text: str) -> None:
    with pytest.raises(instants.BadInstant):
        instants.read(text)


class Inner(Struct, forbid_unknown_fields=True):
    numbers: list[int]


class Outer(Struct, forbid_unknown_fields=True):
    inner: Inner | None = None
    name: str = ""


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"inner": {"numbers": [1, "x"]}}', "/inner/numbers/1"),
        (b'{"inner": {}}', "/inner/numbers"),
        (b'{"inner": {"numbers": [], "a/~b": 1}}', "/inner/a~1~0b"),
        (b'{"inner": {"numbers": [], "\\u0000": 1}}', "/inner"),
        (b'{"name": "a\\u0000"}', "/name"),
        (b"[]", ""),
    ],
)
def test_a_defect_has_a_pointer(body: bytes, pointer: str) -> None:
    with pytest.raises(Failure) as caught:
        read(Decoder(Outer), body, under="/items/3")
    assert caught.value.faults[0].pointer == f"/items/3{pointer}"


def test_an_escaped_backslash_is_no_nul() -> None:
    assert read(Decoder(Outer), b'{"name": "\\\\u0000"}').name == "\\u0000"


def test_every_refusal_has_a_status() -> None:
    assert STATUS_OF.keys() == set(Code)
    assert set(STATUS_OF.values()) <= CODE_OF_STATUS.keys() | {409}


def test_bearer_tokens() -> None:
    assert bearer(b"Bearer abc") == "abc"
    assert bearer(b"bearer  abc ") == "abc"
    for nothing in (None, b"", b"Bearer", b"Bearer ", b"Basic abc", b"abc"):
        assert bearer(nothing) is None
