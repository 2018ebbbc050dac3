"""`/visits`: docs/reference/native-api-visits.md."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids, journal
from stampbook.dialects.native.answers import problem_answer, refusal_problem
from stampbook.dialects.native.bodies import read
from stampbook.dialects.native.call import Call, answer
from stampbook.dialects.native.endpoints import Endpoint
from stampbook.dialects.native.locations import find_location
from stampbook.dialects.native.problems import invalid_field, not_found
from stampbook.dialects.native.wire_ledger import transaction_shape
from stampbook.dialects.native.wire_programs import read_instant
from stampbook.dialects.native.wire_visits import (
    ATTENDANCE,
    LINE,
    LOCATION,
    PAYMENT,
    VISIT,
    LineBody,
    PaymentBody,
    VisitBody,
    VisitChange,
    VisitShape,
    WithdrawalBody,
    WithdrawnShape,
    line_of,
    read_money,
    visit_shape,
)
from stampbook.dialects.native.writing import find_answer, remember, write_once
from stampbook.domain.refusals import Code, Refusal
from stampbook.edge.answers import Answer
from stampbook.ledger.outcomes import Outcome
from stampbook.programs.accounts import Account
from stampbook.storage.store import Transacting, UniqueViolation
from stampbook.visits import changing, earning, editing, paying, reading, recording
from stampbook.visits.attempting import Bill, House
from stampbook.visits.changing import Edit
from stampbook.visits.model import SCALE, Line, Record, Visit
from stampbook.visits.recording import Numbers
from stampbook.visits.withdrawing import Ask

GET, POST, PATCH = "GET", "POST", "PATCH"
PUT, DELETE = "PUT", "DELETE"
READ, WRITE, CANCEL, ADMIN = "read", "ledger:write", "ledger:cancel", "admin"

_visit_body = Decoder(VisitBody)
_visit_change = Decoder(VisitChange)
_payment_body = Decoder(PaymentBody)
_withdrawal_body = Decoder(WithdrawalBody)


# -- visits --------------------------------------------------------------------------


async def create_visit(call: Call) -> Answer:
    body = read(_visit_body, call.body)

    async def write(writing: Transacting) -> Answer:
        visit = await _new_visit(call, writing, body)
        number, numbers = await recording.create(writing, visit, now=call.context.clock())
        return answer(201, visit_shape(visit._replace(number=number), numbers))

    return await write_once(call, write)


async def _new_visit(call: Call, db: Transacting, body: VisitBody) -> Visit:
    """Raises Failure (404, 422)."""
    place = finding.body_id(LOCATION, body.location_id, "/location_id")
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
            number = finding.body_id(LINE, body.id, f"/lines/{at}/id")
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


async def get_visit(call: Call) -> Answer:
    return answer(200, visit_shape(await _visit(call)))


async def change_visit(call: Call) -> Answer:
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


async def add_payment(call: Call) -> Answer:
    body = read(_payment_body, call.body)
    amount = read_money(body.amount, "/amount", least=1)
    now = call.context.clock()

    def edit(visit: Visit) -> Visit:
        return editing.pay(visit, amount, desk=body.desk, now=now, comment=body.comment)

    return await _change(call, await _visit(call), edit)


async def remove_payment(call: Call) -> Answer:
    number = call.id(PAYMENT, "payment_id")
    visit = await _visit(call)
    if all(payment.number != number for payment in visit.payments):
        known = await find_answer(call, call.context.store)
        if known is None:
            raise not_found("the visit has no such payment")
        return known
    return await _change(call, visit, lambda each: editing.remove_payments(each, [number]))


async def _visit(call: Call) -> Visit:
    """The visit of the path, within the caller's bounds. Raises Failure (404)."""
    number = call.id(VISIT)
    found = await reading.get(call.context.store, number, tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program):
        raise not_found("there is no such visit")
    return found


