"""`/programs/{id}/members`, `/members/{id}`, and accounts."""

from collections.abc import Sequence
from contextlib import nullcontext, suppress

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import invalid_parameter, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.programs import (
    AccountBody,
    AccountShape,
    MemberBody,
    MemberChange,
    MemberShape,
    account_shape,
    member_shape,
)
from stampbook.dialects.native.wire.values import given, metadata_text
from stampbook.dialects.native.writing import write_once
from stampbook.ledger.joint import JointRefused
from stampbook.loyalty.events.joining import welcome
from stampbook.programs import accounts, members
from stampbook.programs.members import Member
from stampbook.programs.searching import people
from stampbook.storage.store import Transacting

LOOKUPS = frozenset({"external_id", "email", "phone"})

CHOICES = (("order", ("asc", "desc")), ("status", ("active", "inactive")))

LATEST = 2**53

_member_body = Decoder(MemberBody)
_member_change = Decoder(MemberChange)
_account_body = Decoder(AccountBody)


async def create_member(call: Call) -> Reply:
    """Where rules are for new members, their points are there when the answer is sent."""
    body = read(_member_body, call.body)
    made: list[Member] = []

    async def write(writing: Transacting) -> MemberShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        member = await members.create(
            writing,
            program,
            now=call.context.clock(),
            external_id=body.external_id,
            email=body.email,
            phone=body.phone,
            name=body.name,
            metadata=metadata_text(body.metadata),
            status=body.status,
        )
        made[:] = [member]
        return member_shape(member)

    reply = await write_once(call, write)
    if made and not call.dry_run:
        with suppress(JointRefused):  # the worker does it when the ledger is less busy
            await welcome(call.context.awarding, made[0].member_id)
    return reply


async def list_members(call: Call) -> Page[MemberShape]:
    """All, or those of a status, or those whom the lookups name; `q` looks into ids, names,
    addresses and phones. They come in the order of their numbers; with `order=desc`, which is not
    for lookups, the newest first."""
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    limit = finding.limit(call)
    after = finding.cursor(call, ids.MEMBER) or 0
    order, status = (_unless_sought(call, *each) for each in CHOICES)
    if status is not None or order == "desc":
        # Those of a status may be few among many: such a list is read in its turn, as a search is.
        async with call.context.scans.turn() if status is not None else nullcontext():
            listed = await members.page(
                call.context.store,
                program.program_id,
                after=after,
                before=(after or LATEST) if order == "desc" else None,
                status=status,
                limit=limit + 1,
            )
        return page_of([member_shape(each) for each in listed], limit)
    found = await _matching(call, program.program_id, after, limit + 1)
    return page_of([member_shape(each) for each in found], limit)


def _unless_sought(call: Call, name: str, choices: Sequence[str]) -> str | None:
    """The parameter, which is one of these and only for lists without lookups, except for the first
    order. Raises Failure (422)."""
    chosen = call.query.get(name)
    if chosen is None:
        return None
    if chosen not in choices:
        raise invalid_parameter(name, f"must be {' or '.join(choices)}")
    if chosen != "asc" and not LOOKUPS.union({"q"}).isdisjoint(call.query):
        raise invalid_parameter(name, f"{chosen} cannot be combined with a lookup")
    return chosen


async def _matching(call: Call, program: int, after: int, limit: int) -> list[Member]:
    store = call.context.store
    lookups = {name: call.query[name] for name in LOOKUPS if name in call.query}
    text = call.query.get("q")
    if lookups and text is not None:
        raise invalid_parameter("q", "cannot be combined with external_id, email or phone")
    if lookups:
        found = await members.find(store, program, **lookups)
        return [each for each in found if each.member_id > after][:limit]
    if text:
        async with call.context.scans.turn():
            return await people.containing(store, program, text, after=after, limit=limit)
    return await members.page(store, program, after=after, limit=limit)


async def get_member(call: Call) -> MemberShape:
    """Also of one who was merged, with who has taken over, and of one who was erased."""
    member = await finding.member(call, call.context.store, call.id(ids.MEMBER), deleted=True)
    is_known = member.merged_into is not None or member.erased_at is not None
    if member.deleted_at is not None and not is_known:
        raise not_found("there is no such member")
    return member_shape(member)


async def change_member(call: Call) -> Reply:
    change = given(read(_member_change, call.body))
    if "metadata" in change:
        change["metadata"] = metadata_text(change["metadata"])
    moved: list[int] = []

    async def write(writing: Transacting) -> MemberShape:
        member = await finding.member(call, writing, call.id(ids.MEMBER))
        if change:
            member, touched = await members.update(
                writing,
                member.member_id,
                change,
                tenant=call.caller.tenant,
                now=call.context.clock(),
            )
            moved.extend(touched)
        return member_shape(member)

    worded = await write_once(call, write)
    call.context.ledger.forget(moved)
    return worded


async def delete_member(call: Call) -> Reply:
    """The member leaves: their accounts close, and everything recorded stays."""
    moved: list[int] = []

    async def write(writing: Transacting) -> MemberShape:
        member = await finding.member(call, writing, call.id(ids.MEMBER))
        now = call.context.clock()
        moved.extend(
            await members.delete(writing, member.member_id, tenant=call.caller.tenant, now=now)
        )
        gone = member._replace(status="deleted", updated_at=now)
        return member_shape(gone)

    worded = await write_once(call, write)
    call.context.ledger.forget(moved)
    return worded


async def list_accounts(call: Call) -> Page[AccountShape]:
    """A member's accounts; also of one who was deleted."""
    store = call.context.store
    limit = finding.limit(call)
    after = finding.cursor(call, ids.ACCOUNT) or 0
    member = await finding.member(call, store, call.id(ids.MEMBER), deleted=True)
    found = await accounts.of_member(store, member.member_id)
    shown = [account_shape(each) for each in found if each.account_id > after]
    return page_of(shown, limit)


async def create_account(call: Call) -> Reply:
    body = read(_account_body, call.body)
    member_id = finding.body_id(ids.MEMBER, body.member_id, "/member_id")
    currency_id = finding.body_id(ids.CURRENCY, body.currency_id, "/currency_id")

    async def write(writing: Transacting) -> AccountShape:
        member = await finding.member(call, writing, member_id)
        currency = await finding.currency(call, writing, currency_id)
        if currency.program_id != member.program_id:
            raise not_found("/currency_id: the member's program has no such currency")
        account = await accounts.open_account(
            writing,
            member,
            currency,
            shards=call.context.store.shards,
            number=body.number,
            now=call.context.clock(),
        )
        return account_shape(account)

    return await write_once(call, write)


async def get_account(call: Call) -> AccountShape:
    return account_shape(await finding.account(call, call.id(ids.ACCOUNT)))
