"""`/visits`: docs/reference/native-api-visits.md."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.ledger.moving import dated, shapes_of
from stampbook.dialects.native.problems import (
    Failure,
    invalid_field,
    invalid_parameter,
    not_found,
    refused,
)
from stampbook.dialects.native.programs.locations import find_location
from stampbook.dialects.native.wire.ledger import MAX_REASON
from stampbook.dialects.native.wire.money import read_money
from stampbook.dialects.native.wire.values import read_instant
from stampbook.dialects.native.wire.visits import (
    ATTENDANCE,
    LineBody,
    PaymentBody,
    VisitBody,
    VisitChange,
    VisitShape,
    WithdrawalBody,
    WithdrawnShape,
    line_of,
    visit_shape,
)
from stampbook.dialects.native.writing import find_reply, remember, write_once
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Outcome
from stampbook.programs.accounts import Account
from stampbook.storage.store import Transacting, UniqueViolation
from stampbook.visits import changing, earning, editing, paying, reading, recording
from stampbook.visits.attempting import Bill
from stampbook.visits.changing import Earns, Edit
from stampbook.visits.model import SCALE, Line, Record, Visit
from stampbook.visits.recording import Numbers
from stampbook.visits.withdrawing import Ask

_visit_body = Decoder(VisitBody)
_visit_change = Decoder(VisitChange)
_payment_body = Decoder(PaymentBody)
_withdrawal_body = Decoder(WithdrawalBody)


# -- visits --------------------------------------------------------------------------


async def create_visit(call: Call) -> Reply:
    body = read(_visit_body, call.body)

    async def write(writing: Transacting) -> VisitShape:
        visit = await _new_visit(call, writing, body)
        number, numbers = await recording.create(writing, visit, now=call.context.clock())
        return visit_shape(visit._replace(number=number), numbers)

    return await write_once(call, write)


async def _new_visit(call: Call, db: Transacting, body: VisitBody) -> Visit:
    """Raises Failure (404, 422)."""
    place = finding.body_id(ids.LOCATION, body.location_id, "/location_id")
    location = await find_location(call, db, place)
    member = 0
    if body.member_id is not None:
        number = finding.body_id(ids.MEMBER, body.member_id, "/member_id")
        found = await finding.member(call, db, number)
        if found.program_id != location.program:
            raise not_found("/member_id: the location's program has no such member")
        member = found.member_id
    now = call.context.clock()
    starts_at = read_instant(body.starts_at, "/starts_at")
    starts_at = now if starts_at is None else starts_at
    attendance = ATTENDANCE[body.attendance]
    visit = Visit(
        number=0,
        version=0,
        tenant=location.tenant,
        program=location.program,
        location=location.number,
        member=member,
        attendance=attendance,
        starts_at=starts_at,
        comment=body.comment,
        created_at=now,
    )
    record = Record(0, 0, body.staff, starts_at, body.length_s, attendance, body.comment, now, now)
    visit = editing.add_record(visit, record)
    return _with_lines(visit, visit.records[0].number, body.lines)


def _with_lines(visit: Visit, record: int, lines: Sequence[LineBody]) -> Visit:
    """The visit with these lines in the appointment, and no others. Raises Failure (404, 422)."""
    own = {line.number for line in visit.lines if line.record == record}
    replaced: dict[int, Line | None] = dict.fromkeys(own)
    added = []
    for at, body in enumerate(lines):
        number = 0
        if body.id is not None:
            number = finding.body_id(ids.LINE, body.id, f"/lines/{at}/id")
            if replaced.get(number, own) is not None:
                raise not_found(f"/lines/{at}/id: the visit has no such line, or it is named twice")
        line = line_of(body, f"/lines/{at}", number=number, record=record)
        if number:
            replaced[number] = line
        else:
            added.append(line)
    visit = editing.replace_lines(visit, replaced)
    for line in added:
        visit = editing.add_line(visit, line)
    return visit


async def get_visit(call: Call) -> VisitShape:
    return visit_shape(await _visit(call))


async def change_visit(call: Call) -> Reply | VisitShape:
    body = read(_visit_change, call.body)
    visit = await _visit(call)
    if body.lines is not UNSET and not visit.records:
        raise invalid_field("/lines", "the visit has no appointment any more")

    def edit(visit: Visit) -> Visit:
        if body.attendance is not UNSET:
            attendance = ATTENDANCE[body.attendance]
            records = tuple(each._replace(attendance=attendance) for each in visit.records)
            visit = visit._replace(attendance=attendance, records=records)
        if body.comment is not UNSET:
            visit = visit._replace(comment=body.comment)
        if body.lines is not UNSET and visit.records:
            visit = _with_lines(visit, visit.records[0].number, body.lines)
        return visit

    return await _change(call, visit, edit, anew=True)


async def add_payment(call: Call) -> Reply | VisitShape:
    body = read(_payment_body, call.body)
    amount = read_money(body.amount, "/amount", least=1)
    now = call.context.clock()

    def edit(visit: Visit) -> Visit:
        return editing.pay(visit, amount, desk=body.desk, now=now, comment=body.comment)

    return await _change(call, await _visit(call), edit)


async def remove_payment(call: Call) -> Reply | VisitShape:
    number = call.id(ids.PAYMENT, "payment_id")
    visit = await _visit(call)
    if all(payment.number != number for payment in visit.payments):
        known = await find_reply(call, call.context.store)
        if known is None:
            raise not_found("the visit has no such payment")
        return known
    return await _change(call, visit, lambda each: editing.remove_payments(each, [number]))


async def _visit(call: Call) -> Visit:
    """The visit of the path, within the caller's bounds. Raises Failure (404)."""
    number = call.id(ids.VISIT)
    found = await reading.get(call.context.store, number, tenant=call.caller.tenant)
    if found is None or not call.caller.enters(found.program, found.location):
        raise not_found("there is no such visit")
    return found


