"""Texts with values, and the forms that go with numbers."""

from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog

from stampbook.speaking.speech import Speech
from tests.speaking.messages import Text, mo, renewed

ENGLISH = Speech("en", ZoneInfo("UTC"))
ONE, MANY = "%(num)s point", "%(num)s points"


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> Speech:
    """Russian with a catalogue of these texts."""
    new = renewed(
        "ru",
        [
            Text(None, ONE, MANY, (), "x.py"),
            Text("work", "Order", None, (), "x.py"),
            Text(None, "It ends on %(day)s.", None, (), "x.py"),
        ],
        Catalog(locale="ru"),
    )
    for message in new:
        if message.id == "It ends on %(day)s.":
            message.string = "Кончается %(day)s."
        elif message.context:
            message.string = "Заказ"
        elif message.id:
            message.string = ("%(num)s балл", "%(num)s балла", "%(num)s баллов")
    speech = Speech("ru", ZoneInfo("Europe/Moscow"))
    object.__setattr__(speech, "_texts", GNUTranslations(BytesIO(mo(new))))
    return speech


def test_values_are_filled_in() -> None:
    assert ENGLISH.gettext("By %(who)s: %(why)s", who="Anna", why="5 %") == "By Anna: 5 %"
    assert ENGLISH.gettext("100 %% of it") == "100 % of it"
    with pytest.raises(KeyError):
        ENGLISH.gettext("By %(who)s")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 points"),
        (1, "1 point"),
        ("1", "1 point"),
        ("1.00", "1.00 points"),
        (1204, "1,204 points"),
        ("-1", "−1 point"),
    ],
)
def test_english_forms(number: int | str, text: str) -> None:
    assert ENGLISH.ngettext(ONE, MANY, number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1 балл"),
        (22, "22 балла"),
        (11, "11 баллов"),
        (1_000, "1\xa0000 баллов"),
        ("1.50", "1,50 балла"),
        ("11.00", "11,00 балла"),
        ("-5", "−5 баллов"),
    ],
)
def test_russian_forms(number: int | str, text: str, russian: Speech) -> None:
    assert russian.ngettext(ONE, MANY, number) == text


def test_a_text_without_translation_is_english(russian: Speech) -> None:
    assert russian.gettext("Nobody translated this.") == "Nobody translated this."
    assert russian.gettext("Order") == "Order"
    assert russian.pgettext("work", "Order") == "Заказ"


def test_a_value_that_ends_a_sentence_has_one_full_stop(russian: Speech) -> None:
    assert russian.gettext("It ends on %(day)s.", day="31 дек.") == "Кончается 31 дек."
    part = "<small><time>31 дек.</time></small>"
    assert russian.gettext("It ends on %(day)s.", day=part) == f"Кончается {part}"
    assert ENGLISH.gettext("By %(who)s.", who="Acme Ltd.") == "By Acme Ltd."
    assert ENGLISH.gettext("By %(who)s.", who="Anna") == "By Anna."
    assert ENGLISH.gettext("Reason: %(why)s.", why="Why not?") == "Reason: Why not?"
    assert ENGLISH.gettext("By %(who)s…", who="Acme Ltd.") == "By Acme Ltd.…"
