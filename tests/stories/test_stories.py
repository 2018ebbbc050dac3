"""Every story of the folder, on one of the databases in turn."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.emptying import States
from tests.http.altegio.shop import opened_shop
from tests.stories.notation import Story, read_folder
from tests.stories.playing import EXPECTATIONS, STEPS, Player
from tests.stories.stage import Stage

STORIES = read_folder(Path(__file__).parent)


@pytest.mark.parametrize("story", STORIES, ids=lambda each: f"{each.file}-{each.slug}")
async def test_story(story: Story, store: Store, states: States) -> None:
    async with opened_shop(store, states) as shop:
        await Player(Stage(shop)).play(story)


def test_every_sentence_is_used() -> None:
    """And only one of them fits each line."""
    unused = {*STEPS, *EXPECTATIONS}
    for story in STORIES:
        for line in story.lines:
            if line.text.startswith("rule ") and ":" in line.text:
                continue
            said = line.text.partition(" -> refused ")[0]
            for sentences, text in [
                (STEPS, said),
                *((EXPECTATIONS, each) for _, each in line.below),
            ]:
                fitting = [each for each in sentences if re.fullmatch(each, text)]
                assert len(fitting) == 1, (line.number, text, fitting)
                unused.discard(fitting[0])
    assert not unused


def test_titles_are_different() -> None:
    names = [(each.file, each.slug) for each in STORIES]
    assert len(set(names)) == len(names)
