"""An exception for each code of a problem.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import Final

from stampbook_client.errors import ProblemError


class AccountClosedError(ProblemError):
    """`account_closed`"""


class AccountFullError(ProblemError):
    """`account_full`"""


class AccountMovedError(ProblemError):
    """`account_moved`"""


class AlreadyCancelledError(ProblemError):
    """`already_cancelled`"""


class AlreadyCommittedError(ProblemError):
    """`already_committed`"""


class AlreadyReleasedError(ProblemError):
    """`already_released`"""


class ApprovalRequiredError(ProblemError):
    """`approval_required`"""


class BalanceNotZeroError(ProblemError):
    """`balance_not_zero`"""


class CancelWindowPassedError(ProblemError):
    """`cancel_window_passed`"""


class CascadeTooLargeError(ProblemError):
    """`cascade_too_large`"""


class CodeUsedError(ProblemError):
    """`code_used`"""


class ConfirmationRequiredError(ProblemError):
    """`confirmation_required`"""


class ConflictError(ProblemError):
    """`conflict`"""


class CursorExpiredError(ProblemError):
    """`cursor_expired`"""


class DeficitOutstandingError(ProblemError):
    """`deficit_outstanding`"""


class ExceedsOrderError(ProblemError):
    """`exceeds_order`"""


class ExceedsOriginalError(ProblemError):
    """`exceeds_original`"""


class ExpressionTooCostlyError(ProblemError):
    """`expression_too_costly`"""


class ExternalIdTakenError(ProblemError):
    """`external_id_taken`"""


class FileElsewhereError(ProblemError):
    """`file_elsewhere`"""


class FileRemovedError(ProblemError):
    """`file_removed`"""


class ForbiddenError(ProblemError):
    """`forbidden`"""


class HoldsOpenError(ProblemError):
    """`holds_open`"""


class IdempotencyKeyReusedError(ProblemError):
    """`idempotency_key_reused`"""


class InUseError(ProblemError):
    """`in_use`"""


class InsufficientPointsError(ProblemError):
    """`insufficient_points`"""


class InternalError(ProblemError):
    """`internal_error`"""


class InvalidCredentialsError(ProblemError):
    """`invalid_credentials`"""


class InvalidExpressionError(ProblemError):
    """`invalid_expression`"""


class InvalidRequestError(ProblemError):
    """`invalid_request`"""


class InvalidTransitionError(ProblemError):
    """`invalid_transition`"""


class LastAdminError(ProblemError):
    """`last_admin`"""


class LimitExceededError(ProblemError):
    """`limit_exceeded`"""


class LimitReachedError(ProblemError):
    """`limit_reached`"""


class LockedWhileActiveError(ProblemError):
    """`locked_while_active`"""


class LoginLockedError(ProblemError):
    """`login_locked`"""


class MemberExistsError(ProblemError):
    """`member_exists`"""


class MemberInactiveError(ProblemError):
    """`member_inactive`"""


class MethodNotAllowedError(ProblemError):
    """`method_not_allowed`"""


class NoMatchingCostError(ProblemError):
    """`no_matching_cost`"""


class NotCancellableError(ProblemError):
    """`not_cancellable`"""


class NotFoundError(ProblemError):
    """`not_found`"""


class NotRefundableError(ProblemError):
    """`not_refundable`"""


class NotTemporaryError(ProblemError):
    """`not_temporary`"""


class NothingToPayError(ProblemError):
    """`nothing_to_pay`"""


class OrderCancelledError(ProblemError):
    """`order_cancelled`"""


class OrderNotPaidError(ProblemError):
    """`order_not_paid`"""


class OrderPaidError(ProblemError):
    """`order_paid`"""


class OutOfStockError(ProblemError):
    """`out_of_stock`"""


class OverloadedError(ProblemError):
    """`overloaded`"""


class PayloadTooLargeError(ProblemError):
    """`payload_too_large`"""


class PaymentExceedsOrderError(ProblemError):
    """`payment_exceeds_order`"""


class PaymentNotEnabledError(ProblemError):
    """`payment_not_enabled`"""


class PhonesCollideError(ProblemError):
    """`phones_collide`"""


class PointsAlreadySpentError(ProblemError):
    """`points_already_spent`"""


class PreviewStaleError(ProblemError):
    """`preview_stale`"""


class ProgramInactiveError(ProblemError):
    """`program_inactive`"""


class ProgramLimitReachedError(ProblemError):
    """`program_limit_reached`"""


class RateLimitedError(ProblemError):
    """`rate_limited`"""


class RefundNotNewestError(ProblemError):
    """`refund_not_newest`"""


class RewardInactiveError(ProblemError):
    """`reward_inactive`"""


class SamePersonError(ProblemError):
    """`same_person`"""


class StorageFullError(ProblemError):
    """`storage_full`"""


class TotpRequiredError(ProblemError):
    """`totp_required`"""


class UnauthenticatedError(ProblemError):
    """`unauthenticated`"""


class UnsupportedMediaTypeError(ProblemError):
    """`unsupported_media_type`"""


class WeakPasswordError(ProblemError):
    """`weak_password`"""


BY_CODE: Final[dict[str, type[ProblemError]]] = {
    "account_closed": AccountClosedError,
    "account_full": AccountFullError,
    "account_moved": AccountMovedError,
    "already_cancelled": AlreadyCancelledError,
    "already_committed": AlreadyCommittedError,
    "already_released": AlreadyReleasedError,
    "approval_required": ApprovalRequiredError,
    "balance_not_zero": BalanceNotZeroError,
    "cancel_window_passed": CancelWindowPassedError,
    "cascade_too_large": CascadeTooLargeError,
    "code_used": CodeUsedError,
    "confirmation_required": ConfirmationRequiredError,
    "conflict": ConflictError,
    "cursor_expired": CursorExpiredError,
    "deficit_outstanding": DeficitOutstandingError,
    "exceeds_order": ExceedsOrderError,
    "exceeds_original": ExceedsOriginalError,
    "expression_too_costly": ExpressionTooCostlyError,
    "external_id_taken": ExternalIdTakenError,
    "file_elsewhere": FileElsewhereError,
    "file_removed": FileRemovedError,
    "forbidden": ForbiddenError,
    "holds_open": HoldsOpenError,
    "idempotency_key_reused": IdempotencyKeyReusedError,
    "in_use": InUseError,
    "insufficient_points": InsufficientPointsError,
    "internal_error": InternalError,
    "invalid_credentials": InvalidCredentialsError,
    "invalid_expression": InvalidExpressionError,
    "invalid_request": InvalidRequestError,
    "invalid_transition": InvalidTransitionError,
    "last_admin": LastAdminError,
    "limit_exceeded": LimitExceededError,
    "limit_reached": LimitReachedError,
    "locked_while_active": LockedWhileActiveError,
    "login_locked": LoginLockedError,
    "member_exists": MemberExistsError,
    "member_inactive": MemberInactiveError,
    "method_not_allowed": MethodNotAllowedError,
    "no_matching_cost": NoMatchingCostError,
    "not_cancellable": NotCancellableError,
    "not_found": NotFoundError,
    "not_refundable": NotRefundableError,
    "not_temporary": NotTemporaryError,
    "nothing_to_pay": NothingToPayError,
    "order_cancelled": OrderCancelledError,
    "order_not_paid": OrderNotPaidError,
    "order_paid": OrderPaidError,
    "out_of_stock": OutOfStockError,
    "overloaded": OverloadedError,
    "payload_too_large": PayloadTooLargeError,
    "payment_exceeds_order": PaymentExceedsOrderError,
    "payment_not_enabled": PaymentNotEnabledError,
    "phones_collide": PhonesCollideError,
    "points_already_spent": PointsAlreadySpentError,
    "preview_stale": PreviewStaleError,
    "program_inactive": ProgramInactiveError,
    "program_limit_reached": ProgramLimitReachedError,
    "rate_limited": RateLimitedError,
    "refund_not_newest": RefundNotNewestError,
    "reward_inactive": RewardInactiveError,
    "same_person": SamePersonError,
    "storage_full": StorageFullError,
    "totp_required": TotpRequiredError,
    "unauthenticated": UnauthenticatedError,
    "unsupported_media_type": UnsupportedMediaTypeError,
    "weak_password": WeakPasswordError,
}
"""All of them. A code that is not here is a plain `ProblemError`."""
