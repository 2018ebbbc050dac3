"""What the clock goes by: lots in the order of their dates, transactions of their deadlines."""

from bisect import bisect_left, insort

from stampbook.domain.model import Lot

Key = tuple[int, int]
"""An instant and a lot (or transaction) number: the order of every window."""


class Window:
    """An ordered list of keys."""

    __slots__ = ("keys",)

    def __init__(self) -> None:
        self.keys: list[Key] = []

    def add(self, key: Key) -> None:
        insort(self.keys, key)

    def discard(self, key: Key) -> None:
        keys = self.keys
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            del keys[at]

    @property
    def first(self) -> Key | None:
        return self.keys[0] if self.keys else None

    def copy(self) -> "Window":
        twin = Window()
        twin.keys = self.keys.copy()
        return twin


def expiry_of(lot: Lot, slides_at: int, slid_at: int) -> int:
    """When the lot expires, if its account's sliding lots have the common expiry `slides_at` and
    the one before it was `slid_at`."""
    if lot.sliding and has_next_expiry(lot.created_at, lot.activates_at, slid_at):
        return slides_at
    return lot.expires_at


def has_next_expiry(created_at: int, activates_at: int, slid_at: int) -> bool:
    """Whether a sliding lot outlives the common expiry that was `slid_at`."""
    # §3: a lot that was activated at the very instant of a common expiry died with it; one
    # that was made at that instant, after it, belongs to the next.
    return created_at >= slid_at or activates_at > slid_at
