"""Async actions: what a batch came to. Stampbook does the work in the call."""

from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import not_found, request_id
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    OPEN,
    TEXT,
    TIME,
    id_of,
    object_of,
    one_of,
)
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.storage.store import Transacting

SHAPE: Final = object_of(
    id=id_of("aa"),
    type=TEXT,
    status=one_of("DONE"),
    operation_status=one_of("SUCCESS"),
    request_id=TEXT,
    processing_time=COUNT,
    result=OPEN,
    created_at=TIME,
    updated_at=TIME,
    object=one_of("async_action"),
)


async def record_result(
    writing: Transacting, call: Call, type_: str, result: dict[str, Any], *, program: int
) -> str:
    """Keep what a batch of the program came to; answers the action's id. Writes."""
    row = await writing.fetch_one(
        """
        INSERT INTO voucherify_async_actions (tenant_id, type, result, created_at, program_id)
        VALUES ($1, $2, $3, $4, $5) RETURNING action_id
        """,
        call.tenant,
        type_,
        msgspec.json.encode(result).decode(),
        call.now,
        program,
    )
    assert row is not None
    return spell(Prefix.ASYNC_ACTION, row["action_id"])


async def read_async_action(call: Call) -> dict[str, Any]:
    action = call.parameters["action"]
    number = parse(Prefix.ASYNC_ACTION, action)
    row = await call.store.fetch_one(
        "SELECT type, result, created_at FROM voucherify_async_actions"
        " WHERE action_id = $1 AND tenant_id = $2"
        " AND (CAST($3 AS bigint) = 0 OR program_id = $3)",
        NOBODY if number is None else number,
        call.tenant,
        call.caller.program or 0,
    )
    if row is None:
        raise not_found("async_action", action)
    return {
        "id": action,
        "type": row["type"],
        "status": "DONE",
        "operation_status": "SUCCESS",
        "request_id": request_id(),
        "processing_time": 0,
        "result": msgspec.json.decode(row["result"]),
        "created_at": stamp(row["created_at"]),
        "updated_at": stamp(row["created_at"]),
        "object": "async_action",
    }
