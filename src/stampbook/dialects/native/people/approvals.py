"""`/approvals`: acts of a person that another person must approve (programs/approvals.py)."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.json import Decoder, encode

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import REPLAYED, Call, Reply, read
from stampbook.dialects.native.people.asked import named_in, subject_of
from stampbook.dialects.native.problems import Failure, answer_of, invalid_parameter, not_found
from stampbook.dialects.native.wire.approvals import (
    ApprovalShape,
    DecisionBody,
    Postponed,
    approval_shape,
)
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.writing import write_once
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code
from stampbook.edge.answers import Answer
from stampbook.edge.bodies import BYTE_ORDER_MARK
from stampbook.edge.context import Context
from stampbook.edge.credentials.people import Acting, Person, caller_of, person_of
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.programs import approvals
from stampbook.programs.approvals import Approval, Asked, Status
from stampbook.programs.people.overseeing import Bounds
from stampbook.programs.roles import Role
from stampbook.storage.store import Store, Transacting

LATEST: Final = 2**53

_body = Decoder(DecisionBody)


async def postpone(context: Context, request: Request) -> Answer:
    """Keep a request that needs a second person: 202 with its approval."""
    origin, now = current(), context.clock()
    user, program = origin.user_id, origin.needs_approval
    assert user is not None
    assert program is not None
    path = request.raw_path.decode("latin-1")
    if request.query:
        path += "?" + request.query.decode("latin-1")
    asked = Asked(
        request.method,
        path,
        request.body.removeprefix(BYTE_ORDER_MARK).decode(),
        request.text(b"stampbook-actor"),
        request.text(b"idempotency-key"),
    )
    subject = subject_of(asked, anyhow=isinstance(request.state, Acting))
    async with context.store.transaction() as writing:
        approval, is_new = await approvals.request(
            writing, asked, subject=subject, program=program, user=user, now=now
        )
    answer = Answer(202, encode(Postponed(approval_shape(approval.at(now)))))
    is_own = approval.requested_by == user and approval.asked.key == asked.key is not None
    if is_new or not is_own:
        return answer
    if approval.asked != asked:
        detail = "the idempotency key was used for another request"
        raise Failure(422, "idempotency_key_reused", detail)
    return answer._replace(headers=(*answer.headers, REPLAYED))


async def approvers(store: Store, rows: Iterable[Transaction], *, tenant: int) -> dict[str, str]:
    """Who approved the requests that wrote the rows, by the request's name."""
    named = {
        number: each.who
        for each in rows
        if each.who.request_id is not None
        and (number := ids.read(ids.APPROVAL, each.who.request_id)) is not None
    }
    found: dict[str, str] = {}
    for number, who in named.items():
        approval = await approvals.get(store, number, tenant=tenant)
        if approval and approval.decided_by and approval.requested_by == who.user_id:
            found[who.request_id or ""] = ids.write(ids.USER, approval.decided_by)
    return found


async def list_approvals(call: Call) -> Page[ApprovalShape]:
    limit = finding.limit(call)
    word = call.query.get("status")
    about = call.query.get("about")
    if about is not None:
        return await _about(call, frozenset(about.split(",")), word, limit)
    if word is not None and word not in [each.value for each in Status]:
        raise invalid_parameter("status", f"must be one of {', '.join(Status)}")
    found = await approvals.page(
        call.context.store,
        tenant=call.caller.tenant,
        program=call.caller.program,
        only_of=finding.bound_user(call),
        status=None if word is None else Status(word),
        now=call.context.clock(),
        before=finding.cursor(call, ids.APPROVAL) or LATEST,
        limit=limit + 1,
    )
    return page_of([approval_shape(each) for each in found], limit)


async def _about(call: Call, names: frozenset[str], word: str | None, limit: int) -> Page[Any]:
    """Those that wait and name one of these things. They are few, so they are looked through."""
    if word != Status.PENDING:
        raise invalid_parameter("about", "needs status=pending")
    waiting = await approvals.waiting(
        call.context.store,
        tenant=call.caller.tenant,
        program=call.caller.program,
        only_of=finding.bound_user(call),
        now=call.context.clock(),
    )
    before = finding.cursor(call, ids.APPROVAL) or LATEST
    found = [
        approval_shape(each)
        for each in waiting
        if each.approval_id < before and not names.isdisjoint(named_in(each.asked))
    ]
    return page_of(found[: limit + 1], limit)


