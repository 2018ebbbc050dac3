"""Jobs that outlive their requests: few at once, each once, ended when asked."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from stampbook.edge.jobs import MAX_RUNNING, MAX_WAITING, Jobs


async def test_few_run_at_once_and_a_name_once() -> None:
    jobs, running, most = Jobs(), 0, 0
    done: list[int] = []

    async def work(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        done.append(number)

    for number in range(10):
        for _ in range(2):
            assert jobs.start(f"job {number}", partial(work, number))
    await jobs.finish()
    assert sorted(done) == list(range(10))
    assert most == MAX_RUNNING


async def test_what_is_too_much_is_left_and_all_can_be_stopped() -> None:
    jobs = Jobs()
    for number in range(MAX_RUNNING + MAX_WAITING):
        assert jobs.start(str(number), asyncio.Event().wait)
    assert not jobs.start("one more", asyncio.Event().wait)
    await jobs.stop()
    assert jobs.start("one more", asyncio.Event().wait)
    await jobs.stop()


async def test_a_failure_is_logged_and_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    jobs = Jobs()

    async def fail() -> None:
        raise ValueError

    jobs.start("bad", fail)
    await jobs.finish()
    assert "job bad failed" in caplog.text
    assert jobs.start("bad", fail)
    await jobs.finish()