async def _change(call: Call, visit: Visit, edit: Edit, *, anew: bool = False) -> Answer:
    """Change the bill, once for the request's key; then the visit earns what it is worth."""
    sealed: list[Answer] = []

    async def guard() -> None:
        known = await find_answer(call, call.context.store)
        if known is not None:
            raise _Done(known)

    async def seal(writing: Transacting, numbers: Numbers, after: Visit) -> None:
        sealed.append(answer(200, visit_shape(after, numbers)))
        await remember(call, writing, sealed[-1])

    ask = _ask(call)
    try:
        outcome = await changing.change(
            _house(call),
            _bill(call, visit),
            edit,
            ask,
            seal=seal,
            guard=guard if call.headers.idempotency_key is not None else None,
            dry_run=call.dry_run,
        )
    except _Done as done:
        await earning.earn(_house(call), _bill(call, visit), ask, anew=anew)
        return done.worded
    except UniqueViolation:
        known = await find_answer(call, call.context.store)
        if known is None:
            raise
        return known
    if isinstance(outcome, Refusal):
        return _refused(call, outcome, 0)
    if call.dry_run:
        return answer(200, visit_shape(outcome))
    await earning.earn(_house(call), _bill(call, visit), ask, anew=anew)
    return sealed[-1]


class _Done(Exception):
    """Another request with the same key has done it."""

    def __init__(self, worded: Answer) -> None:
        super().__init__()
        self.worded = worded


# -- withdrawals ---------------------------------------------------------------------


async def withdraw(call: Call) -> Answer:
    body = read(_withdrawal_body, call.body)
    visit = await _visit(call)
    number = finding.body_id(ids.ACCOUNT, body.account_id, "/account_id")
    account, scale = await _card(call, visit, number)
    amount = read_money(body.amount, "/amount", least=1, scale=scale)
    outcome = await paying.withdraw(
        _house(call),
        _bill(call, visit),
        account.account_id,
        _ask(call, amount),
        key=call.headers.idempotency_key,
        dry_run=call.dry_run,
    )
    return await _withdrawn(call, visit, account, outcome, scale)


async def cancel_withdrawal(call: Call) -> Answer:
    visit = await _visit(call)
    account, scale = await _card(call, visit, call.id(ids.ACCOUNT, "account_id"))
    outcome = await paying.cancel_withdrawal(
        _house(call),
        _bill(call, visit),
        account.account_id,
        _ask(call),
        key=call.headers.idempotency_key,
        dry_run=call.dry_run,
    )
    return await _withdrawn(call, visit, account, outcome, scale)


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
) -> Answer:
    number = account.account_id
    if isinstance(outcome, Refusal):
        return _refused(call, outcome, number, scale)
    expiries = outcome.expiries
    if expiries is None:
        expiries = await journal.expiries(call.context.store, outcome.transactions)
    shape = WithdrawnShape(
        ids.write(VISIT, visit.number),
        ids.write(ids.ACCOUNT, number),
        [transaction_shape(row, scale, expiries) for row in outcome.transactions],
    )
    return answer(200, shape, replayed=outcome.replayed)


def _refused(call: Call, refusal: Refusal, account: int, scale: int = SCALE) -> Answer:
    if refusal.code is Code.NOT_FOUND:
        raise not_found(refusal.detail)
    return problem_answer(
        refusal_problem(refusal, account=account, scale=scale, request_id=call.request_id)
    )


def _house(call: Call) -> House:
    return House(call.context.store, call.context.ledger, call.context.visits)


def _ask(call: Call, amount: int = 0) -> Ask:
    """What the caller wants of a bill, and may do to it."""
    return Ask(amount, actor=call.actor, may_give_back=call.caller.may(CANCEL))


def _bill(call: Call, visit: Visit) -> Bill:
    return Bill(call.caller.tenant, visit.number)


ENDPOINTS = (
    Endpoint(POST, "/v1/visits", create_visit, WRITE,
             "Record a visit", VisitShape, 201, VisitBody),
    Endpoint(GET, "/v1/visits/{id}", get_visit, READ,
             "Read a visit", VisitShape),
    Endpoint(PATCH, "/v1/visits/{id}", change_visit, WRITE,
             "Change a visit", VisitShape, body=VisitChange),
    Endpoint(POST, "/v1/visits/{id}/payments", add_payment, WRITE,
             "Pay money for a visit", VisitShape, body=PaymentBody),
    Endpoint(DELETE, "/v1/visits/{id}/payments/{payment_id}", remove_payment, CANCEL,
             "Take a payment back", VisitShape),
    Endpoint(POST, "/v1/visits/{id}/withdrawals", withdraw, WRITE,
             "Pay for a visit with points", WithdrawnShape, body=WithdrawalBody),
    Endpoint(DELETE, "/v1/visits/{id}/withdrawals/{account_id}", cancel_withdrawal, CANCEL,
             "Take an account's withdrawal back", WithdrawnShape),
)  # fmt: skip
