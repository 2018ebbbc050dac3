"""The short way of the paths that tills call all day (docs/decisions/0120).

A request goes it when all that it needs is remembered: who calls, where, the card, and the visit.
What is remembered may be out of date, so only what the ledger has written by it is answered: its
save was guarded by the visit's version and the account's. Everything else is done again, in full,
and whatever is odd goes the ordinary way, with the same answers.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.model import AccountStatus
from stampbook.domain.refusals import Code, Refusal
from stampbook.http.altegio.access import Exchange, key_of, remembered_visitor
from stampbook.http.altegio.answers import (
    content_by,
    encoded,
    fault_content,
    fault_headers,
    fault_of_status,
    language_by,
    refused,
)
from stampbook.http.altegio.faults import Fault
from stampbook.http.altegio.objects import state
from stampbook.http.altegio.pace import limit_of
from stampbook.http.altegio.wire import id_in_path
from stampbook.http.altegio.withdrawals import (
    APPLY,
    TAKE_BACK,
    Deed,
    carry_out,
    has_record,
    house_of,
    state_anew,
)
from stampbook.http.request_ids import new_request_id
from stampbook.http.short_paths import JSON, Answer, HeaderPairs, ShortRequest, Start, Waiting
from stampbook.http.unavailable import told
from stampbook.ledger.outcomes import Outcome
from stampbook.ledger.submission import Planner
from stampbook.ledger.work import StaleGuard
from stampbook.storage.store import OutcomeUnknown, Unavailable
from stampbook.visits import paying
from stampbook.visits.model import SCALE, Location, Visit, is_completed
from stampbook.visits.whole import FoundVisit
from stampbook.visits.withdrawing import Ask

log = logging.getLogger(__name__)

PATHS: Final = ("/api/v1/visit/loyalty/", "/v1/visit/loyalty/")

HEADERS: Final = {
    name.encode(): name
    for name in (
        "authorization",
        "accept",
        "accept-language",
        "idempotency-key",
        "stampbook-actor",
    )
}
"""The headers that matter."""

REMOVED: Final = Refusal(Code.ACCOUNT_CLOSED, "the card was removed")
"""A card that was removed pays no more; what it paid can still be taken back."""


def recognise(path: str) -> tuple[Start, str] | None:
    """Who starts a request to a hot path, and `location/card` in it; None for any other path."""
    for begin in PATHS:
        if path.startswith(begin):
            verb, _, name = path[len(begin) :].partition("/")
            start = _STARTS.get(verb)
            location, _, card = name.partition("/")
            is_whole = location and card and "/" not in card
            return (start, name) if start is not None and is_whole else None
    return None


class Till(NamedTuple):
    """A checked request: what it asks for, with what, and the visit as it is remembered."""

    exchange: Exchange
    deed: Deed
    path: str
    name: str
    body: bytes
    seen: FoundVisit
    location: Location
    card: int
    ask: Ask

    async def content(self) -> bytes:
        """The request's body, as who reads one from the framework waits for it."""
        return self.body

    def after(self, outcome: Outcome) -> Visit | None:
        """The visit as the outcome has left it, if it alone tells."""
        return self.deed.operation.after(self.seen.visit, self.card, outcome)


def _start(deed: Deed, request: ShortRequest) -> Answer | Waiting | None:
    """Ask the ledger, if all that is needed for it is remembered."""
    context = request.context
    headers = _headers_of(request.headers)
    if headers is None or limit_of(context):
        return None
    exchange = Exchange(context, headers)
    try:
        till = _till(exchange, deed, request)
        if till is None:
            return None
        submission = deed.operation.submission(
            till.seen.visit, till.card, till.ask, key_of(exchange), False
        )
        assert submission.planner is not None
        if deed.operation.pays:
            submission = submission._replace(planner=_unless_closed(submission.planner))
        outcome = context.ledger.submit_soon(submission)
    except Fault:
        return None  # the ordinary way tells faults in their order
    except Exception as error:
        return _worded(error, exchange)
    return Waiting(outcome, partial(_finish, till), partial(_finish_slowly, till))


