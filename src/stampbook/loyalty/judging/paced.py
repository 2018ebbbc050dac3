"""The judgement of many rules, in slices: others have their turn between two rules."""

from collections.abc import Mapping

from stampbook.loyalty.judging.candidates import Candidates
from stampbook.loyalty.judging.judging import exclude, verdicts
from stampbook.loyalty.judging.values import Happening, Used, Verdict
from stampbook.pacing import Slices


async def judge_paced(
    candidates: Candidates, happening: Happening, used: Mapping[int, Used]
) -> list[Verdict]:
    """What `judge` answers. One rule ends within some 20 ms, a thousand of them may not."""
    slices = Slices()
    found: list[Verdict] = []
    for verdict in verdicts(candidates, happening, used):
        found.append(verdict)
        await slices.pause()
    return exclude(candidates, found)