async def _change(
    call: Call, visit: Visit, edit: Edit, *, anew: bool = False
) -> Reply | VisitShape:
    """Change the bill, once for the request's key; then the visit earns what it is worth."""
    sealed: list[VisitShape] = []

    async def guard() -> None:
        known = await find_reply(call, call.context.store)
        if known is not None:
            raise _Done(known)

    async def seal(writing: Transacting, numbers: Numbers, after: Visit) -> None:
        sealed.append(visit_shape(after, numbers))
        await remember(call, writing, sealed[-1])

    ask = _ask(call)
    try:
        outcome = await changing.change(
            call.context.house,
            _bill(call, visit),
            edit,
            ask,
            seal=seal,
            guard=guard if call.key is not None else None,
            dry_run=call.dry_run,
            earns=Earns.ANEW if anew else Earns.FIRST,
        )
    except _Done as done:
        await earning.earn(call.context.house, _bill(call, visit), ask, anew=anew)
        return done.reply
    except UniqueViolation:
        known = await find_reply(call, call.context.store)
        if known is None:
            raise
        return known
    if isinstance(outcome, Refusal):
        raise _refused(outcome, 0)
    if call.dry_run:
        return visit_shape(outcome)
    await earning.earn(call.context.house, _bill(call, visit), ask, anew=anew)
    return sealed[-1]


class _Done(Exception):
    """Another request with the same key has done it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


# -- withdrawals ---------------------------------------------------------------------


async def withdraw(call: Call) -> Reply:
    body = read(_withdrawal_body, call.body)
    visit = await _visit(call)
    number = finding.body_id(ids.ACCOUNT, body.account_id, "/account_id")
    account, scale = await _card(call, visit, number)
    amount = read_money(body.amount, "/amount", least=1, scale=scale)
    outcome = await paying.withdraw(
        call.context.house,
        _bill(call, visit),
        account.account_id,
        _ask(call, amount),
        key=call.key,
        dry_run=call.dry_run,
    )
    return await _withdrawn(call, visit, account, outcome, scale)


async def cancel_withdrawal(call: Call) -> Reply:
    visit = await _visit(call)
    account, scale = await _card(call, visit, call.id(ids.ACCOUNT, "account_id"))
    outcome = await paying.cancel_withdrawal(
        call.context.house,
        _bill(call, visit),
        account.account_id,
        _ask(call)._replace(reason=_reason(call)),
        key=call.key,
        dry_run=call.dry_run,
    )
    return await _withdrawn(call, visit, account, outcome, scale)


def _reason(call: Call) -> str | None:
    """Raises Failure (422)."""
    text = call.query.get("reason")
    if text is not None and not 1 <= len(text) <= MAX_REASON:
        raise invalid_parameter("reason", f"must be a text of 1 to {MAX_REASON} characters")
    return text


async def _card(call: Call, visit: Visit, number: int) -> tuple[Account, int]:
    """An account that can pay for the visit, and its scale. Raises Failure (404, 422)."""
    account = await finding.account(call, number)
    denomination = await call.context.ledger.denominations.of(number)
    if account.program_id != visit.program or denomination is None:
        raise not_found("the visit's program has no such account")
    if denomination.scale > SCALE:
        raise invalid_field("/account_id", "only a currency of scale 0 to 2 pays for visits")
    return account, denomination.scale


async def _withdrawn(
    call: Call, visit: Visit, account: Account, outcome: Outcome, scale: int
) -> Reply:
    number = account.account_id
    if isinstance(outcome, Refusal):
        raise _refused(outcome, number, scale)
    shape = WithdrawnShape(
        ids.write(ids.VISIT, visit.number),
        ids.write(ids.ACCOUNT, number),
        shapes_of(await dated(call, outcome)),
    )
    return Reply(shape, outcome.replayed)


def _refused(refusal: Refusal, account: int, scale: int = SCALE) -> Failure:
    if refusal.code is Code.NOT_FOUND:
        return not_found(refusal.detail)
    return refused(refusal, account=account, scale=scale)


def _ask(call: Call, amount: int = 0) -> Ask:
    """What the caller wants of a bill, and may do to it."""
    return Ask(amount, actor=call.actor, may_give_back=call.caller.may("ledger:cancel"))


def _bill(call: Call, visit: Visit) -> Bill:
    return Bill(call.caller.tenant, visit.number)
