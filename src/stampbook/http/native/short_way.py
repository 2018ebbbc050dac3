"""The short way of the hot paths: from the connection to the ledger, with nothing in between.

The framework's and the server's share of a request (routing, objects, a task) is several times
that of the handler (docs/decisions/0120-short-way-of-hot-paths.md). The four paths that tills call
all day are recognised here by their ends; `http/connection.py` serves them. Everything else, and
whatever is odd about these, goes the ordinary way, with the same answers.
"""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from stampbook.http.caller import bearer
from stampbook.http.native import finding, moving
from stampbook.http.native.answers import problem_answer
from stampbook.http.native.call import Call, read_headers
from stampbook.http.native.moving import Move
from stampbook.http.native.perform import Exchange, Operation, call_of, word_of
from stampbook.http.problems import problem
from stampbook.http.request_ids import new_request_id
from stampbook.http.short_paths import Answer, ShortRequest, Start, Waiting

log = logging.getLogger(__name__)

ACCOUNTS = "/v1/accounts/"
TRANSACTIONS = "/v1/transactions/"


def recognise(path: str) -> tuple[Start, str] | None:
    """Who starts a request to a hot path, and the id in it; None for any other path."""
    if path.startswith(ACCOUNTS) and path.endswith("/transactions"):
        name, start = path[len(ACCOUNTS) : -len("/transactions")], CREATE
    elif path.startswith(TRANSACTIONS):
        name, _, action = path[len(TRANSACTIONS) :].partition("/")
        found = ACTIONS.get(action)
        if found is None:
            return None
        start = found
    else:
        return None
    return None if not name or "/" in name else (start, name)


def _start(move: Move, operation: Operation, request: ShortRequest) -> Answer | Waiting | None:
    """Ask the ledger, if all that is needed for it is remembered."""
    context, request_id = request.context, new_request_id()
    exchange = Exchange(
        "POST",
        request.path,
        {"id": request.name},
        b"",
        request.headers,
        request.body,
        request_id,
    )
    try:
        headers = read_headers(request.headers)
        secret = bearer(headers.authorization)
        caller = None if secret is None else context.callers.remembered(secret)
        if caller is None:
            return None
        call = call_of(operation, context, exchange, headers, caller)
        account, _ = place = moving.place_of(call, move)
        known = context.scales.remembered(account)
        if (
            known is None
            or known.tenant != caller.tenant
            or not finding.in_bounds(call, known.program)
        ):
            return None
        outcome = context.ledger.submit_soon(moving.submission(call, move, place, known.scale))
    except Exception as error:
        return _worded(error, request_id)
    return Waiting(
        outcome,
        partial(_finish, call, move),
        partial(_finish_slowly, call, move, account),
    )


def _finish(call: Call, move: Move, outcome: "asyncio.Future[Any]") -> Answer | None:
    try:
        return moving.answer_at_once(move, outcome.result())
    except Exception as error:
        return _worded(error, call.request_id)


async def _finish_slowly(
    call: Call, move: Move, account: int, outcome: "asyncio.Future[Any]"
) -> Answer:
    try:
        return await moving.answer_to(call, move, account, outcome.result())
    except Exception as error:
        return _worded(error, call.request_id)


def _worded(error: Exception, request_id: str) -> Answer:
    """The answer to what was raised; a bug is logged under the request's id."""
    worded = word_of(error, request_id)
    if worded is None:
        log.error("request %s failed", request_id, exc_info=error)
        detail = f"something went wrong here; it is logged as {request_id}"
        worded = problem_answer(problem(500, "internal_error", detail, request_id=request_id))
    return worded


def _starting(handler: Any, scope: str, move: Move) -> Start:
    return partial(_start, move, Operation(handler, scope, frozenset()))


CREATE = _starting(moving.create_transaction, "ledger:write", moving.CREATE)
ACTIONS: Mapping[str, Start] = {
    "commit": _starting(moving.commit_transaction, "ledger:write", moving.COMMIT),
    "release": _starting(moving.release_transaction, "ledger:write", moving.RELEASE),
    "cancel": _starting(moving.cancel_transaction, "ledger:cancel", moving.CANCEL),
}
