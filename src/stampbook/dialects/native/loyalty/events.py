"""`/programs/{id}/custom_events`, `/custom_events/{id}` and segments:
docs/reference/native-api-rules.md."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from msgspec.json import Decoder, encode

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.loyalty.naming import NOT_THERE, named
from stampbook.dialects.native.loyalty.wire.events import (
    CustomEventBody,
    EventShape,
    RestoredShape,
    SegmentEntryBody,
    SegmentEntryShape,
    TakenShape,
    entry_shape,
    event_shape,
    restored_shape,
    taken_shape,
)
from stampbook.dialects.native.problems import invalid_field, not_found
from stampbook.dialects.native.wire.values import read_instant, small_metadata
from stampbook.dialects.native.writing import failure_of, join_once, write_once
from stampbook.domain.commands import Note
from stampbook.ledger.joint import Joint, JointRefused, Known, with_result
from stampbook.loyalty.events import alone, cancelling, segments, storing
from stampbook.loyalty.events.awarding import note_given, request, rivals
from stampbook.loyalty.events.model import Judged, Occurrence, member_guard
from stampbook.loyalty.model import Trigger
from stampbook.loyalty.rewards import grants
from stampbook.programs import currencies
from stampbook.storage.fingerprints import fingerprint
from stampbook.storage.store import Transacting

MAX_SEGMENT = 255

_custom_event_body = Decoder(CustomEventBody)
_segment_entry_body = Decoder(SegmentEntryBody)


async def scales_of(call: Call, program: int) -> dict[int, int]:
    """The decimals of the program's currencies, by number."""
    scales: dict[int, int] = {}
    after = 0
    while found := await currencies.page(call.context.store, program, after=after, limit=200):
        scales.update((each.currency_id, each.scale) for each in found)
        after = found[-1].currency_id
    return scales


def instant_of(call: Call, text: str | None) -> int | None:
    """An instant that does not lie in the future. Raises Failure (422)."""
    at = read_instant(text, "/effective_at")
    if at is not None and at > call.context.clock():
        raise invalid_field("/effective_at", "must not lie in the future")
    return at


async def _occurrence(
    call: Call,
    program: int,
    member_id: str,
    kind: Trigger,
    name: str,
    external_id: str,
    effective_at: str | None,
    metadata: dict[str, Any],
) -> Occurrence:
    """What a body says has happened to a member of the program; of one who was merged or deleted
    since, what is stored already. Raises Failure."""
    store = call.context.store
    find = partial(finding.member, call, store, deleted=True)
    found = await named(find, ids.MEMBER, member_id, "/member_id", program=program)
    number = found.member_id
    if found.deleted_at is not None:
        stored = await storing.by_external_id(store, program, kind, external_id)
        if stored is None or stored.member_id != number:
            raise invalid_field("/member_id", NOT_THERE)
    return _described(call, program, number, kind, name, external_id, effective_at, metadata)


def _described(
    call: Call,
    program: int,
    number: int,
    kind: Trigger,
    name: str,
    external_id: str,
    effective_at: str | None,
    metadata: dict[str, Any],
) -> Occurrence:
    """The same of a member that was found. Raises Failure."""
    text = small_metadata(metadata)
    content = {
        "member": number,
        "name": name,
        "effective_at": effective_at,
        "metadata": encode(metadata, order="deterministic").decode(),
    }
    return Occurrence(
        tenant=call.caller.tenant,
        program=program,
        member=number,
        kind=kind,
        effective_at=instant_of(call, effective_at),
        external_id=external_id,
        fingerprint=fingerprint(content),
        name=name,
        metadata=text,
    )


async def create_custom_event(call: Call) -> Reply:
    body = read(_custom_event_body, call.body)
    given_at_once = await _give_alone(call, body)
    if given_at_once is not None:
        return Reply(given_at_once, False)
    awarding = call.context.awarding
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    scales = await scales_of(call, program.program_id)
    what = await _occurrence(
        call,
        program.program_id,
        body.member_id,
        Trigger.CUSTOM_EVENT,
        body.name,
        body.external_id,
        body.effective_at,
        body.metadata,
    )
    given: list[Judged] = []

    def answer(judged: tuple[Judged, ...]) -> EventShape:
        given[:] = judged
        return event_shape(judged[0], scales)

    async def build() -> Joint | Known:
        return with_result(await request(awarding, [what], dry_run=call.dry_run), answer)

    async with awarding.turns.of(await rivals(awarding, [what])):
        reply = await join_once(call, build)
    return _noted(call, reply, given)


async def _give_alone(call: Call, body: CustomEventBody) -> EventShape | None:
    """The answer if the event needs nothing but one account, and all else is remembered."""
    awarding, tenant = call.context.awarding, call.caller.tenant
    member = ids.read(ids.MEMBER, body.member_id)
    if call.dry_run or call.key is not None or member is None:
        return None
    known = awarding.acquaintances.of(member, tenant=tenant)
    program = call.id(ids.PROGRAM)
    if known is None or known.program.program_id != program or not finding.in_bounds(call, program):
        return None
    what = _described(
        call,
        program,
        member,
        Trigger.CUSTOM_EVENT,
        body.name,
        body.external_id,
        body.effective_at,
        body.metadata,
    )
    try:
        judged = await alone.give(awarding, what)
    except JointRefused as refusal:
        raise await failure_of(call, refusal) from None
    if judged is None:
        return None
    scales = {number: each.currency.scale for number, each in known.open_to.items()}
    return event_shape(judged, scales)


