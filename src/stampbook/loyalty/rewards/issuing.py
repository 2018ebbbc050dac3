"""What a commit writes to hand out codes, and to void those that nobody has used."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from stampbook.ledger.joint import Beside
from stampbook.loyalty.rewards.codes import generated
from stampbook.loyalty.rewards.model import Code

_ISSUE_NEW: Final = """
    INSERT INTO reward_codes (tenant_id, reward_id, code, state, purchase_id, grant_id, created_at,
        issued_at)
    VALUES ($1, $2, $3, 'issued', $4, $5, $6, $6)
    """

_ISSUE_FREE: Final = """
    UPDATE reward_codes SET state = 'issued', purchase_id = $2, issued_at = $3
    WHERE code_id = $1 AND state = 'free'
    """

_VOID: Final = """
    UPDATE reward_codes SET state = 'voided', voided_at = $2
    WHERE code_id = $1 AND state = 'issued'
    """


class Issued(NamedTuple):
    """Codes to be handed out. The write is stale if one of them is not free any more, or exists."""

    codes: tuple[str, ...]
    beside: tuple[Beside, ...]


def issue_generated(
    number: int,
    *,
    tenant: int,
    now: int,
    reward: int | None = None,
    purchase: int | None = None,
    grant: int | None = None,
) -> Issued:
    """`number` new codes for a purchase of the reward, or for a grant."""
    codes = tuple(generated() for _ in range(number))
    rows = tuple((tenant, reward, code, purchase, grant, now) for code in codes)
    return Issued(codes, (Beside(_ISSUE_NEW, rows),))


def issue_pooled(free: Sequence[Code], *, purchase: int, now: int) -> Issued:
    """The free codes, for a purchase."""
    rows = tuple((each.code_id, purchase, now) for each in free)
    return Issued(tuple(each.code for each in free), (Beside(_ISSUE_FREE, rows),))


def void(codes: Iterable[Code], *, now: int) -> tuple[Beside, ...]:
    """Void these codes, which are issued; stale if one was used meanwhile."""
    rows = tuple((each.code_id, now) for each in codes)
    return (Beside(_VOID, rows),) if rows else ()
