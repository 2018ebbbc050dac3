"""The audit log and merges: it is written after the commit, as those who did it."""

from typing import NamedTuple

from stampbook.ledger.origin import Origin, begin, current
from stampbook.merging.merges import SELECT, Merge, merge_of
from stampbook.programs import auditing
from stampbook.storage.store import Store, Transacting


class _From(NamedTuple):
    """Where a request came from that has ended."""

    address: str


async def note(store: Store) -> int:
    """Write the merges and undos that the audit log does not have yet. Returns their number.

    It is called after each, which also writes what a crash has left out."""
    noted = 0
    for row in await store.fetch(
        f"{SELECT} WHERE audited < (CASE WHEN undone_at IS NULL THEN 1 ELSE 2 END)"
        " ORDER BY merge_id"
    ):
        merge, outer = merge_of(row), current()
        if not merge.audited:
            begin(
                Origin(
                    merge.dialect,
                    merge.request_id,
                    source=None if merge.address is None else _From(merge.address),
                    api_key_id=merge.api_key_id,
                    user_id=merge.user_id,
                )
            )
        try:
            async with store.transaction() as writing:
                noted += await _note(writing, merge)
        finally:
            begin(outer)
    return noted


async def _note(writing: Transacting, merge: Merge) -> int:
    step = merge.audited
    touched = await writing.execute(
        "UPDATE merges SET audited = $2 WHERE merge_id = $1 AND tenant_id = $4 AND audited = $3",
        merge.merge_id,
        step + 1,
        step,
        merge.tenant_id,
    )
    if not touched:
        return 0
    into = auditing.entity_of(auditing.MEMBER, merge.into_id)
    at = merge.undone_at if step and merge.undone_at is not None else merge.merged_at
    before, after = (into, None) if step else (None, into)
    await auditing.record(
        writing,
        tenant=merge.tenant_id,
        action="member.unmerged" if step else "member.merged",
        now=at,
        entity=auditing.entity_of(auditing.MEMBER, merge.member_id),
        program=merge.program_id,
        changes={"merged_into": {"before": before, "after": after}},
        reason=None if step else merge.reason,
    )
    return 1
