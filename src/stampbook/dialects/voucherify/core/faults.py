"""Errors in Voucherify's envelope.

`{"code", "key", "message", "details", "request_id", "resource_id"?, "resource_type"?}`.
A handler raises a `Fault`; the dialect prints it. Whatever else ends a request becomes one.
"""

import secrets
from collections.abc import Mapping
from typing import Final

from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.once import BadKey, KeyReused
from stampbook.programs.faults import Gone, Taken
from stampbook.storage.store import UniqueViolation

RETRY_AFTER_S: Final = 1
"""After how long a caller may try again when the ledger is full."""


class Fault(Exception):
    """A request that is answered with an error of the dialect.

    `key` is the vendor's stable word, `message` its title, `details` a sentence.
    `resource_id` and `resource_type` name the thing that the error is about.
    """

    def __init__(
        self,
        status: int,
        key: str,
        message: str,
        details: str,
        *,
        resource_id: str | None = None,
        resource_type: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.message = message
        self.details = details
        self.resource_id = resource_id
        self.resource_type = resource_type
        self.retry_after_s = retry_after_s

    @property
    def code(self) -> str:
        """What the log calls it."""
        return self.key

    def body(self, request_id: str) -> dict[str, object]:
        """The envelope; the resource's fields stand in it only where a resource is concerned."""
        body: dict[str, object] = {
            "code": self.status,
            "key": self.key,
            "message": self.message,
            "details": self.details,
            "request_id": request_id,
        }
        if self.resource_id is not None:
            body["resource_id"] = self.resource_id
        if self.resource_type is not None:
            body["resource_type"] = self.resource_type
        return body


def request_id() -> str:
    return f"v-{secrets.token_hex(9)}"


def invalid_payload(details: str) -> Fault:
    return Fault(400, "invalid_payload", "Invalid payload", details)


def invalid_query(details: str) -> Fault:
    return Fault(400, "invalid_query_params", "Invalid query params", details)


def invalid_step(details: str) -> Fault:
    """A state machine has no such step."""
    return Fault(400, "invalid_state_transition", "Invalid state transition", details)


def not_found(kind: str, name: str) -> Fault:
    """There is no `kind` of that name, or it is not the caller's, or it is deleted."""
    return Fault(
        404,
        "not_found",
        "Resource not found",
        f"Cannot find {kind} with id {name}",
        resource_id=name,
        resource_type=kind,
    )


def unauthorized() -> Fault:
    return Fault(
        401,
        "unauthorized",
        "Unauthorized",
        "Provide a valid X-App-Id and X-App-Token pair, or a valid bearer token",
    )


def forbidden(scope: str) -> Fault:
    return Fault(403, "forbidden", "Forbidden", f"The credentials lack the scope {scope}")


REFUSALS: Final[Mapping[Code, tuple[int, str]]] = {
    Code.NOT_FOUND: (404, "Resource not found"),
    Code.IDEMPOTENCY_KEY_REUSED: (423, "Idempotency key reused"),
    Code.EXTERNAL_ID_TAKEN: (423, "External id taken"),
    Code.ACCOUNT_MOVED: (400, "Card has changed"),
    Code.INVALID_REQUEST: (400, "Invalid payload"),
    Code.FORBIDDEN: (403, "Forbidden"),
    Code.PROGRAM_INACTIVE: (423, "Invalid program status"),
    Code.MEMBER_INACTIVE: (423, "Invalid member status"),
    Code.ACCOUNT_CLOSED: (423, "Card is closed"),
    Code.NOT_TEMPORARY: (423, "Transaction is not temporary"),
    Code.ALREADY_CANCELLED: (423, "Transaction is canceled"),
    Code.ALREADY_RELEASED: (423, "Transaction is released"),
    Code.ALREADY_COMMITTED: (423, "Transaction is committed"),
    Code.NOT_CANCELLABLE: (423, "Transaction cannot be canceled"),
    Code.CANCEL_WINDOW_PASSED: (423, "Cancel window has passed"),
    Code.EXCEEDS_ORIGINAL: (423, "Amount exceeds the original transaction"),
    Code.POINTS_ALREADY_SPENT: (423, "Points are already spent"),
    Code.DEFICIT_OUTSTANDING: (423, "A deficit is outstanding"),
    Code.INSUFFICIENT_POINTS: (423, "Insufficient points"),
    Code.ACCOUNT_FULL: (423, "Card is full"),
    Code.LIMIT_EXCEEDED: (403, "Limit of the user exceeded"),
    Code.APPROVAL_REQUIRED: (403, "A second person must approve"),
    Code.OVERLOADED: (503, "Service overloaded"),
}
"""All that the ledger may refuse: status and message. The key is the ledger's code, but for
those that the vendor has a key of its own for."""

KEYS: Final[Mapping[Code, str]] = {
    Code.INVALID_REQUEST: "invalid_payload",
    Code.PROGRAM_INACTIVE: "non_active_program",
    Code.MEMBER_INACTIVE: "non_active_member",
    Code.OVERLOADED: "service_unavailable",
}


TOO_FEW: Final = frozenset({Code.INSUFFICIENT_POINTS, Code.DEFICIT_OUTSTANDING})
"""What the ledger says where points do not suffice."""


def refused(refusal: Refusal) -> Fault:
    """A refusal of the ledger that has no place of its own in an operation's table."""
    status, message = REFUSALS[refusal.code]
    return Fault(
        status,
        KEYS.get(refusal.code, refusal.code.value),
        message,
        refusal.detail[:1].upper() + refusal.detail[1:],
        retry_after_s=RETRY_AFTER_S if refusal.code is Code.OVERLOADED else None,
    )


# -- what else ends a request ------------------------------------------------------------

REFUSED: Final[tuple[type[Exception], ...]] = (
    Fault,
    KeyReused,
    BadKey,
    UniqueViolation,
    Taken,
    Gone,
)
"""All by which a request may be refused; `fault_of` words them."""


def fault_of(refusal: Exception) -> Fault:
    """Any of REFUSED in the dialect's words."""
    if isinstance(refusal, Fault):
        return refusal
    if isinstance(refusal, KeyReused):
        detail = "the idempotency key was used for another request"
        return refused(Refusal(Code.IDEMPOTENCY_KEY_REUSED, detail))
    if isinstance(refusal, BadKey):
        return invalid_payload(f"Idempotency-Key {refusal}")
    if isinstance(refusal, Gone):  # somebody else changed or deleted it at the same time
        return Fault(409, "conflict", "Conflict", "It was changed meanwhile; try again")
    # Somebody else took the same place at the same time.
    return Fault(409, "duplicate_found", "Duplicate resource found", "It exists already")
