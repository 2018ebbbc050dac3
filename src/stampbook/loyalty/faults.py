"""Why a request to this package is not carried out. Each dialect has a word for every code."""

from collections.abc import Sequence
from enum import StrEnum


class Code(StrEnum):
    """The refusals besides those of the ledger, in the order of their mention in the documents."""

    EXTERNAL_ID_TAKEN = "external_id_taken"
    ORDER_PAID = "order_paid"
    ORDER_NOT_PAID = "order_not_paid"
    ORDER_CANCELLED = "order_cancelled"
    PAYMENT_EXCEEDS_ORDER = "payment_exceeds_order"
    EXCEEDS_ORDER = "exceeds_order"
    NOTHING_TO_PAY = "nothing_to_pay"
    PAYMENT_NOT_ENABLED = "payment_not_enabled"
    REFUND_NOT_NEWEST = "refund_not_newest"
    PREVIEW_STALE = "preview_stale"
    CASCADE_TOO_LARGE = "cascade_too_large"
    INVALID_TRANSITION = "invalid_transition"
    IN_USE = "in_use"
    LOCKED_WHILE_ACTIVE = "locked_while_active"
    REWARD_INACTIVE = "reward_inactive"
    NO_MATCHING_COST = "no_matching_cost"
    OUT_OF_STOCK = "out_of_stock"
    LIMIT_REACHED = "limit_reached"
    NOT_REFUNDABLE = "not_refundable"
    CODE_USED = "code_used"
    PROGRAM_LIMIT_REACHED = "program_limit_reached"


class Refused(Exception):
    """The request is understood, and its subject's state does not allow it. Nothing was written.

    `detail` is a sentence for people. `limit` says which of several limits was reached. `used_by`
    are the things that use what was to go, as pairs of kind (`program`, `rule`) and number.
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        limit: str = "",
        used_by: Sequence[tuple[str, int]] = (),
    ) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.limit = limit
        self.used_by = used_by


class Overloaded(Exception):
    """Others kept changing what the request rests on. Nothing was written: try again."""
