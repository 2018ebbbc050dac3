"""Ordered lists: lots by their dates, transactions by their deadlines."""

from bisect import bisect_left, insort

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
