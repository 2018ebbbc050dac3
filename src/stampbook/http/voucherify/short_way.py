"""The short way of cancelling and activating a bucket, past the framework (http/connection.py).

What the ordinary way reads, three statements' worth, is here judged in the engine, by the book of
the account and the version of its policy that the save is guarded by. Only a plain yes comes of
that: whatever is in the way of the request sends it the ordinary way, which knows the words.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.model import FOREVER, AccountStatus, split_number
from stampbook.domain.policy import PendingType
from stampbook.domain.refusals import Code, Refusal
from stampbook.http.caller import Caller, bearer
from stampbook.http.context import Context
from stampbook.http.request_ids import new_request_id
from stampbook.http.short_paths import Answer, HeaderPairs, ShortRequest, Start, Waiting
from stampbook.http.unavailable import told
from stampbook.http.voucherify import pending
from stampbook.http.voucherify.answers import answer_of, failure_fault, fault_answer
from stampbook.http.voucherify.calls import Call, read_key, remembered_of, with_actor
from stampbook.http.voucherify.faults import Fault
from stampbook.http.voucherify.ids import Prefix, parse
from stampbook.http.voucherify.pending import Words
from stampbook.http.voucherify.schemes import Scheme
from stampbook.http.voucherify.seats import Accrued, find_lot
from stampbook.http.voucherify.transactions import Place
from stampbook.http.voucherify.windows import is_open
from stampbook.ledger.submission import Planner, Submission
from stampbook.storage.store import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)

PROGRAMS: Final = "/v2/loyalties/programs/"

WANTED: Final = frozenset(
    {b"x-app-id", b"x-app-token", b"authorization", b"stampbook-actor", b"idempotency-key"}
)
"""The headers that matter. Where one stands twice, the ordinary way chooses."""

NOT_PLAIN: Final = Refusal(Code.INVALID_REQUEST, "something is in the way")
"""What the planner says to whatever the ordinary way must answer."""


class Asked(NamedTuple):
    """A request on its way: what was asked for, and where. `lot` and `target` are numbers within
    the account: of the bucket's lot, and of the accrual that made it."""

    call: Call
    words: Words
    path: pending.Path
    place: Place
    scheme: Scheme
    lot: int
    target: int


def recognise(path: str) -> tuple[Start, str] | None:
    """Who starts a request to a hot path, and what it names; None for any other path."""
    if not path.startswith(PROGRAMS):
        return None
    name = path[len(PROGRAMS) :]
    parts = name.split("/")
    if len(parts) != 8 or parts[1::2][:3] != ["members", "cards", "pending-points"]:
        return None
    start = STARTS.get(parts[7])
    return None if start is None or "" in parts else (start, name)


def _start(words: Words, scope: str, request: ShortRequest) -> Answer | Waiting | None:
    """Ask the ledger, if all that is needed for it is remembered."""
    try:
        asked = _asked(words, scope, request)
        if asked is None:
            return None
        call = asked.call
        command = pending.command_of(call, words, asked.target)
        outcome = call.context.ledger.submit_soon(
            Submission(
                tenant=call.tenant,
                program=asked.place.program,
                account=asked.place.account,
                commands=(command,),
                key=call.key,
                planner=_planner(asked, command),
            )
        )
    except Exception as error:
        return _worded(error, None)
    return Waiting(outcome, partial(_finish, asked), partial(_finish_slowly, asked))


def _asked(words: Words, scope: str, request: ShortRequest) -> Asked | None:
    """The request, counted against its key's quota; None: not all is known, nothing is counted."""
    context = request.context
    program, _, member, _, card, _, bucket, _ = request.name.split("/")
    head = _head(request.headers)
    caller = None if head is None else _caller(context, head)
    if head is None or caller is None or not caller.may(scope) or request.body not in (b"", b"{}"):
        return None
    try:
        key = read_key(head.get(b"idempotency-key"))
    except Fault:
        return None
    account, lot = parse(Prefix.CARD, card), parse(Prefix.PENDING_BUCKET, bucket)
    book = None if account is None else context.ledger.glimpse(account)
    if book is None or lot is None or not _is_his(book, caller, program, member):
        return None
    owner, seq = split_number(lot)
    known = book.lots.get(seq) if owner == account else None
    remembered = remembered_of(context)
    scheme = remembered.schemes.get(book.currency, version=book.policy.version)
    if known is None or scheme is None:
        return None
    now = context.clock()
    standing = remembered.quota.take(caller.api_key_id, now=now)
    if standing is None:
        return None
    call = Call(context, caller, remembered, now, request.path, (), request.body, key, standing)
    place = Place(
        program=book.program,
        member=book.member,
        account=book.number,
        definition=scheme.definition,
        customer_id="",  # which transactions do not tell
        policy=book.policy,
    )
    return Asked(call, words, (program, member, card, bucket), place, scheme, seq, known.accrued_by)


