"""The closed enumeration of what the ledger may refuse.

A refusal is a value, never an exception: many commands share one database
transaction, and one that is refused must not disturb the others. Each dialect
maps the whole enumeration to its own words; a test proves every map complete.
"""

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """Stable refusal codes, in the order in which a decision checks them.

    When several apply, the first of them is answered.
    """

    NOT_FOUND = "not_found"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    EXTERNAL_ID_TAKEN = "external_id_taken"
    ACCOUNT_MOVED = "account_moved"
    INVALID_REQUEST = "invalid_request"
    FORBIDDEN = "forbidden"
    PROGRAM_INACTIVE = "program_inactive"
    MEMBER_INACTIVE = "member_inactive"
    ACCOUNT_CLOSED = "account_closed"
    NOT_TEMPORARY = "not_temporary"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_RELEASED = "already_released"
    ALREADY_COMMITTED = "already_committed"
    NOT_CANCELLABLE = "not_cancellable"
    CANCEL_WINDOW_PASSED = "cancel_window_passed"
    EXCEEDS_ORIGINAL = "exceeds_original"
    POINTS_ALREADY_SPENT = "points_already_spent"
    DEFICIT_OUTSTANDING = "deficit_outstanding"
    INSUFFICIENT_POINTS = "insufficient_points"
    ACCOUNT_FULL = "account_full"
    LIMIT_EXCEEDED = "limit_exceeded"
    APPROVAL_REQUIRED = "approval_required"
    OVERLOADED = "overloaded"


class Refusal(NamedTuple):
    """Why a command has no effect.

    `detail` is an English sentence for people. `active` is the account's active
    balance (smallest units) at the moment of the refusal. `related` is the
    number, within the account, of the transaction that prevents it (an earlier
    cancel, or a commit). `figures` are a person's limit, what of it is used, and what the act
    asks for (smallest units). All are None where they do not apply.
    """

    code: Code
    detail: str
    active: int | None = None
    related: int | None = None
    figures: tuple[int, int, int] | None = None
