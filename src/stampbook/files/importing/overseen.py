"""What the person who sent a file may do: each of its rows is an act of theirs.

The rows of a unit are one request to the ledger, which would judge their sum. So the ledger does
not oversee them, and each row is judged here, by the same limits; rows that need a second person
are refused, as in other requests that cannot wait for one.
"""

from collections.abc import Mapping

from stampbook.files.reading.faults import Wrong
from stampbook.programs.people.overseeing import NOTHING, Judging
from stampbook.storage.store import Beside


class Overseen:
    """The acts of a unit; `before` are those of a dry run before it, which count for the day
    although they are not written. Without a judge anything may be done, as by a key."""

    def __init__(self, judge: Judging | None = None, before: Mapping[int, int] = NOTHING) -> None:
        self._judge = judge
        self._before = before
        self.moved: dict[int, int] = dict(before)

    def begin(self) -> None:
        """The unit is judged anew."""
        self.moved = dict(self._before)

    def check(self, currency: int, amount: int) -> None:
        """Raises Wrong if the person may not move the amount after what the unit has moved."""
        if self._judge is None:
            return
        refusal = self._judge.objection([{currency: abs(amount)}], self.moved)
        if refusal is not None:
            raise Wrong(refusal.code.value, refusal.detail, column="amount")

    def did(self, currency: int, amount: int) -> None:
        """A row was carried out."""
        self.moved[currency] = self.moved.get(currency, 0) + abs(amount)

    def beside(self) -> tuple[Beside, ...]:
        """What is written with the unit: what it used up of the person's day."""
        return () if self._judge is None else self._judge.counted([self.moved])