def _head(headers: HeaderPairs) -> dict[bytes, str] | None:
    head: dict[bytes, str] = {}
    for name, value in headers:
        if name in WANTED:
            if name in head:
                return None
            head[name] = value.decode("latin-1")
    return head


def _caller(context: Context, head: Mapping[bytes, str]) -> Caller | None:
    """Whose credentials these are, if they are remembered."""
    token = head.get(b"x-app-token") if head.get(b"x-app-id") else None
    token = token or bearer(head.get(b"authorization"))
    caller = None if token is None else context.callers.remembered(token)
    return None if caller is None else with_actor(caller, head.get(b"stampbook-actor"))


def _is_his(book: Book, caller: Caller, program: str, member: str) -> bool:
    """Whether the account is the member's and program's of the path, and the caller may see it."""
    return (
        book.tenant == caller.tenant
        and caller.program in (None, book.program)
        and parse(Prefix.PROGRAM, program) == book.program
        and parse(Prefix.MEMBER, member) == book.member
    )


def _planner(asked: Asked, command: Command) -> Planner:
    """Judges what the ordinary way judges before it asks the ledger."""

    def plan(book: Book, now: int) -> Sequence[Command] | Refusal:
        return (command,) if _is_plain(book, asked, now) else NOT_PLAIN

    return plan


def _is_plain(book: Book, asked: Asked, now: int) -> bool:
    """Whether nothing is in the way. May raise Unloaded, as decisions do."""
    policy, scheme = book.policy, asked.scheme
    if (
        policy.version != scheme.version
        or not policy.is_active(now)
        or not is_open(scheme.validity_hours, policy.timezone, now)
        or book.status is not AccountStatus.OPEN
        or policy.pending.type is PendingType.IMMEDIATE
    ):
        return False
    row = book.row(asked.target)
    if row is None or all(terms.lot != asked.lot for terms in row.terms):
        return False  # what was glimpsed has never been saved
    movement = book.movements.get(asked.target)
    deadline_at = FOREVER if movement is None else movement.deadline_at
    try:
        accrued = Accrued(book.lot(asked.lot), row, deadline_at)
        pending.check_bucket(policy, accrued, asked.words, now)
    except Fault:
        return False
    return True


def _finish(asked: Asked, outcome: "asyncio.Future[Any]") -> Answer | None:
    call, place = asked.call, asked.place
    try:
        result = outcome.result()
        if result is NOT_PLAIN:
            return None
        done = pending.accepted(result, asked.words)
        accrual = call.context.ledger.recorded(place.account, asked.target)
        if accrual is None:
            return None
        body = pending.print_moved(place, asked.words, done, accrual)
        return answer_of(body, standing=call.standing)
    except Exception as error:
        return _worded(error, call)


async def _finish_slowly(asked: Asked, outcome: "asyncio.Future[Any]") -> Answer:
    call = asked.call
    try:
        result = outcome.result()
        if result is NOT_PLAIN:
            body = await pending.move_bucket(call, asked.words, asked.path)
        else:
            done = pending.accepted(result, asked.words)
            bucket = parse(Prefix.PENDING_BUCKET, asked.path[3])
            accrued = await find_lot(call, asked.place.account, bucket)
            assert accrued is not None, "lots stay"
            body = pending.print_moved(asked.place, asked.words, done, accrued.row)
        return answer_of(body, standing=call.standing)
    except Exception as error:
        return _worded(error, call)


def _worded(error: Exception, call: Call | None) -> Answer:
    """The answer to what was raised; a bug is logged under an id, which alone is told."""
    if isinstance(error, Fault):
        return fault_answer(error, None if call is None else call.standing)
    if isinstance(error, Unavailable | OutcomeUnknown):
        return fault_answer(failure_fault(503, told(error)))
    number = new_request_id()
    log.error("request %s failed", number, exc_info=error)
    detail = f"something went wrong here; it is logged as {number}"
    return fault_answer(failure_fault(500, detail))


STARTS: Final[Mapping[str, Start]] = {
    "cancel": partial(_start, pending.CANCEL, "ledger:cancel"),
    "activate": partial(_start, pending.ACTIVATE, "ledger:write"),
}
