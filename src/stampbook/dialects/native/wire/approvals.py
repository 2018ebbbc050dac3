"""Approvals on the wire."""

from typing import Annotated

from msgspec import Meta, Raw, Struct

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Instant
from stampbook.programs.approvals import Approval, Status

Document = Annotated[Raw, Meta(extra_json_schema={"type": "object"})]

Reason = Annotated[str, Meta(min_length=1, max_length=1_000)]


class RequestShape(Struct, frozen=True):
    """The request as it came; `path` has its query."""

    method: str
    path: str
    body: Document | None


class ApprovalShape(Struct, frozen=True):
    """An act of a person that needs a second one.

    `preview` is what a single pending one would be answered now. `problem` is why it failed when it
    was carried out.
    """

    id: str
    program_id: str
    status: Status
    requested_by: str
    decided_by: str | None
    request: RequestShape
    reason: str | None
    requested_at: Instant
    expires_at: Instant
    decided_at: Instant | None
    preview: Document | None
    transaction_id: str | None
    problem: Document | None


class Postponed(Struct, frozen=True):
    """The answer to a request that needs a second person: 202, and nothing is done yet."""

    approval: ApprovalShape


class DecisionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why: for the one who asked."""

    reason: Reason | None = None


def approval_shape(approval: Approval, *, preview: bytes | None = None) -> ApprovalShape:
    asked, decided = approval.asked, approval.decided_at
    is_open = approval.status in (Status.PENDING, Status.EXPIRED)
    return ApprovalShape(
        id=ids.write(ids.APPROVAL, approval.approval_id),
        program_id=ids.write(ids.PROGRAM, approval.program_id),
        status=approval.status,
        requested_by=ids.write(ids.USER, approval.requested_by),
        decided_by=_user(None if is_open else approval.decided_by),
        request=RequestShape(
            asked.method, asked.path, Raw(asked.body.encode()) if asked.body else None
        ),
        reason=approval.reason,
        requested_at=instants.write(approval.requested_at),
        expires_at=instants.write(approval.expires_at),
        decided_at=None if decided is None or is_open else instants.write(decided),
        preview=None if preview is None else Raw(preview),
        transaction_id=None
        if approval.transaction is None
        else ids.write(ids.TRANSACTION, approval.transaction),
        problem=None if approval.problem is None else Raw(approval.problem.encode()),
    )


def _user(number: int | None) -> str | None:
    return None if number is None else ids.write(ids.USER, number)
