"""What is done last in a transaction, right before its commit."""

from collections.abc import Hashable, MutableMapping

from stampbook.storage.store import Ending, Transacting


class Ended:
    """The endings of a transaction (`writing`); a reading connection, or a store by itself, has
    none."""

    locking = ""
    """See Transacting."""

    def __init__(self, *, writing: bool = False) -> None:
        self._endings: dict[Hashable, Ending] | None = {} if writing else None

    @property
    def endings(self) -> MutableMapping[Hashable, Ending]:
        """See Transacting. Raises RuntimeError."""
        if self._endings is None:
            raise RuntimeError("no transaction is open here")
        return self._endings


async def end(writing: Transacting) -> None:
    """Do what is to be done last in the transaction."""
    for ending in tuple(writing.endings.values()):
        await ending(writing)
