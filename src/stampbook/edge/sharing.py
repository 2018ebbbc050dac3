"""What the connections of a server share."""

from typing import Protocol

from stampbook.edge.parsing import Held


class Shared(Protocol):
    """One of the connections."""

    def close_when_idle(self) -> None:
        """Finish the answer that has begun, and begin no other."""

    def abort(self) -> None:
        """Close at once."""


class Open:
    """Who they are, and what they hold in memory."""

    def __init__(self) -> None:
        self.connections: set[Shared] = set()
        self.held = Held()
        self.is_closing = False
