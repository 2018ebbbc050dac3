"""Drawings of what a policy does: each names what it shows, and shows what it names."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from stampbook.console.pictures.examples import Example, examples_legend
from stampbook.console.pictures.patterns import PATTERNED, words
from stampbook.console.pictures.values import STATES
from stampbook.console.programs.choices import CHOICES, RULES, Choice, shown
from stampbook.speaking.languages import LANGUAGES
from stampbook.speaking.speech import Speech

EVERY: list[tuple[str, Choice]] = [
    *((field, each) for field, choices in CHOICES.items() for each in choices),
    *RULES.items(),
]

NAMES = [f"{field}-{each.code}" for field, each in EVERY]


def speeches() -> Iterator[Speech]:
    for language in LANGUAGES:
        yield Speech(language, ZoneInfo("UTC"))


def spans(example: Example) -> Iterator[tuple[float, float, str]]:
    for strip in example.strips:
        yield from strip.spans


@pytest.mark.parametrize(("field", "choice"), EVERY, ids=NAMES)
def test_a_drawing_is_what_it_says(field: str, choice: Choice) -> None:
    for speech in speeches():
        made = shown(speech, field, choice)
        root = etree.fromstring(str(made.picture))
        drawing = root.find("svg")
        assert drawing is not None
        title, told = (drawing.findtext(each) for each in ("title", "desc"))
        assert title == made.name
        assert told
        for _, _, state in spans(choice.example):
            assert words(speech)[state].lower() in told
        states = [each.get("data-state") for each in drawing.iter("path") if each.get("data-state")]
        assert states == [state for _, _, state in spans(choice.example)]
        drawn = {each.text for each in drawing.iter("text")}
        named = [each.name for each in choice.example.strips]
        named += [each.name for each in choice.example.lines]
        assert {speech.gettext(each) for each in named} == drawn
        patterns = {each.get("id") for each in root.iter("pattern")}
        for patterned in {each or "" for each in states} & set(PATTERNED):
            assert f"{root.get('id')}-{patterned}" in patterns
        assert made.picture.size < 4_000


@pytest.mark.parametrize(("field", "choice"), EVERY, ids=NAMES)
def test_strips_are_divided_from_left_to_right(field: str, choice: Choice) -> None:
    for strip in choice.example.strips:
        edges = [edge for begin, end, _ in strip.spans for edge in (begin, end)]
        assert edges == sorted(edges)
        assert 0 <= edges[0] < edges[-1] <= 100
    for line in choice.example.lines:
        assert 0 < line.at < 100


def test_no_two_choices_of_a_policy_look_alike() -> None:
    for choices in CHOICES.values():
        assert len({each.example for each in choices}) == len(choices)


def test_the_legend_names_every_state() -> None:
    for speech in speeches():
        root = etree.fromstring(str(examples_legend(speech)))
        entries = [str(each.xpath("string()")) for each in root.iter("li")]
        assert entries == [words(speech)[state] for state in (*STATES, "deficit")]
