"""Four eyes: acts of a person that another person must approve.

The request is kept as it came. Once it is approved it is carried out like any other, as the one who
asked, under its own idempotency key or one that is made of the approval's number: so it has one
effect, even if the server ends in between and it is approved again.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.programs import auditing
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Row, Transacting

LASTS: Final = 7 * 86_400 * MICROSECONDS
"""How long a request waits for its approval."""


MOST_WAITING: Final = 1_000
"""How many of those that wait are looked through for what they are about."""


class Status(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Asked(NamedTuple):
    """A request that needs a second person: its method, path with query, body, who its caller says
    has pressed the button, and its idempotency key."""

    method: str
    path: str
    body: str
    actor: str | None
    key: str | None


class Approval(NamedTuple):
    """A row of `approvals`. `transaction` is the first row that it wrote; `problem` the JSON text
    of the answer that refused it."""

    approval_id: int
    tenant_id: int
    program_id: int
    status: Status
    asked: Asked
    requested_by: int
    requested_at: int
    expires_at: int
    decided_by: int | None
    decided_at: int | None
    reason: str | None
    transaction: int | None
    problem: str | None

    def at(self, now: int) -> "Approval":
        """As it is at the instant: one that nobody has decided on in time has expired."""
        if self.status is Status.PENDING and self.decided_by is None and now >= self.expires_at:
            return self._replace(status=Status.EXPIRED)
        return self


_COLUMNS: Final = """
    approval_id, tenant_id, program_id, status, method, path, body, actor, key, requested_by,
    requested_at, expires_at, decided_by, decided_at, reason, transaction_id, problem
"""


def _approval(row: Row) -> Approval:
    asked = Asked(row["method"], row["path"], row["body"], row["actor"], row["key"])
    return Approval(
        row["approval_id"],
        row["tenant_id"],
        row["program_id"],
        Status(row["status"]),
        asked,
        row["requested_by"],
        row["requested_at"],
        row["expires_at"],
        row["decided_by"],
        row["decided_at"],
        row["reason"],
        row["transaction_id"],
        row["problem"],
    )


async def request(
    writing: Transacting,
    asked: Asked,
    *,
    subject: str | None,
    program: int,
    user: int,
    now: int,
) -> tuple[Approval, bool]:
    """A new request for an approval, or the one that is there already: the person's with the same
    idempotency key, or anybody's that waits for the same `subject`. And whether it is new.

    Of two at once the second waits for the first, and finds it. Writes.
    """
    if subject is not None:
        # What nobody has decided on in time waits no longer, and the same may be asked for again.
        await writing.execute(
            """
            UPDATE approvals SET subject = NULL
            WHERE program_id = $1 AND subject = $2 AND status = 'pending' AND expires_at <= $3
            """,
            program,
            subject,
            now,
        )
    while True:
        made = await _insert(writing, asked, subject, program=program, user=user, now=now)
        if made is not None:
            await _note(writing, made, "approval.requested", now=now)
            await _tell(writing, made, "requested", now=now)
            return made, True
        found = None
        if asked.key is not None:
            found = await _of_key(writing, asked.key, user=user, program=program)
        if found is None and subject is not None:
            found = await _of_subject(writing, subject, program=program)
        if found is not None:  # else it was decided just now, and no longer in the way
            return found, False


async def _insert(
    writing: Transacting,
    asked: Asked,
    subject: str | None,
    *,
    program: int,
    user: int,
    now: int,
) -> Approval | None:
    """None if one with that key or subject is there."""
    row = await writing.fetch_one(
        f"""
        INSERT INTO approvals (tenant_id, program_id, status, method, path, body, actor, key,
                               subject, requested_by, requested_at, expires_at)
        SELECT tenant_id, program_id, 'pending', CAST($2 AS text), CAST($3 AS text),
               CAST($4 AS text), CAST($5 AS text), CAST($6 AS text), CAST($7 AS text),
               CAST($8 AS bigint), CAST($9 AS bigint), CAST($10 AS bigint)
        FROM programs WHERE program_id = $1
        ON CONFLICT DO NOTHING
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - a constant
        program,
        *asked,
        subject,
        user,
        now,
        now + LASTS,
    )
    return None if row is None else _approval(row)


async def _tell(writing: Transacting, approval: Approval, word: str, *, now: int) -> None:
    tenant, program = approval.tenant_id, approval.program_id
    outgoing = Outgoing(f"approval.{word}", now, tenant, approval, program=program)
    await outbox.put(writing, outgoing)


async def _note(
    writing: Transacting, approval: Approval, action: str, *, now: int, reason: str | None = None
) -> None:
    await auditing.record(
        writing,
        tenant=approval.tenant_id,
        action=action,
        now=now,
        entity=auditing.entity_of(auditing.APPROVAL, approval.approval_id),
        program=approval.program_id,
        reason=reason,
    )


async def _of_key(db: Transacting, key: str, *, user: int, program: int) -> Approval | None:
    """The person's request with that idempotency key."""
    row = await db.fetch_one(
        f"""
        SELECT {_COLUMNS} FROM approvals
        WHERE requested_by = $1 AND key = $2
          AND tenant_id = (SELECT tenant_id FROM programs WHERE program_id = $3)
        """,  # noqa: S608 - a constant
        user,
        key,
        program,
    )
    return None if row is None else _approval(row)


