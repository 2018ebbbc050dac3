"""What must be recorded with a journal row besides the row itself."""

from typing import Final


class Touched:
    """What the row in the making has changed.

    `parts` are (redemption, lot) of allocations, `debtors` the redemptions that began to owe.
    """

    __slots__ = ("debtors", "lots", "movements", "parts")

    def __init__(self) -> None:
        self.lots: set[int] = set()
        self.movements: set[int] = set()
        self.parts: set[tuple[int, int]] = set()
        self.debtors: set[int] = set()

    def copy(self) -> "Touched":
        twin = Touched()
        twin.lots, twin.movements = self.lots.copy(), self.movements.copy()
        twin.parts, twin.debtors = self.parts.copy(), self.debtors.copy()
        return twin


UNTOUCHED: Final = Touched()
"""For a book between two rows: its sets cannot be changed, so one serves all books."""
for _name in Touched.__slots__:
    setattr(UNTOUCHED, _name, frozenset())