def _noted(call: Call, reply: Reply, given: list[Judged]) -> Reply:
    if not call.dry_run:
        note_given(call.context.awarding, given)
    if any(judged.replayed for judged in given):
        return reply._replace(replayed=True)
    return reply


async def get_custom_event(call: Call) -> EventShape:
    store = call.context.store
    number = await _event(call)
    event = await storing.get(store, number, tenant=call.caller.tenant)
    assert event is not None
    held = await storing.awards_of(store, number, tenant=call.caller.tenant)
    granted = await grants.of_events(store, [number], tenant=call.caller.tenant)
    judged = Judged(
        event,
        tuple(each.award for each in held),
        tuple(each.grant for each in granted.get(number, ())),
        {each.grant.grant_id: code.code for each in granted.get(number, ()) for code in each.codes},
    )
    in_force = {each.award.award_id: each.in_force for each in held}
    return event_shape(judged, await scales_of(call, event.program_id), in_force)


async def _event(call: Call) -> int:
    """The number of the custom event of the path. Raises Failure (404)."""
    number = call.id(ids.EVENT)
    event = await storing.get(call.context.store, number, tenant=call.caller.tenant)
    if (
        event is None
        or event.kind is not Trigger.CUSTOM_EVENT
        or not finding.in_bounds(call, event.program_id)
    ):
        raise not_found("there is no such custom event")
    return number


async def cancel_custom_event(call: Call) -> Reply:
    """Take back what the event gave; a repeat answers the event as it is."""
    return await _undo(call, cancelling.request, taken_shape)


async def restore_custom_event(call: Call) -> Reply:
    """Undo the cancel; a repeat answers the event as it is."""
    return await _undo(call, cancelling.request_restore, restored_shape)


async def _undo(
    call: Call,
    request: Callable[..., Awaitable[Joint | Known]],
    shape: Callable[[cancelling.Taken, Mapping[int, int]], TakenShape | RestoredShape],
) -> Reply:
    awarding, number = call.context.awarding, await _event(call)
    event = await storing.get(call.context.store, number, tenant=call.caller.tenant)
    assert event is not None
    scales = await scales_of(call, event.program_id)

    async def build() -> Joint | Known:
        made = await request(
            awarding,
            number,
            tenant=call.caller.tenant,
            note=Note(actor=call.actor),
            dry_run=call.dry_run,
        )
        return with_result(made, lambda taken: shape(taken, scales))

    async with awarding.turns.of([member_guard(event.member_id)]):
        return await join_once(call, build)


# -- segments ----------------------------------------------------------------------------


async def enter_segment(call: Call) -> Reply:
    """A member enters a segment; who is inside already stays there, and nothing is recorded."""
    body = read(_segment_entry_body, call.body)
    awarding = call.context.awarding
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    scales = await scales_of(call, program.program_id)
    what = await _occurrence(
        call,
        program.program_id,
        body.member_id,
        Trigger.SEGMENT_ENTERED,
        body.segment,
        body.external_id,
        None,
        {},
    )
    given: list[Judged] = []

    def answer(judged: tuple[Judged, ...]) -> SegmentEntryShape:
        given[:] = judged
        if judged:
            return entry_shape(judged[0].event, event_shape(judged[0], scales))
        return _segment_shape(what.program, what.member, body.segment, inside=True, entered=False)

    async def build() -> Joint | Known:
        made = await segments.request_entry(awarding, what, dry_run=call.dry_run)
        return with_result(made, answer)

    async with awarding.turns.of(await rivals(awarding, [what])):
        reply = await join_once(call, build)
    return _noted(call, reply, given)


def _segment_shape(
    program: int, member: int, segment: str, *, inside: bool, entered: bool
) -> SegmentEntryShape:
    return SegmentEntryShape(
        ids.write(ids.PROGRAM, program),
        ids.write(ids.MEMBER, member),
        segment,
        inside=inside,
        entered=entered,
        event=None,
    )


async def leave_segment(call: Call) -> Reply:
    """The member leaves the segment; what its entry gave stays."""
    segment = call.path["name"]
    if not 0 < len(segment) <= MAX_SEGMENT or "\0" in segment:
        raise not_found("there is no such segment")

    async def write(writing: Transacting) -> SegmentEntryShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        member = await finding.member(call, writing, call.id(ids.MEMBER, "member_id"))
        if member.program_id != program.program_id:
            raise not_found("the program has no such member")
        now = call.context.clock()
        if not await segments.leave(writing, member.member_id, segment, now=now):
            raise not_found("the member is not in the segment")
        return _segment_shape(
            program.program_id, member.member_id, segment, inside=False, entered=False
        )

    return await write_once(call, write)


# -- trials ------------------------------------------------------------------------------