async def get_approval(call: Call) -> ApprovalShape:
    """A pending one with what it would be answered now."""
    found = await _find(call, call.context.store)
    if found.status is not Status.PENDING:
        return approval_shape(found)
    return approval_shape(found, preview=(await _try_out(call, found)).body)


async def _try_out(call: Call, found: Approval, *, rests: bool = False) -> Answer:
    """What the request would be answered now, if the caller approved it: their limits hold, too,
    where they may approve. `rests`: on what the caller has seen of accounts."""
    user, approver = call.caller.user, None
    if user is not None and user != found.requested_by:
        person = await person_of(call.context.store, user, tenant=found.tenant_id)
        if person is not None and person.user.role.covers(Role.MANAGER):
            approver = person
    path = tried_out(found.asked.path)
    return await _carry_out(call, found, path=path, approver=approver, rests=rests)


async def approve_request(call: Call) -> ApprovalShape:
    """Carry the request out, judged anew, as the one who asked.

    If it rests on what the approver has seen of accounts, nothing is decided where one has moved.
    """
    read(_body, call.body or b"{}")
    store, now, user = call.context.store, call.context.clock(), call.caller.user
    found = await _find(call, store)
    if user is None:
        raise Failure(403, "forbidden", "a person must approve, not an API key")
    if user == found.requested_by:
        raise Failure(403, "same_person", "another person must approve")
    approver = await person_of(store, user, tenant=found.tenant_id)
    if approver is None:  # disabled, less than a second ago
        raise Failure(401, "unauthenticated", "the session has ended")
    if found.status is Status.PENDING and approver.overseer and approver.overseer.limits:
        await _check_limits(call, found)
    if call.dry_run:
        return approval_shape(found)
    if current().expected and _has_moved(await _try_out(call, found, rests=True)):
        raise _moved()
    async with store.transaction() as writing:
        found = await _find(call, writing)
        if not await approvals.claim(writing, found, user=user, now=now):
            raise _decided(await _find(call, writing))
    answer = await _carry_out(call, found, path=found.asked.path, approver=approver, rests=True)
    if _has_moved(answer):
        raise _moved()
    if answer.status >= 500:
        raise Failure(503, "overloaded", "the request could not be carried out; approve it again")
    done = answer.status < 300
    async with store.transaction() as writing:
        await approvals.finish(
            writing,
            found,
            transaction=_transaction(answer.body) if done else None,
            problem=None if done else answer.body.decode(),
            now=call.context.clock(),
        )
    return approval_shape(await _find(call, store))


async def _check_limits(call: Call, found: Approval) -> None:
    """Raises Failure (403) if the act is more than the approver may do; it waits for another."""
    tried = await _try_out(call, found)
    if not _is_over(tried):
        return
    alone = await _carry_out(call, found, path=tried_out(found.asked.path), approver=None)
    if not _is_over(alone):
        figures = _refused.decode(tried.body)
        raise Failure(
            403,
            Code.LIMIT_EXCEEDED,
            "the act exceeds the limits of the one who approves it",
            limit=figures.limit,
            used=figures.used,
            asked=figures.asked,
        )


async def reject_request(call: Call) -> Reply:
    """Another person says no."""
    return await _turn_down(call, Status.REJECTED)


async def withdraw_request(call: Call) -> Reply:
    """The one who asked no longer wants it."""
    return await _turn_down(call, Status.WITHDRAWN)


async def _turn_down(call: Call, status: Status) -> Reply:
    body = read(_body, call.body or b"{}")
    user = call.caller.user

    async def write(writing: Transacting) -> ApprovalShape:
        found = await _find(call, writing)
        if user is None:
            raise Failure(403, "forbidden", "a person must decide, not an API key")
        if (status is Status.WITHDRAWN) != (user == found.requested_by):
            code = "forbidden" if status is Status.WITHDRAWN else "same_person"
            detail = "only the person who asked can withdraw, and only others can reject"
            raise Failure(403, code, detail)
        now = call.context.clock()
        changed = await approvals.turn_down(
            writing, found, status, user=user, reason=body.reason, now=now
        )
        if not changed:
            raise _decided(found)
        return approval_shape(await _find(call, writing))

    return await write_once(call, write)


