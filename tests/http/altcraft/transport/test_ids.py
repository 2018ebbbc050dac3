"""The vendor's spellings of our numbers: documented values, order, and nothing else accepted."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.dialects.spelling.altcraft import (
    read_profile,
    read_transaction,
    write_profile,
    write_transaction,
)
from stampbook.domain.model import MAX_ACCOUNT, MAX_SEQUENCE, transaction_number

numbers = st.builds(
    transaction_number,
    account=st.integers(1, MAX_ACCOUNT),
    seq=st.integers(1, MAX_SEQUENCE),
)


def test_the_documented_example() -> None:
    assert write_transaction(74565) == "00000000-0012-8345-8000-000000000000"


@given(numbers)
def test_a_transaction_id_is_a_uuid_of_version_8_and_comes_back(number: int) -> None:
    text = write_transaction(number)
    assert uuid.UUID(text).version == 8
    assert uuid.UUID(text).variant == uuid.RFC_4122
    assert read_transaction(text) == number
    assert read_transaction(text.upper()) == number


@given(numbers, numbers)
def test_text_order_is_number_order(one: int, other: int) -> None:
    assert (write_transaction(one) < write_transaction(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TRANS12345",
        "00000000-0012-4345-8000-000000000000",
        "00000000-0012-8345-8000-000000000001",
        "00000000-0012-8345-9000-000000000000",
        "00000000001283458000000000000000",
        "{00000000-0012-8345-8000-000000000000}",
        "00000000-0012-8345-8000-000000000000 ",
        "00000000-0000-8000-8000-000000000000",
        "00000000-0000-8001-8000-000000000000",
        "ffffffff-ffff-8fff-8000-000000000000",
        "\uff100000000-0800-8001-8000-000000000000",
    ],
)
def test_what_is_no_transaction_id(text: str) -> None:
    assert read_transaction(text) is None


def test_a_profile_id_is_24_digits() -> None:
    assert write_profile(26) == "00000000000000000000001a"
    assert read_profile("00000000000000000000001A") == 26


@pytest.mark.parametrize("text", ["", "1a", "0" * 24, "5f4fa1a5ce9448665fef548e", "profile123"])
def test_what_is_no_profile_id_of_ours(text: str) -> None:
    assert read_profile(text) is None
