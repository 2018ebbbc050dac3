"""A small share of `make explore` and of the campaign's long histories, on every test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.domain.policy import Policy, SpentAccrual
from tests.exploration.exploring import Tally, explore, policies
from tests.exploration.longwalks import Walk, cut_down, walk
from tests.exploration.steps import Step, as_scenario, play
from tests.ledgers.in_memory import InMemoryLedger
from tests.scenarios.notation import read
from tests.scenarios.playing import play as play_scenario
from tests.turns import WHOLE

DEPTH = 3
WALKS = 50 if WHOLE else 25

STRIDE = 5
"""One of this many policies of a kind is explored, others of each kind; `make explore` takes all.
It has no factor in common with the numbers of choices, so that every choice has its turn."""


@pytest.mark.parametrize("spent_accrual", list(SpentAccrual))
def test_every_short_history_obeys_the_laws(spent_accrual: SpentAccrual) -> None:
    total = Tally()
    its = [each for each in policies() if each.spent_accrual is spent_accrual]
    for policy in its if WHOLE else its[list(SpentAccrual).index(spent_accrual) :: STRIDE]:
        total.add(explore(policy, DEPTH))
    assert not total.broken, "\n".join(f"{each.scenario}\n{each.error}" for each in total.broken)
    assert total.states > 1_000
    assert total.inverses > 1_000


def test_a_longer_exploration_of_one_policy() -> None:
    tally = explore(next(policies()), DEPTH + 1)
    assert not tally.broken
    assert tally.states > 500


@pytest.mark.parametrize("block", range(3))
def test_long_histories_obey_the_laws(block: int) -> None:
    for seed in range(block * WALKS, (block + 1) * WALKS):
        found = walk(seed)
        assert found is None, f"{found.scenario}\n{found.error!r}"


async def test_a_history_is_printed_as_the_scenario_that_it_is(tmp_path: Path) -> None:
    """The output for a failure can be played as a scenario, with the same answers and result."""
    path = tmp_path / "printed.scn"
    for seed in range(25):
        history = Walk(seed)
        for _ in range(30):
            history.advance()
        text = as_scenario(f"seed {seed}", history.policy, history.steps)
        path.write_text(text, encoding="utf-8")
        (scenario,) = read(path)
        assert len(scenario.steps) > 10
        await play_scenario(scenario, InMemoryLedger(), worker=False)


def test_a_failing_history_is_cut_down_to_what_it_needs() -> None:
    """In this test a history fails if it redeems more than 20 points, which takes two steps."""
    noise = [Step("accrue", 1) for _ in range(10)]
    steps = [*noise[:5], Step("accrue", 57), *noise[5:], Step("redeem", 44), *noise]
    policy = Policy(currency=1, program=1, tenant=1, version=1)

    def fails(some: list[Step]) -> bool:
        rows = play(policy, some).book.rows.values()
        return any(row.kind.wire == "redeem" and row.amount > 20 for row in rows)

    assert fails(steps)
    shortest = cut_down(steps, fails)
    assert [step.verb for step in shortest] == ["accrue", "redeem"]