async def _find(call: Call, db: Transacting) -> Approval:
    found = await approvals.get(db, call.id(ids.APPROVAL), tenant=call.caller.tenant)
    if found is None or not finding.in_bounds(call, found.program_id):
        raise not_found("there is no such approval")
    return found.at(call.context.clock())


def _decided(found: Approval) -> Failure:
    if found.status is Status.PENDING:
        return Failure(409, "conflict", "another person is just approving it")
    return Failure(409, "conflict", f"the approval is {found.status}")


def _is_over(answer: Answer) -> bool:
    return answer.status == 403 and _refused.decode(answer.body).code == Code.LIMIT_EXCEEDED


def _has_moved(answer: Answer) -> bool:
    return answer.status == 409 and _refused.decode(answer.body).code == "account_moved"


def _moved() -> Failure:
    return Failure(
        409, "account_moved", "the account has moved since; look at it, and approve again"
    )


def tried_out(path: str) -> str:
    """The path of the same request as a dry run."""
    plain, _, query = path.partition("?")
    kept = [each for each in query.split("&") if each and each != "dry_run=false"]
    return f"{plain}?{'&'.join([*kept, 'dry_run=true'])}"


async def _carry_out(
    call: Call, approval: Approval, *, path: str, approver: Person | None, rests: bool = False
) -> Answer:
    """The answer to the request, as the one who asked, with nobody else's approval to be asked.
    `rests`: on what the caller has seen of accounts, if they say it."""
    context, asked = call.context, approval.asked
    person = await person_of(context.store, approval.requested_by, tenant=approval.tenant_id)
    named = ids.write(ids.APPROVAL, approval.approval_id)
    if person is None:
        gone = Failure(403, "forbidden", "the person who asked is disabled")
        return answer_of(gone, named)
    other = None if approver is None else approver.overseer
    overseer = Bounds.approved(context.store, person.user.user_id, person.overseer, other)
    raw_path, _, query = path.partition("?")
    headers = {
        b"content-type": b"application/json",
        b"idempotency-key": (asked.key or named).encode(),
    }
    if asked.actor is not None:
        headers[b"stampbook-actor"] = asked.actor.encode()
    if rests and current().expected:
        headers[b"stampbook-expected-seq"] = ",".join(
            f"{ids.write(ids.ACCOUNT, account)}={seq}"
            for account, seq in current().expected.items()
        ).encode()
    target, rest = raw_path.encode("latin-1"), query.encode("latin-1")
    request = Request(asked.method, target, rest, headers, asked.body.encode())
    request.id = named
    request.state = Acting(caller_of(person), overseer)
    # In a task of its own: the request has an origin of its own.
    answer = await asyncio.create_task(context.carry_out(request))
    assert isinstance(answer, Answer)
    return answer


class _Row(Struct, frozen=True):
    id: str = ""


class _Made(Struct, frozen=True):
    """Where answers name the transaction that they tell of."""

    id: str = ""
    source: _Row | UnsetType = field(default=UNSET, name="from")
    transaction: _Row | UnsetType = UNSET


_made = Decoder(_Made)


class _Refused(Struct, frozen=True):
    """The code of a problem, and the figures of `limit_exceeded`."""

    code: str = ""
    limit: str | UnsetType = UNSET
    used: str | UnsetType = UNSET
    asked: str | UnsetType = UNSET


_refused = Decoder(_Refused)


def _transaction(body: bytes) -> int | None:
    """The number of the first transaction that an answer names, if it names one at its top."""
    made = _made.decode(body)
    names = [made.id, *(each.id for each in (made.source, made.transaction) if each is not UNSET)]
    return next((number for each in names if (number := ids.read(ids.TRANSACTION, each))), None)
