"""Reads that a replica may answer: consistent answers as of an instant, or none.

A read sees one snapshot, and its clock is the instant up to which the replica has everything. So
the answer is what the primary would have answered then. What was due by that instant and is in no
journal yet is settled on the primary first, and the replica is read when it has that: no answer
depends on the worker's pace, here as elsewhere.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Generic, NamedTuple, TypeVar

from stampbook.ledger.engine import Ledger
from stampbook.ledger.mirroring.mirrored import Mirrored, Unsettled
from stampbook.storage.examining import Check, Finding
from stampbook.storage.postgres.replicas import BROKEN, NoReplica, Obstacle, Replicas
from stampbook.watching.counting import count
from stampbook.watching.logs import worded
from stampbook.watching.metrics import REPLICA_READS
from stampbook.watching.noticing import Noticed

noticed = Noticed(logging.getLogger(__name__))

_Result = TypeVar("_Result")

TRIES: Final = 2
"""A second one when what was due has been settled."""

OBSTACLES: Final = {
    Obstacle.UNASKED: Finding.REPLICA_UNASKED,
    Obstacle.AWAY: Finding.REPLICA_AWAY,
    Obstacle.PRIMARY: Finding.REPLICA_PRIMARY,
    Obstacle.OTHER: Finding.REPLICA_OTHER,
    Obstacle.TIMELINE: Finding.REPLICA_TIMELINE,
    Obstacle.BEHIND: Finding.REPLICA_BEHIND,
}
"""What the check says of a replica that is not read."""


class Reflection(NamedTuple, Generic[_Result]):
    """What a replica has answered, as of an instant; `position` is that of the last row of the
    journal which it had."""

    value: _Result
    as_of: int
    position: int


class Mirror:
    """Reads from the replicas of the ledger's database; see the module."""

    def __init__(self, ledger: Ledger, replicas: Replicas) -> None:
        self._ledger = ledger
        self._replicas = replicas

    @property
    def ages_us(self) -> dict[int, int | None]:
        """How old an answer of each replica would be, by its number; None: it is not read."""
        now = self._ledger.clock()
        return {
            each.number: None if each.as_of is None else max(0, now - each.as_of)
            for each in self._replicas.states
        }

    @property
    def check(self) -> Check:
        """How many replicas are read, for people. It is always well: the primary answers for
        them."""
        states = self._replicas.states
        others = [
            OBSTACLES[each.obstacle].of(number=each.number)
            for each in states
            if each.obstacle is not None
        ]
        read = Finding.REPLICAS.of(read=len(states) - len(others), all=len(states))
        return Check.of(True, read, *others)

    async def read(
        self, work: Callable[[Ledger], Awaitable[_Result]], *, max_age_us: int
    ) -> Reflection[_Result] | None:
        """What `work` finds by a ledger on a replica that is at most so old, with its clock.

        None: ask the primary. There is no replica like that, or it did not answer, or `work` has
        raised: a refusal for want of something that is not there yet is never the answer.
        """
        try:
            found = await self._read(work, self._ledger.clock() - max_age_us)
        except NoReplica as error:
            count(REPLICA_READS, "behind" if error.is_behind else "away")
        except Unsettled:
            count(REPLICA_READS, "unsettled")
        except BROKEN as error:
            count(REPLICA_READS, "failed")
            noticed.say("replica", "a replica has failed, the primary is read: %s", worded(error))
        except Exception:  # a refusal, or a bug: the primary raises it again, or has another answer
            count(REPLICA_READS, "refused")
        else:
            count(REPLICA_READS, "replica")
            return found
        return None

    async def _read(
        self, work: Callable[[Ledger], Awaitable[_Result]], since: int
    ) -> Reflection[_Result]:
        at: int | None = None
        lsn = 0
        for left in reversed(range(TRIES)):
            try:
                async with self._replicas.view(since=since, lsn=lsn) as view:
                    at = view.as_of if at is None else at
                    mirrored = Mirrored(view, clock=_stopped(at))
                    return Reflection(await work(mirrored), at, view.position)
            except Unsettled as lack:
                if not left:
                    raise
                await self._ledger.settle(lack.accounts)
                lsn = await self._replicas.mark()
        raise AssertionError("each try answers or raises")


def _stopped(at: int) -> Callable[[], int]:
    """A clock that shows one instant."""
    return lambda: at
