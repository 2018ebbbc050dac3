"""The judgement of many rules, in slices: others have their turn between two rules."""

from collections.abc import Mapping
from typing import Final

from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import exclude, judge, verdicts
from stampbook.loyalty.judging.values import Happening, Used, Verdict
from stampbook.pacing import Slices

SLICE_S: Final = 0.001
"""A thousand rules take a few milliseconds: others have their turn in between."""


async def judge_paced(
    candidates: Candidates, happening: Happening, used: Mapping[int, Used]
) -> list[Verdict]:
    """What `judge` answers. One rule ends within some 20 ms, a thousand of them may not."""
    if len(candidates.each) == 1:
        return judge(candidates, happening, used)
    slices = Slices(SLICE_S)
    found: list[Verdict] = []
    for verdict in verdicts(candidates, happening, used):
        found.append(verdict)
        if slices.over:
            await slices.pause()
    return exclude(candidates, found)
