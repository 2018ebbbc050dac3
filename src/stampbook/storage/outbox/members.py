"""What others learn of members: that one was registered, has changed, or was taken out."""

from typing import Any

from stampbook.storage.outbox.writing import Outgoing


def happened(before: Any, after: Any, *, at: int) -> tuple[Outgoing, ...]:
    """What has happened to a member (programs.members.Member; None: they were not there). A row
    keeps both. A merge is no deletion: who merges says so."""
    if after is None or (before and before._replace(updated_at=after.updated_at) == after):
        return ()
    word = "deleted" if after.deleted_at is not None else "updated" if before else "created"
    return (
        Outgoing(
            f"member.{word}",
            at,
            after.tenant_id,
            (before, after),
            program=after.program_id,
            member=after.member_id,
        ),
    )
