"""The short way of cancels, commits and rollbacks, past the framework (http/connection.py).

A request goes it when its token is remembered and its target is named by `transaction_id` alone;
any other goes the ordinary way. Reading and wording are the same functions either way, so the
answers are the same bytes.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from stampbook.http.altcraft import finishing
from stampbook.http.altcraft.answers import BASE, Reply, failure_reply, fault_reply, reply
from stampbook.http.altcraft.exchange import (
    Call,
    Exchange,
    Reading,
    call_of,
    exchange_of,
    read,
    token_of,
)
from stampbook.http.altcraft.faults import Fault
from stampbook.http.altcraft.finishing import Finish
from stampbook.http.altcraft.resolving import Target, named_target
from stampbook.http.request_ids import new_request_id
from stampbook.http.short_paths import Answer, ShortRequest, Start, Waiting
from stampbook.http.unavailable import told
from stampbook.storage.store import OutcomeUnknown, Unavailable

log = logging.getLogger(__name__)


def recognise(path: str) -> tuple[Start, str] | None:
    """Who starts a request to a hot path; None for any other path. The path names nothing."""
    start = STARTS.get(path)
    return None if start is None else (start, "")


def _start(finish: Finish, scope: str, request: ShortRequest) -> Answer | Waiting | None:
    """Ask the ledger, if all that is needed for it is remembered."""
    context = request.context
    exchange = exchange_of(request.headers, b"", request.body)
    reading = read(exchange)
    try:
        caller = context.callers.remembered(token_of(exchange, reading))
        if caller is None:
            return None
        call = call_of(context, exchange, reading, caller, scope)
        target = named_target(call.fields)
        if target is None:
            return None
        outcome = context.ledger.submit_soon(finishing.submission(call, finish, target))
    except Exception as error:
        return _worded(error, exchange, reading)
    return Waiting(
        outcome,
        partial(_finish, call, finish, target, exchange, reading),
        partial(_finish_slowly, call, finish, target, exchange, reading),
    )


def _finish(
    call: Call,
    finish: Finish,
    target: Target,
    exchange: Exchange,
    reading: Reading,
    outcome: "asyncio.Future[Any]",
) -> Answer | None:
    try:
        answer = finishing.answer_at_once(call, finish, target, outcome.result())
        return None if answer is None else _sent(reply(answer, reading.form))
    except Exception as error:
        return _worded(error, exchange, reading)


async def _finish_slowly(
    call: Call,
    finish: Finish,
    target: Target,
    exchange: Exchange,
    reading: Reading,
    outcome: "asyncio.Future[Any]",
) -> Answer:
    try:
        answer = await finishing.answer_to(call, finish, target, outcome.result())
        return _sent(reply(answer, reading.form))
    except Exception as error:
        return _worded(error, exchange, reading)


def _worded(error: Exception, exchange: Exchange, reading: Reading) -> Answer:
    """The answer to what was raised; a bug is logged under an id of its own."""
    if isinstance(error, Fault):
        return _sent(fault_reply(error, reading.form))
    if isinstance(error, Unavailable | OutcomeUnknown):
        return _sent(failure_reply(exchange, 503, told(error)))
    request_id = new_request_id()
    log.error("request %s failed", request_id, exc_info=error)
    return _sent(failure_reply(exchange, 500, request_id))


def _sent(sent: Reply) -> Answer:
    return Answer(*sent)


STARTS: Mapping[str, Start] = {
    f"{BASE}/loyalty/cancel_transaction": partial(_start, finishing.CANCEL, "ledger:cancel"),
    f"{BASE}/loyalty/commit_transaction": partial(_start, finishing.COMMIT, "ledger:write"),
    f"{BASE}/loyalty/rollback_transaction": partial(_start, finishing.ROLL_BACK, "ledger:write"),
}
