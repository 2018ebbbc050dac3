"""The commands that an account takes. Values only; nothing here decides.

Every command carries a `Note`: what the caller wants recorded with it. The
idempotency key, dry run and the choice of the account belong to the submission
(ledger.submission), since they are the same for every command.
"""

from typing import NamedTuple

from stampbook.domain.model import Kind


class Note(NamedTuple):
    """What the caller wants recorded with a transaction.

    `metadata` is a JSON object as text, kept byte for byte. `effective_at` is the
    business instant (None: now). `subject` names what the movement belongs to in
    the caller's world, such as an order; movements can be found by it.
    """

    external_id: str | None = None
    reason: str | None = None
    actor: str | None = None
    metadata: str | None = None
    effective_at: int | None = None
    subject: str | None = None


NO_NOTE = Note()


class Accrue(NamedTuple):
    """A new lot. `activates_at`, `expires_at`: None leaves them to the currency's policy,
    `FOREVER` means "by an event only" and "never". `temporary`: pending until committed,
    rolled back `timeout_s` after now (None: the currency's). `reinstates`: the expired lot
    that an operator's `REINSTATE` names."""

    amount: int
    kind: Kind = Kind.ACCRUE
    activates_at: int | None = None
    expires_at: int | None = None
    temporary: bool = False
    timeout_s: int | None = None
    reinstates: int = 0
    note: Note = NO_NOTE


class Redeem(NamedTuple):
    """Spend `amount`, soonest expiry first. The active balance may fall to minus `overdraft` (None:
    the currency's)."""

    amount: int
    kind: Kind = Kind.REDEEM
    note: Note = NO_NOTE
    overdraft: int | None = None


class Hold(NamedTuple):
    """Reserve `amount` until it is committed, released, or `timeout_s` have passed."""

    amount: int
    timeout_s: int | None = None
    note: Note = NO_NOTE


class Commit(NamedTuple):
    """Make the temporary transaction `target` final; of a hold, `amount` may be smaller."""

    target: int
    amount: int | None = None
    note: Note = NO_NOTE


class Release(NamedTuple):
    """Roll the uncommitted temporary transaction `target` back."""

    target: int
    note: Note = NO_NOTE


class Activate(NamedTuple):
    """Make the pending points of accrual `target` available before their time."""

    target: int
    note: Note = NO_NOTE


class Expire(NamedTuple):
    """Expire the available points of accrual `target` before their time.

    `lots` names the lots instead: points of one date may come from many accruals, and an
    accrual's points may have several dates. `target` is then the accrual of the first lot.
    """

    target: int
    note: Note = NO_NOTE
    lots: tuple[int, ...] = ()


class Cancel(NamedTuple):
    """Undo transaction `target`, whole (`amount` None) or in part.

    `only_pending` refuses (NOT_CANCELLABLE) unless all that is in force of the
    accrual is still pending: for dialects whose cancel applies to pending points only.
    Then the target may be what a merge has brought: the accrual is cancelled where it was made.
    """

    target: int
    amount: int | None = None
    only_pending: bool = False
    note: Note = NO_NOTE


class Settle(NamedTuple):
    """Journal what is due by the clock, and nothing else."""


Command = Accrue | Redeem | Hold | Commit | Release | Activate | Expire | Cancel | Settle
