"""The facts from which an account's book is made, and those that a decision may lack."""

from typing import NamedTuple

from stampbook.domain.hashing import GENESIS
from stampbook.domain.model import AccountStatus, Sums


class AccountFacts(NamedTuple):
    """Whose an account is, and what its last row says of it.

    `version` grows when the status changes. `merged_into` is the account that has taken over from
    it, 0: none. `seq` and `head` are the last row's number and hash,
    `clock` its instant: time never runs back in an account. `state_seq` is the newest row with
    the whole state.
    """

    number: int
    shard: int
    tenant: int
    program: int
    currency: int
    member: int
    status: AccountStatus
    version: int
    seq: int = 0
    clock: int = 0
    head: bytes = GENESIS
    state_seq: int = 0
    sums: Sums = Sums()
    merged_into: int = 0


class Unloaded(Exception):
    """A decision needs facts that the book does not hold. It has not changed anything.

    `rows`: transactions, with their movement, root, and the root's lots or allocation.
    `lots`: lots by number. `redemptions`: redemptions by number, with their movement, their whole
    allocation and the lots of it; `paid_by`: lots, for all the redemptions that they pay for,
    likewise. `subjects`: subjects, for all movements that belong to them.
    """

    def __init__(
        self,
        *,
        rows: frozenset[int] = frozenset(),
        lots: frozenset[int] = frozenset(),
        paid_by: frozenset[int] = frozenset(),
        redemptions: frozenset[int] = frozenset(),
        subjects: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(rows, lots, paid_by, redemptions, subjects)
        self.rows = rows
        self.lots = lots
        self.paid_by = paid_by
        self.redemptions = redemptions
        self.subjects = subjects
