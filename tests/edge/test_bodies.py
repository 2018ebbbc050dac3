"""The bounds of JSON bodies, compared with what a reader of JSON finds in them."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stampbook.edge.bodies import (
    MAX_DEPTH,
    MAX_NUMBER,
    MAX_VALUES,
    Excess,
    excess_of,
    has_nul,
    too_large_in,
    without_texts,
)

TEXTS = st.text(st.sampled_from('a"\\[]{}:,0123456789\n\0é😀'), max_size=60)
NUMBERS = st.integers(-(10**45), 10**45) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=30,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def longest_number_in(text: bytes) -> int:
    found = [0]

    def note(literal: str) -> str:
        found.append(len(literal))
        return literal

    json.loads(text, parse_int=note, parse_float=note)
    return max(found)


@given(value=VALUES, wrapped=st.integers(0, 70), in_objects=st.booleans(), ascii_=st.booleans())
@example(value=[], wrapped=63, in_objects=False, ascii_=True)
@example(value=[], wrapped=64, in_objects=True, ascii_=True)
@example(value=int("1" * 40), wrapped=0, in_objects=False, ascii_=True)
@example(value=-int("1" * 40), wrapped=0, in_objects=False, ascii_=True)
def test_what_is_beyond_a_bound(value: Any, wrapped: int, in_objects: bool, ascii_: bool) -> None:
    body: Any = value
    for _ in range(wrapped):
        body = {"a": body, "b": []} if in_objects else [[], body]
    text = json.dumps(body, ensure_ascii=ascii_).encode()
    expected = set()
    if depth_of(body) > MAX_DEPTH:
        expected.add(Excess.DEPTH)
    if longest_number_in(text) > MAX_NUMBER:
        expected.add(Excess.NUMBER)
    found = excess_of(text)
    assert found in expected if expected else found is None
    for around in (1, 2):
        if not expected and depth_of(body) > MAX_DEPTH - around:
            assert excess_of(text, around=around) is Excess.DEPTH


@given(VALUES)
def test_texts_are_cut_out(value: Any) -> None:
    bare = without_texts(json.dumps(value, ensure_ascii=False).encode())
    assert not set(bare.replace(b'"', b"")) & set("a\\é😀".encode()) - set(b"aeflnrstu")
    assert bare.count(b'"') % 2 == 0


@given(VALUES)
def test_an_escaped_nul_is_found(value: Any) -> None:
    def has(each: Any) -> bool:
        if isinstance(each, dict):
            return any("\0" in name or has(one) for name, one in each.items())
        if isinstance(each, list):
            return any(map(has, each))
        return isinstance(each, str) and "\0" in each

    assert has_nul(json.dumps(value).encode()) is has(value)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1_000_000,
        b"{" * 1_000_000,
        b'{"a":' * 200_000,
        b"[]" * 500_000,
        b"[" + b"[]," * 300_000 + b"[]]",
        b"[" + b"1," * 500_000 + b"1]",
        b"1" * 1_000_000,
        b'["' + b"[" * 1_000_000 + b'"]',
        b'"' * 1_000_001,
        b"\\" * 1_000_001,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_hostile_body_holds_little_memory(text: bytes) -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        excess_of(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 64 * len(text)


def test_values_are_counted_by_their_signs() -> None:
    assert excess_of(b"[" + b"1," * (MAX_VALUES - 1) + b"1]") is None
    assert excess_of(b"[" + b"1," * MAX_VALUES + b"1]") is Excess.VALUES
    assert excess_of(b"[" * (MAX_VALUES + 1)) is Excess.VALUES


def test_where_metadata_is_too_large() -> None:
    large = {"a": "x" * 65_536}
    assert too_large_in({"a": {"b": 1}}) is None
    assert too_large_in(large) == ""
    assert too_large_in([{}, large]) == "/1"