def _headers_of(pairs: HeaderPairs) -> Mapping[str, str] | None:
    """The headers that matter; None when one of them comes twice."""
    headers: dict[str, str] = {}
    for raw, value in pairs:
        name = HEADERS.get(raw)
        if name is not None:
            if name in headers:
                return None
            headers[name] = value.decode("latin-1")
    return headers


def _till(exchange: Exchange, deed: Deed, request: ShortRequest) -> Till | None:
    """The checks of section 2.3, by what is remembered; None: something is not. Raises Fault."""
    context = exchange.context
    visitor = remembered_visitor(exchange)
    if visitor is None or not visitor.may(deed.scope):
        return None
    location_id, _, card_id = request.name.partition("/")
    place, card = id_in_path(location_id), id_in_path(card_id)
    location = context.places.remembered(place or 0, tenant=visitor.tenant)
    known = context.scales.remembered(card or 0)
    if location is None or known is None or not card or not visitor.in_location(location):
        return None
    is_card = known.tenant == visitor.tenant and known.scale <= SCALE
    if not is_card or known.program != location.program:
        return None
    wanted = deed.read(request.body, known.scale)
    seen = context.visits.recall(wanted.visit, tenant=visitor.tenant)
    if seen is None or not has_record(seen.visit, location, wanted):
        return None
    if deed.operation.pays and card not in seen.accounts:
        return None
    ask = visitor.ask(wanted.amount)
    return Till(exchange, deed, request.path, request.name, request.body, seen, location, card, ask)


def _unless_closed(planner: Planner) -> Planner:
    """A card that was removed does nothing any more."""

    def plan(book: Book, now: int) -> Any:
        return REMOVED if book.status is AccountStatus.CLOSED else planner(book, now)

    return plan


def _finish(till: Till, outcome: "asyncio.Future[Any]") -> Answer | None:
    try:
        result: Outcome = outcome.result()
        if isinstance(result, Refusal) and result.code is Code.OVERLOADED:
            raise refused(result)
        visit = till.after(result)
        if visit is None or visit.payments or (till.deed.operation.pays and is_completed(visit)):
            return None
        context, headers = till.exchange
        paying.remember(house_of(context), till.seen, visit)
        return _told(till, state(visit, till.location, None, language_by(headers)))
    except StaleGuard:
        return None
    except Exception as error:
        return _worded(error, till.exchange)


async def _finish_slowly(till: Till, outcome: "asyncio.Future[Any]") -> Answer:
    """Tell what must be read, or do all of it again with the visit as it is now."""
    try:
        found = await _state_after(till, outcome)
        if found is None:
            location, _, card = till.name.partition("/")
            found = await carry_out(till.exchange, till.deed, location, card, till.content)
        return _told(till, found)
    except Exception as error:
        return _worded(error, till.exchange)


async def _state_after(till: Till, outcome: "asyncio.Future[Any]") -> dict[str, Any] | None:
    """The visit's state when the outcome tells what became of it; then it may earn, too."""
    context, headers = till.exchange
    try:
        result: Outcome = outcome.result()
    except StaleGuard:
        return None
    visit = till.after(result)
    if visit is None:
        return None
    house = house_of(context)
    await paying.finish(house, till.deed.operation, till.seen, till.card, till.ask, result)
    return await state_anew(context, visit, language_by(headers))


def _told(till: Till, found: dict[str, Any]) -> Answer:
    return Answer(200, encoded(content_by(till.path, till.exchange.headers, found)))


def _worded(error: Exception, exchange: Exchange) -> Answer:
    """The answer to what was raised; a bug is logged, and told no more of."""
    if isinstance(error, Fault):
        fault = error
    elif isinstance(error, Unavailable | OutcomeUnknown):
        fault = fault_of_status(503, told(error))
    else:
        log.error("request %s failed", new_request_id(), exc_info=error)
        fault = fault_of_status(500)
    content = encoded(fault_content(fault, language_by(exchange.headers)))
    more = ((name.lower().encode(), value.encode()) for name, value in fault_headers(fault).items())
    return Answer(fault.status, content, (JSON, *more))


_STARTS: Final[Mapping[str, Start]] = {
    "apply_card_withdrawal": partial(_start, APPLY),
    "cancel_card_withdrawal": partial(_start, TAKE_BACK),
}
