"""`/members/{id}/merge` and `/merges`: docs/reference/native-api-merging.md."""

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import Failure, not_found
from stampbook.dialects.native.wire.merging import (
    MergeBody,
    MergedShape,
    MergeShape,
    merge_shape,
    merged_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.writing import join_once
from stampbook.ledger.joint import Joint, Known, with_result
from stampbook.loyalty.events import segments
from stampbook.merging import merges, noting, requests
from stampbook.merging.merges import Merge
from stampbook.merging.requests import HoldsOpen, LaterChange

_merge_body = Decoder(MergeBody)


async def merge_member(call: Call) -> Reply:
    """All that is open passes over, and whatever finds the old member leads to the other one."""
    body = read(_merge_body, call.body)
    call = call._replace(dry_run=call.dry_run or body.dry_run)
    into_id = finding.body_id(ids.MEMBER, body.into, "/into")
    store, now = call.context.store, call.context.clock()

    async def build() -> Joint | Known:
        member = await finding.member(call, store, call.id(ids.MEMBER))
        into = await finding.member(call, store, into_id)
        passing = await segments.passed(
            store,
            member.member_id,
            into.member_id,
            program=member.program_id,
            tenant=member.tenant_id,
            now=now,
        )
        made = await requests.request_merge(
            store,
            member,
            into,
            reason=body.reason,
            actor=call.actor,
            now=now,
            dry_run=call.dry_run,
            guards=passing.guards,
            also=passing.beside,
        )
        return with_result(made, merged_shape)

    try:
        reply = await join_once(call, build)
    except HoldsOpen as held:
        account = ids.write(ids.ACCOUNT, held.account)
        detail = "something waits for its end: commit or release it first"
        raise Failure(409, "holds_open", f"{account}: {detail}") from None
    return await _noted(call, reply)


async def undo_merge(call: Call) -> Reply:
    """While the other member still has what came. A repeat changes nothing."""
    store, now = call.context.store, call.context.clock()

    async def build() -> Joint | Known:
        merge = await _merge(call)
        passing = await segments.returned(
            store,
            merge.member_id,
            merge.into_id,
            program=merge.program_id,
            tenant=merge.tenant_id,
            merged_at=merge.merged_at,
            now=now,
        )
        made = await requests.request_undo(
            store,
            merge,
            now=now,
            dry_run=call.dry_run,
            guards=passing.guards,
            also=passing.beside,
        )
        return with_result(made, merged_shape)

    try:
        reply = await join_once(call, build)
    except LaterChange as later:
        detail = "the member who took over was deleted later"
        if later.merge is not None:
            name = ids.write(ids.MERGE, later.merge)
            detail = f"the member who took over was merged later: undo {name} first"
        raise Failure(409, "conflict", detail) from None
    return await _noted(call, reply)


async def _noted(call: Call, reply: Reply) -> Reply:
    """After the commit: the audit log has it, and nothing is remembered of the old accounts."""
    if call.dry_run:
        return reply
    value = reply.value
    done = ids.read(ids.MERGE, value.merge.id) if isinstance(value, MergedShape) else None
    await noting.note(call.context.store, done or 0)
    if isinstance(value, MergedShape):
        numbers = [ids.read(ids.ACCOUNT, each.from_account_id) for each in value.transfers]
        call.context.ledger.forget([each for each in numbers if each is not None])
    return reply


async def get_merge(call: Call) -> MergeShape:
    return merge_shape(await _merge(call))


async def list_merges(call: Call) -> Page[MergeShape]:
    """Those by which the member came or went, oldest first; also undone ones."""
    store, limit = call.context.store, finding.limit(call)
    after = finding.cursor(call, ids.MERGE) or 0
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    found = await merges.of_member(store, member.member_id, tenant=call.caller.tenant)
    return page_of([merge_shape(each) for each in found if each.merge_id > after], limit)


async def _merge(call: Call) -> Merge:
    """The merge of the path. Raises Failure (404)."""
    found = await merges.get(call.context.store, call.id(ids.MERGE), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such merge")
    return found
