"""Which language a browser asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.speaking.languages import LANGUAGES, language_of


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("RU_ru, en", "en"),  # not a language's name
        ("de, ru;q=0.5, en;q=0.7", "en"),
        ("de, ru;q=0.7, en;q=0.5", "ru"),
        ("en, ru", "en"),
        ("ru, en", "ru"),
        ("ru;q=0, en;q=0.1", "en"),
        ("ru;q=0", "en"),
        ("de, *;q=0.5, ru;q=0.1", "en"),
        ("ru;q=nonsense, en;q=0.1", "en"),
        ("ru;q=7", "en"),
        ("ru;q=nan", "en"),
        ("ru ; q=0.4 , en ; q=0.3", "ru"),
        ("ru;level=1", "ru"),
    ],
)
def test_the_best_that_there_is(header: str | None, language: str) -> None:
    assert language_of(header) == language


@given(st.text() | st.text(alphabet="enru-*;q=0.19, "))
def test_any_header_has_an_answer(header: str) -> None:
    assert language_of(header) in LANGUAGES
