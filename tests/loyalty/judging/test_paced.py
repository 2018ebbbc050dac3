"""Many rules, while others have their turn."""

import asyncio
from time import perf_counter

from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import judge
from stampbook.loyalty.judging.paced import judge_paced
from stampbook.loyalty.judging.values import Happening
from tests.loyalty.kit import FACTS, earning, fixed, line, order, version


async def test_others_have_their_turn_and_the_answer_is_the_same() -> None:
    rules = [
        version(earning(fixed(1), condition=f"lines.exists(l, l.total == {at})"), rule=at)
        for at in range(1, 301)
    ]
    candidates = Candidates(rules)
    happening = Happening(FACTS, order(*(line(str(at), at) for at in range(300, 700))))
    turns: list[float] = []

    async def other() -> None:
        while True:
            turns.append(perf_counter())
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    found = await judge_paced(candidates, happening, {})
    running.cancel()
    assert len(turns) > 1
    assert found == judge(candidates, happening, {})
