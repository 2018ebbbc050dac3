"""Works as a lane decides them, on a real store's accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.guarding import Guardian
from stampbook.ledger.origin import NOWHERE, Act, Origin, Overseeing
from stampbook.ledger.outcomes import Done
from stampbook.ledger.round import Round
from stampbook.ledger.submission import Submission
from stampbook.ledger.work import Work
from stampbook.ledger.writing import Writing
from stampbook.storage.store import Beside
from tests.engine.parts.noting import Memory
from tests.storage.building import NOW


class Bound(NamedTuple):
    """What a person may do: so many points in all."""

    most: int
    beside: tuple[Beside, ...] = ()

    def judge(self, acts: Sequence[Act]) -> Refusal | tuple[Beside, ...]:
        """See ledger.origin.Overseeing."""
        total = sum(row.amount for act in acts for _, rows in act for row in rows)
        return TOO_MUCH if total > self.most else self.beside


TOO_MUCH = Refusal(Code.LIMIT_EXCEEDED, "that is too much")


def work_of(
    item: Submission, *, origin: Origin = NOWHERE, overseeing: Overseeing | None = None
) -> Work:
    """The request as a lane queues it."""
    return Work(item, asyncio.get_running_loop().create_future(), origin, overseeing)


def failure(work: Work) -> BaseException | None:
    """What the work has failed with."""
    assert isinstance(work.future, asyncio.Future)
    return work.future.exception()


async def decided(
    memory: Memory, *works: Work, now: int = NOW, guardian: Guardian | None = None
) -> Round:
    """The works decided as one batch; nothing is saved."""
    round_ = Round(memory.round(), Writing(memory.store), now, guardian)
    await round_.run(works)
    return round_


async def saved(memory: Memory, *works: Work, now: int = NOW, **more: Any) -> Round:
    """The works decided as one batch and saved, as a lane does it."""
    round_ = await decided(memory, *works, now=now, **more)
    batches = await round_.writing.batches()
    if batches:
        await memory.store.save(batches)
    round_.knowing.saved(round_.writing)
    return round_


def done(work: Work) -> Done:
    """The work's result, which is no refusal."""
    assert isinstance(work.result, Done), work.result
    return work.result


def rows(work: Work) -> list[tuple[int, int]]:
    """Number and amount of the rows that the work wrote."""
    return [(row.seq, row.amount) for row in done(work).transactions]
