"""The short way of the hot paths: straight from ASGI to the handlers that the routes use too.

The framework's share of a request (routing, request and response objects) is three times that of
the server below it (docs/decisions/0120-short-way-of-hot-paths.md). The four paths that tills call
all day are recognised here by their ends and served without it. Everything else, and whatever is
odd about these, goes the ordinary way, with the same answers.
"""

import logging
from collections.abc import Mapping
from typing import Any

from stampbook.http.context import Context
from stampbook.http.native import moving
from stampbook.http.native.answers import problem_answer
from stampbook.http.native.call import Answer
from stampbook.http.native.perform import Exchange, Operation, perform
from stampbook.http.problems import problem
from stampbook.http.request_ids import new_request_id

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
"""Bytes of a body that goes the short way; larger ones take the ordinary way."""

DRY_RUN = frozenset({"dry_run"})
CREATE = Operation(moving.create_transaction, "ledger:write", DRY_RUN)
ACTIONS: Mapping[str, Operation] = {
    "commit": Operation(moving.commit_transaction, "ledger:write", DRY_RUN),
    "release": Operation(moving.release_transaction, "ledger:write", DRY_RUN),
    "cancel": Operation(moving.cancel_transaction, "ledger:cancel", DRY_RUN),
}

ACCOUNTS = "/v1/accounts/"
TRANSACTIONS = "/v1/transactions/"


def recognise(path: str) -> tuple[Operation, str] | None:
    """The operation of a hot path and the id in it; None for any other path."""
    if path.startswith(ACCOUNTS) and path.endswith("/transactions"):
        name, operation = path[len(ACCOUNTS) : -len("/transactions")], CREATE
    elif path.startswith(TRANSACTIONS):
        name, _, action = path[len(TRANSACTIONS) :].partition("/")
        found = ACTIONS.get(action)
        if found is None:
            return None
        operation = found
    else:
        return None
    return None if not name or "/" in name else (operation, name)


async def serve(context: Context, scope: Any, receive: Any, send: Any) -> bool:
    """Answer a request to a hot path. False, with nothing read or sent, if it is none."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    found = recognise(scope["path"])
    if found is None or not _is_plain(scope["headers"]):
        return False
    body = await _read(receive)
    if body is None:  # the client has gone
        return True
    operation, name = found
    exchange = Exchange(
        "POST",
        scope["path"],
        {"id": name},
        scope["query_string"],
        scope["headers"],
        body,
        new_request_id(),
    )
    await _send(send, await answer_to(operation, context, exchange))
    return True


def _is_plain(headers: Any) -> bool:
    """Whether the body has a length, and not a large one."""
    for name, value in headers:
        if name == b"content-length":
            return len(value) <= 5 and value.isdigit() and int(value) <= MAX_BODY
    return False


async def _read(receive: Any) -> bytes | None:
    """The body, as long as its Content-Length said; None if the client has gone."""
    message: Any = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
    return body


async def answer_to(operation: Operation, context: Context, exchange: Exchange) -> Answer:
    """The operation's answer; a bug is logged under the request's id and answered by 500."""
    try:
        return await perform(operation, context, exchange)
    except Exception as error:
        request_id = exchange.request_id
        log.error("request %s failed", request_id, exc_info=error)
        detail = f"something went wrong here; it is logged as {request_id}"
        return problem_answer(problem(500, "internal_error", detail, request_id=request_id))


async def _send(send: Any, answer: Answer) -> None:
    body = answer.body
    headers = [*answer.headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
