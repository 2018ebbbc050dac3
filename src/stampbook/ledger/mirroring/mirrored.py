"""A ledger that only reads: on a store that is another database's copy at one moment."""

from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Joint
from stampbook.ledger.journal.figures import due_among
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.store import Store


class Unsettled(Exception):
    """Something was due on these accounts that the copy does not have in their journals."""

    def __init__(self, accounts: Sequence[int]) -> None:
        super().__init__(f"{len(accounts)} accounts must be settled first")
        self.accounts = accounts


class Mirrored(Ledger):
    """Answers what `Ledger` answers, remembers nothing and refuses to write."""

    def __init__(self, store: Store, *, clock: Callable[[], int]) -> None:
        super().__init__(store, clock=clock, max_books=store.shards)

    async def settle(self, accounts: Iterable[int]) -> None:
        """Return if nothing is due on the accounts. Raises Unsettled."""
        listed = list(accounts)
        due = await due_among(self.store, listed, self.clock()) if listed else []
        if due:
            raise Unsettled(due)

    async def submit(self, submission: Submission) -> NoReturn:
        raise _writes()

    async def transfer(self, transfer: Transfer) -> NoReturn:
        raise _writes()

    async def join(self, joint: Joint) -> NoReturn:
        raise _writes()

    async def submit_all(self, items: Sequence[Submission | Transfer], *, atomic: bool) -> NoReturn:
        raise _writes()


def _writes() -> RuntimeError:
    return RuntimeError("an operation that writes was asked of a copy")
