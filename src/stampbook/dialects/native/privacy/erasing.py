"""`/members/{id}/erase`: docs/reference/native-api-privacy.md."""

from collections.abc import Sequence

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import Failure
from stampbook.dialects.native.wire.privacy import (
    EraseBody,
    ErasedShape,
    forfeited_shape,
)
from stampbook.dialects.native.wire.programs import member_shape
from stampbook.dialects.native.writing import failure_of, find_reply, write_once
from stampbook.ledger.joint import Joint, JointRefused, join_anew
from stampbook.merging.requests import HoldsOpen
from stampbook.privacy import erasing
from stampbook.privacy.erasing import Forfeited, HasPoints, WasMerged, Whole
from stampbook.programs.members import Member
from stampbook.storage.store import Transacting

_body = Decoder(EraseBody)


async def erase_member(call: Call) -> Reply:
    """Points are forfeited, accounts close, and nothing is left that says who it was. A repeat
    changes nothing; one after an interruption goes on."""
    body = read(_body, call.body)
    store, now = call.context.store, call.context.clock()
    found = await find_reply(call, store)
    if found is not None:
        return found
    one, lost = await _closed(call, forfeit=body.forfeit, now=now)
    if call.dry_run:
        return Reply(_shape(one, one.members[0], lost, None), False)
    search = await erasing.erase_texts(store, one)

    async def write(writing: Transacting) -> ErasedShape:
        member, gone = await erasing.finish(writing, search, reason=body.reason, now=now)
        return _shape(one, member, lost, gone)

    reply = await write_once(call, write)
    await store.purge_search()
    return reply


async def _closed(call: Call, *, forfeit: bool, now: int) -> tuple[Whole, Sequence[Forfeited]]:
    """The person, whose accounts are empty and closed. Raises Failure."""
    store, ledger = call.context.store, call.context.ledger
    wholes: list[Whole] = []

    async def build() -> Joint:
        member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
        wholes[:] = [await erasing.whole(store, member)]
        return erasing.request_close(wholes[0], forfeit=forfeit, now=now, dry_run=call.dry_run)

    try:
        joined = await join_anew(ledger.join, build)
    except WasMerged as merged:
        into = ids.write(ids.MEMBER, merged.into)
        detail = f"the member was merged into {into}, who is the same person: erase that one"
        raise Failure(409, "conflict", detail) from None
    except HoldsOpen as held:
        account = ids.write(ids.ACCOUNT, held.account)
        detail = f"{account}: something waits for its end: commit or release it first"
        raise Failure(409, "holds_open", detail) from None
    except HasPoints as has:
        account = ids.write(ids.ACCOUNT, has.account)
        detail = f"{account}: its balance is not zero: forfeit it with forfeit: true"
        raise Failure(409, "balance_not_zero", detail) from None
    except JointRefused as refusal:
        raise await failure_of(call, refusal) from None
    (one,) = wholes
    if not call.dry_run:
        ledger.forget([each.account_id for each in one.accounts])
    return one, joined.result


def _shape(one: Whole, member: Member, lost: Sequence[Forfeited], texts: int | None) -> ErasedShape:
    return ErasedShape(
        member=member_shape(member),
        member_ids=[ids.write(ids.MEMBER, each.member_id) for each in one.members],
        forfeited=[forfeited_shape(each) for each in lost],
        texts=texts,
    )
