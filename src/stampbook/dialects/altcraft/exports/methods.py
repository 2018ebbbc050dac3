"""Exports of transactions: ask for one, ask how far it is, fetch the file."""

from collections.abc import AsyncIterator, Mapping
from secrets import token_urlsafe
from uuid import uuid4

from stampbook.dialects.altcraft import addressing
from stampbook.dialects.altcraft.answers import BASE, failure
from stampbook.dialects.altcraft.call import Call, File, Success, Visit
from stampbook.dialects.altcraft.exports import table
from stampbook.dialects.altcraft.exports.job import write_export
from stampbook.dialects.altcraft.exports.table import DONE, KEPT_US, MAX_PENDING, PENDING, NewExport
from stampbook.dialects.altcraft.faults import not_found
from stampbook.dialects.altcraft.finishing import Target, find_row
from stampbook.dialects.altcraft.once import Export, write_once
from stampbook.dialects.altcraft.wire import read_currency, read_from_id, read_interval
from stampbook.domain.model import split_number
from stampbook.edge.context import Context
from stampbook.ledger.journal import figures
from stampbook.programs.currencies import Currency
from stampbook.storage.store import Transacting

FILES = f"{BASE}/loyalty/transactions_export_file"

KEY_BYTES = 24
"""Randomness of a download link, which is all that is needed to fetch the file."""


async def transactions_export(call: Call) -> Success:
    """Begin an export of a currency's transactions of an interval. Answers the task's name."""
    number = call.fields.required_integer("loyalty_program_id")
    name, interval = read_currency(call.fields), read_interval(call.fields)
    after = read_from_id(call.fields)
    program = await addressing.find_program(call, number)
    currency = await addressing.find_currency(call, program, name, required=True)
    if after is not None:
        await _check_place(call, currency, after)
    asked = Export(number, currency.currency_id, interval, after)

    async def write(writing: Transacting) -> Success:
        latest = await figures.last_row_at(call.context.store, writing, program=program.program_id)
        new = NewExport(
            task=f"task_{uuid4()}",
            download_key=token_urlsafe(KEY_BYTES),
            tenant_id=call.caller.tenant,
            api_key_id=call.caller.api_key_id,
            program_id=program.program_id,
            currency_id=currency.currency_id,
            date_from=interval.start,
            date_to=interval.end,
            position=after or 0,
            created_at=max(call.now, latest),
        )
        await _make_room(writing, call)
        await table.create(writing, new)
        return Success({"task_id": new.task})

    answer = await write_once(call, asked, write)
    assert isinstance(answer.data, Mapping)
    _start(call.context, str(answer.data["task_id"]))
    return answer


async def _make_room(writing: Transacting, call: Call) -> None:
    """Old exports go; too many new ones are refused. Writes; raises Fault (429)."""
    tenant = call.caller.tenant
    await table.remove_old(writing, tenant=tenant, before=call.now - KEPT_US)
    if await table.count_pending(writing, tenant) >= MAX_PENDING:
        raise failure(429, "too many exports are under way")


async def transactions_export_status(call: Call) -> Success:
    """How far the task is, and where the file is when it is done."""
    task = call.fields.required_text("task_id")
    export = await table.by_task(call.context.store, task, tenant=call.caller.tenant)
    if export is None or call.caller.program not in (None, export.program_id):
        raise not_found("task")
    if export.status == PENDING:
        _start(call.context, task)
    return Success(
        {
            "task_id": task,
            "status": export.status,
            "url": f"{call.origin}{FILES}/{export.download_key}" if export.status == DONE else None,
            "lines": export.lines,
        }
    )


async def transactions_export_file(visit: Visit) -> File:
    """The file of a link, which ends with the API key that asked for it, or when it is old."""
    store = visit.context.store
    since = visit.context.clock() - KEPT_US
    export = await table.by_download_key(store, visit.link, since=since)
    if export is None:
        raise failure(404, "no such file")

    async def parts() -> AsyncIterator[bytes]:
        for number in range(export.parts):
            yield (await table.part(store, export, number)).encode()

    return File(parts())


def _start(context: Context, task: str) -> None:
    """Let the job run in this process, also when another one was interrupted."""
    context.jobs.start(task, lambda: write_export(context, task))


async def _check_place(call: Call, currency: Currency, after: int) -> None:
    """`from_id` names a transaction of the currency. Raises Fault (404)."""
    target = Target(*split_number(after))
    row = await find_row(call, target)
    owner = await call.context.ledger.denominations.of(target.account)
    if row is None or owner is None or owner.currency != currency.currency_id:
        raise not_found("transaction")
