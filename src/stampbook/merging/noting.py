"""The audit log and merges: it is written after the commit, as those who did it."""

from typing import NamedTuple

from stampbook.ledger.origin import NOWHERE, Origin, begin, current
from stampbook.merging.merges import SELECT, Merge, merge_of
from stampbook.programs import auditing
from stampbook.storage.store import Store, Transacting

MERGED, UNDONE = range(2)
"""The steps of a merge that the audit log has, in their order."""


class _From(NamedTuple):
    """Where a request came from that has ended."""

    address: str


async def note(store: Store, done: int) -> None:
    """Write the merges and undos that the audit log does not have yet.

    It is called after each, whose number is `done`, and also writes what a crash has left out.
    """
    for row in await store.fetch(
        f"{SELECT} WHERE audited < (CASE WHEN undone_at IS NULL THEN 1 ELSE 2 END)"
        " ORDER BY merge_id"
    ):
        merge, outer = merge_of(row), current()
        for step in range(merge.audited, MERGED + 1 if merge.undone_at is None else UNDONE + 1):
            if step == MERGED:
                begin(_origin_of(merge))
            else:
                # `merges` does not keep who has undone.
                begin(outer if merge.merge_id == done else NOWHERE)
            try:
                async with store.transaction() as writing:
                    await _note(writing, merge, step)
            finally:
                begin(outer)


def _origin_of(merge: Merge) -> Origin:
    """Who has merged."""
    return Origin(
        merge.dialect,
        merge.request_id,
        source=None if merge.address is None else _From(merge.address),
        api_key_id=merge.api_key_id,
        user_id=merge.user_id,
    )


async def _note(writing: Transacting, merge: Merge, step: int) -> None:
    touched = await writing.execute(
        "UPDATE merges SET audited = $2 WHERE merge_id = $1 AND tenant_id = $4 AND audited = $3",
        merge.merge_id,
        step + 1,
        step,
        merge.tenant_id,
    )
    if not touched:  # another process was faster
        return
    into = auditing.entity_of(auditing.MEMBER, merge.into_id)
    was_undone = step == UNDONE and merge.undone_at is not None
    await auditing.record(
        writing,
        tenant=merge.tenant_id,
        action="member.unmerged" if was_undone else "member.merged",
        now=merge.undone_at if was_undone and merge.undone_at else merge.merged_at,
        entity=auditing.entity_of(auditing.MEMBER, merge.member_id),
        program=merge.program_id,
        changes={
            "merged_into": {
                "before": into if was_undone else None,
                "after": None if was_undone else into,
            }
        },
        reason=None if was_undone else merge.reason,
    )
