"""The history of an account in one group of tiers, replayed from its facts.

Pure. Under `recount`, a cancel makes the standing what it would be if the cancelled part had never
been: the facts before it are corrected, and the machine runs again from before the first that has
changed. What it finds then is the present standing; the rows that were shown before stay, and those
that rested on the cancelled part are marked.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from stampbook.loyalty.tiers.machine import NO_TIER, Cause, Fact, Machine, State, Step

SNAPSHOT: Final = 128
"""Facts between two states that are kept, from which a recount may begin."""


class Older(Exception):
    """A fact concerns something from before the state with which the replay began: begin anew."""


class Checkpoint(NamedTuple):
    """A replay between two facts, and the history until then."""

    state: State
    history: tuple[Step, ...]


class Snapshot(NamedTuple):
    """The machine before one of the facts: its state, how many steps it had made, and the last."""

    at_fact: int
    state: State
    steps: int
    last: Step | None


class Replay:
    """Takes facts in order. `machine` has the present standing, `history()` how it came about.

    `every`: facts between two snapshots, from which recounts begin.
    """

    def __init__(self, machine: Machine, *, every: int = SNAPSHOT) -> None:
        self.machine = machine
        self._every = every
        self._recounts = machine.terms.on_cancel == "recount"
        self._older = False
        self._shown: list[Step] = []
        """The rows that were shown before the last recount, or before the checkpoint."""
        self._fixed = 0
        """How many of them are from before the checkpoint: no fact since concerns them."""
        self._mark = 0
        """How many steps of the machine's path those rows stand for."""
        self._facts: list[Fact] = []
        self._firsts: dict[int, int] = {}
        self._fading: dict[int, list[int]] = {}
        self._snapshots: list[Snapshot] = []
        self._undone: list[Fact] = []
        self._new: list[Fact] = []
        """What a row that undoes changes from now on, not from when its origin came."""

    def begin(self, at: int, segments: frozenset[str] = frozenset()) -> None:
        """From the instant at which the member joined."""
        self.machine.begin(at, segments)
        self._snapshot()

    def resume(self, checkpoint: Checkpoint) -> None:
        """From a checkpoint. Facts that concern what was before it raise Older."""
        self._older = True
        self._shown = list(checkpoint.history)
        self._fixed = len(self._shown)
        self.machine.path = self._shown[-1:]
        self._mark = len(self.machine.path)
        self.machine.restore(checkpoint.state)
        self._snapshot()

    def checkpoint(self) -> Checkpoint:
        """The replay as it is; nothing may have happened since the last fact but time."""
        return Checkpoint(self.machine.dump(), tuple(self.history()))

    def feed(self, facts: Iterable[Fact]) -> None:
        """The next facts; of one row, those that undo come first. Raises Older."""
        for fact in facts:
            if not self._recounts:
                self.machine.take(fact)
            elif fact.undoes:
                self._undone.append(fact)
                if not fact.more:
                    self._recount()
            else:
                if self._undone:
                    self._recount()
                self._note(fact)
                self.machine.take(fact)

    def history(self) -> list[Step]:
        """All that was shown, oldest first."""
        path = self.machine.path
        rows = list(self._shown)
        if rows and self._mark:
            rows[-1] = rows[-1]._replace(ends_at=path[self._mark - 1].ends_at)
        return [*rows, *path[self._mark :]]

    # -- recounts --------------------------------------------------------------------------

    def _snapshot(self) -> None:
        path = self.machine.path
        last = path[-1] if path else None
        self._snapshots.append(Snapshot(len(self._facts), self.machine.dump(), len(path), last))

    def _note(self, fact: Fact) -> None:
        """Remember what recounts need of a fact."""
        if len(self._facts) - self._snapshots[-1].at_fact >= self._every:
            self._snapshot()
        if fact.origin and fact.delta > 0:
            self._firsts.setdefault(fact.origin, len(self._facts))
        if fact.fades:
            self._fading.setdefault(fact.origin, []).append(len(self._facts))
        self._facts.append(fact)

    def _recount(self) -> None:
        """Correct what the undone facts of a row concern, and run again."""
        undone, self._undone = self._undone, []
        at, seq, machine = undone[-1].at, undone[-1].seq, self.machine
        machine.pass_time(at)
        changed = [each for fact in undone if (each := self._correct(fact)) is not None]
        if not changed and not self._new:
            return
        former, kept_until = machine.tier, machine.kept_until
        rows = self.history()
        if changed:
            self._run_from(min(changed))
            machine.pass_time(at)
        for fact in self._new:
            self._note(fact)
            machine.take(fact)
        self._new.clear()
        path = {(step.tier, step.entered_at) for step in machine.path}
        rows[self._fixed :] = [_marked(step, path, seq) for step in rows[self._fixed :]]
        is_other = (machine.tier, machine.kept_until) != (former, kept_until)
        if is_other or (rows and rows[-1].annulled_by == seq):
            taken = sum(fact.delta + fact.faded for fact in undone) < 0
            cause = Cause.CANCEL if taken else Cause.VOID
            ends_at, count = machine.kept_until, machine.count
            rows.append(Step(machine.tier, former, at, ends_at, cause, seq, count))
        self._shown, self._mark = rows, len(machine.path)

    def _correct(self, fact: Fact) -> int | None:
        """Take the part from the fact by which it came. Returns the place of the first fact that
        has changed; None if it has not counted before."""
        place = self._firsts.get(fact.origin)
        if place is None:
            if self._older:
                raise Older
            came = fact.delta + fact.faded
            if came > 0:
                # It was taken back while it was pending, and is given back after it would have
                # become active: it counts for the first time.
                self._new.append(fact._replace(delta=came, undoes=False, faded=0, more=False))
                if fact.faded > 0:
                    self._new.append(_fading(fact, fact.faded))
            return None
        first = self._facts[place]
        self._facts[place] = first._replace(delta=first.delta + fact.delta + fact.faded)
        self._hush(place)
        left = fact.faded
        for fading in self._fading.get(fact.origin, ()):
            # What had expired before it was taken back would not have expired either.
            expiry = self._facts[fading]
            part = max(left, expiry.delta) if left < 0 else left
            self._facts[fading] = expiry._replace(delta=expiry.delta - part)
            self._hush(fading)
            left -= part
        if left > 0:
            # It is given back after it would have expired, and never did: it is gone at once.
            self._new.append(_fading(fact, left))
        return place

    def _hush(self, place: int) -> None:
        """A row of which nothing is left never was: the tier is not judged by it."""
        facts, last = self._facts, place
        while facts[last].more:
            last += 1
        first = last
        while first and facts[first - 1].more:
            first -= 1
        is_gone = all(each.origin and not each.delta for each in facts[first : last + 1])
        facts[last] = facts[last]._replace(silent=is_gone)

    def _run_from(self, place: int) -> None:
        while self._snapshots[-1].at_fact > place:
            self._snapshots.pop()
        snapshot = self._snapshots[-1]
        machine = self.machine
        machine.path = machine.path[: snapshot.steps]
        if snapshot.last is not None:
            machine.path[-1] = snapshot.last
        machine.restore(snapshot.state)
        for at in range(snapshot.at_fact, len(self._facts)):
            if at - self._snapshots[-1].at_fact >= self._every:
                path = machine.path
                last = path[-1] if path else None
                self._snapshots.append(Snapshot(at, machine.dump(), len(path), last))
            machine.take(self._facts[at])


def _fading(fact: Fact, amount: int) -> Fact:
    """What a fact gives back after its expiry expires at once."""
    return Fact(fact.at, fact.seq, -amount, origin=fact.origin, fades=True)


def _marked(step: Step, path: set[tuple[int, int]], seq: int) -> Step:
    """The row as it is shown after a recount by the row `seq`."""
    if step.cause in (Cause.CANCEL, Cause.VOID) or (
        step.tier == NO_TIER or (step.tier, step.entered_at) in path
    ):
        return step._replace(annulled_by=0)
    return step if step.annulled_by else step._replace(annulled_by=seq)