async def _of_subject(db: Transacting, subject: str, *, program: int) -> Approval | None:
    """What waits in the program for the same."""
    row = await db.fetch_one(
        f"""
        SELECT {_COLUMNS} FROM approvals
        WHERE program_id = $1 AND subject = $2 AND status = 'pending'
        """,  # noqa: S608 - a constant
        program,
        subject,
    )
    return None if row is None else _approval(row)


async def get(db: Transacting, number: int, *, tenant: int) -> Approval | None:
    """The tenant's approval of that number."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM approvals WHERE approval_id = $1 AND tenant_id = $2",  # noqa: S608
        number,
        tenant,
    )
    return None if row is None else _approval(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    program: int | None,
    only_of: int | None = None,
    status: Status | None,
    now: int,
    before: int,
    limit: int,
) -> list[Approval]:
    """The tenant's approvals below number `before`, newest first; those with the status as it is at
    the instant, if one is given; with `only_of` those in programs to which this person is bound."""
    wanted = "" if status is None else status.value
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM approvals
        WHERE tenant_id = $1 AND approval_id < $2
          AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))
          AND (CAST($7 AS bigint) = 0
               OR program_id IN (SELECT program_id FROM user_limits WHERE user_id = $7))
          AND (CAST($4 AS text) = '' OR CAST($4 AS text) = CASE
                WHEN status = 'pending' AND decided_by IS NULL AND expires_at <= $5
                THEN 'expired' ELSE status END)
        ORDER BY approval_id DESC LIMIT $6
        """,  # noqa: S608 - a constant
        tenant,
        before,
        program or 0,
        wanted,
        now,
        limit,
        only_of or 0,
    )
    return [_approval(row).at(now) for row in rows]


async def waiting(
    db: Transacting, *, tenant: int, program: int | None, only_of: int | None = None, now: int
) -> list[Approval]:
    """The newest of the tenant's approvals that still wait, at most `MOST_WAITING`; see `page`."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM approvals
        WHERE tenant_id = $1 AND status = 'pending' AND decided_by IS NULL AND expires_at > $2
          AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))
          AND (CAST($4 AS bigint) = 0
               OR program_id IN (SELECT program_id FROM user_limits WHERE user_id = $4))
        ORDER BY approval_id DESC LIMIT $5
        """,  # noqa: S608 - a constant
        tenant,
        now,
        program or 0,
        only_of or 0,
        MOST_WAITING,
    )
    return [_approval(row) for row in rows]


async def claim(writing: Transacting, approval: Approval, *, user: int, now: int) -> bool:
    """Begin to carry the request out, for the person who approves it; False if it is decided, or
    somebody else has begun. Who has begun may do so again; for somebody who is disabled since, and
    may never have finished, another person may. Writes."""
    if approval.decided_by == user and approval.status is Status.PENDING:
        return True
    changed = await writing.execute(
        """
        UPDATE approvals SET decided_by = $2, decided_at = $3
        WHERE approval_id = $1 AND tenant_id = $4 AND status = 'pending'
          AND (decided_by IS NULL AND expires_at > $3
               OR decided_by IN (
                   SELECT user_id FROM users WHERE tenant_id = $4 AND status <> 'active'))
        """,
        approval.approval_id,
        user,
        now,
        approval.tenant_id,
    )
    if changed:
        await _note(writing, approval, "approval.approved", now=now)
    return bool(changed)


async def finish(
    writing: Transacting,
    approval: Approval,
    *,
    transaction: int | None,
    problem: str | None,
    now: int,
) -> None:
    """Keep what became of the request. Approved twice at once, it may have been refused first and
    carried out then, and is done. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE approvals SET status = $2, transaction_id = $3, problem = $4
        WHERE approval_id = $1 AND tenant_id = $5
          AND (status = 'pending' OR status = 'failed' AND $2 = 'done')
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - a constant
        approval.approval_id,
        (Status.DONE if problem is None else Status.FAILED).value,
        transaction,
        problem,
        approval.tenant_id,
    )
    if row is not None:
        await _tell(writing, _approval(row), "decided", now=now)


async def turn_down(
    writing: Transacting,
    approval: Approval,
    status: Status,
    *,
    user: int | None,
    reason: str | None,
    now: int,
) -> bool:
    """Reject the request or withdraw it; False if it is decided, or being carried out. Writes."""
    row = await writing.fetch_one(
        f"""
        UPDATE approvals SET status = $2, decided_by = $3, decided_at = $4, reason = $5
        WHERE approval_id = $1 AND tenant_id = $6 AND status = 'pending' AND decided_by IS NULL
          AND expires_at > $4
        RETURNING {_COLUMNS}
        """,  # noqa: S608 - a constant
        approval.approval_id,
        status.value,
        user,
        now,
        reason,
        approval.tenant_id,
    )
    if row is None:
        return False
    await _note(writing, approval, f"approval.{status}", now=now, reason=reason)
    await _tell(writing, _approval(row), "decided", now=now)
    return True
