"""The arithmetic of docs/operating/capacity.md, and what the page prints of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.capacity import capacity, processes
from deploy.capacity.capacity import Measured, Wanted, needed, simulated

PAGE = Path(__file__).parents[2] / "docs" / "operating" / "capacity.md"

LARGE = Wanted(accounts=1e9, rate=1e5)
SIMULATION: dict[str, Any] = {
    "accounts": 5_000,
    "shards": 64,
    "nodes": 8,
    "movements": 20_000,
    "seed": 7,
}


def test_the_page_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert capacity.main([]) == 0
    assert capsys.readouterr().out in PAGE.read_text("utf-8")


def test_twice_the_rate_takes_twice_as_much() -> None:
    one, two = (needed(replace(LARGE, rate=rate, nodes=10), Measured()) for rate in (5e4, 1e5))
    for name in ("server_cores", "database_cores", "rows", "bytes_of_node", "log_bytes_day"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))


def test_there_are_nodes_for_the_cores_and_the_disk_of_the_busiest() -> None:
    for skew in (1.0, 1.3, 2.0):
        small = replace(LARGE, years=0.01)
        found = needed(small, Measured(database_us=1_000), skew)
        assert found.nodes * small.cores >= found.database_cores * skew
        assert (found.nodes - 1) * small.cores < found.database_cores * skew
        found = needed(LARGE, Measured(), skew)
        assert found.bytes_of_node <= LARGE.disk_bytes
        assert found.nodes > 1


def test_the_whole_is_what_its_parts_are() -> None:
    found = needed(LARGE, Measured())
    assert found.bytes_of_node * found.nodes == pytest.approx(found.journal_bytes)
    assert found.bytes_of_all == found.journal_bytes * LARGE.replicas
    assert found.verify_h * LARGE.cores * found.nodes == pytest.approx(found.verify_core_days * 24)


def test_more_shards_and_less_popular_accounts_are_more_even() -> None:
    even, uneven = (simulated(exponent=exponent, **SIMULATION) for exponent in (0.0, 1.2))
    assert 1 <= even.nodes <= even.shards
    assert even.shards < uneven.shards
    assert even.nodes < uneven.nodes
    assert simulated(exponent=1.2, **SIMULATION) == uneven


# -- processes that own accounts -----------------------------------------------------------


@pytest.mark.parametrize("accounts", [1, 10, 1_000])
def test_owners_decide_once_whatever_the_number_of_processes(accounts: int) -> None:
    for count in (1, 2, 8):
        load = processes.Load(accounts)
        any_, own = (
            each(count, load, rounds=50, seed=3) for each in (processes.spread, processes.owned)
        )
        assert own.decisions == 1
        assert any_.decisions >= 1
        assert own.messages <= 1 - 1 / count + 0.1
        assert any_.messages == 0
        if count == 1:
            assert (any_.decisions, own.messages) == (1, 0)


def test_on_one_account_the_last_process_has_failed_behind_all_others() -> None:
    """Each of n processes saves after half of the others, on average."""
    found = processes.spread(8, processes.Load(1), rounds=200, seed=3)
    assert found.decisions == pytest.approx(1 + 7 / 2, rel=0.05)
    costs = processes.Costs(request=0, decision=10, save=0, message=0)
    assert found.cost(costs) == pytest.approx(10 * found.decisions)


def test_the_page_shows_what_processes_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert processes.main(["--accounts", "10"]) == 0
    assert capsys.readouterr().out in PAGE.read_text("utf-8")
