"""What must be recorded with a journal row besides the row itself."""


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
