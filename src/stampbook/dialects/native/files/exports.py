"""`/exports`: what a program has, as a file that is written, and kept for a while."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Final

from msgspec.json import Decoder

from stampbook.dialects import instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.files import receiving
from stampbook.dialects.native.files.bounds import is_seen, program_of, too_many, whole_programs
from stampbook.dialects.native.files.wire import ExportBody, ExportFile, export_file
from stampbook.dialects.native.problems import Failure, invalid_field, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.writing import write_once
from stampbook.edge.answers import Streamed
from stampbook.files import exported
from stampbook.files.exported import Exporting
from stampbook.files.keeping import NoRoom, folder_of
from stampbook.files.kinds import FORMATS
from stampbook.programs import auditing
from stampbook.storage.store import Transacting

PIECE: Final = 64 * 1024
"""Bytes of a file that are sent at once."""

MEDIA_TYPES: Final = {
    "csv": b"text/csv; charset=utf-8; header=present",
    "jsonl": b"application/jsonl",
}

_body = Decoder(ExportBody)


async def create_export(call: Call) -> Reply:
    """Ask for a file; it is written soon."""
    body = read(_body, call.body)
    store, folder = call.context.store, folder_of(call.context.settings)
    program = await program_of(call, store, body.program_id)
    since, until = _instant(body.from_, "/from"), _instant(body.to, "/to")
    if body.format not in FORMATS:
        raise invalid_field("/format", f"must be one of {', '.join(FORMATS)}")
    if since is not None and until is not None and since >= until:
        raise invalid_field("/to", "must be after from")
    try:
        with folder.created() as kept:
            folder.check_room(0)

            async def write(writing: Transacting) -> ExportFile:
                if await exported.count_running(writing, call.caller.tenant) >= _MOST:
                    raise too_many(_MOST, "exports")
                now = call.context.clock()
                export = await exported.create(
                    writing,
                    tenant=program.tenant_id,
                    program=program.program_id,
                    kind=body.kind.value,
                    form=body.format,
                    since=since,
                    until=until,
                    file=kept.name,
                    api_key_id=call.caller.api_key_id or None,
                    user_id=call.caller.user,
                    now=now,
                )
                await _record(writing, export, "export.created", now=now)
                return _shown(call, export)

            reply = await write_once(call, write)
            if reply.replayed or call.dry_run:
                folder.remove(kept.name)
            return reply
    except NoRoom as error:
        raise receiving.no_room(error) from None


_MOST: Final = exported.MAX_RUNNING


def _instant(text: str | None, pointer: str) -> int | None:
    """Raises Failure (422)."""
    try:
        return None if text is None else instants.read(text)
    except instants.BadInstant as error:
        raise invalid_field(pointer, str(error)) from None


async def _record(writing: Transacting, export: Exporting, action: str, *, now: int) -> None:
    told = ("kind", "format", "since", "until")
    await auditing.record(
        writing,
        tenant=export.tenant_id,
        action=action,
        now=now,
        entity=f"exp_{export.export_id:x}",
        program=export.program_id,
        changes={name: {"before": None, "after": getattr(export, name)} for name in told},
    )


async def list_exports(call: Call) -> Page[ExportFile]:
    """Newest first."""
    limit = finding.limit(call)
    found = await exported.page(
        call.context.store,
        tenant=call.caller.tenant,
        programs=whole_programs(call.caller),
        program=finding.asked_id(call, "program_id", ids.PROGRAM),
        before=finding.cursor(call, ids.EXPORT),
        limit=limit + 1,
    )
    return page_of([_shown(call, each) for each in found], limit)


async def get_export(call: Call) -> ExportFile:
    return _shown(call, await _found(call, call.context.store))


async def download_export(call: Call) -> Streamed:
    """The file."""
    store, now = call.context.store, call.context.clock()
    export = await _found(call, store)
    if export.status != "done":
        raise Failure(409, "invalid_transition", f"the export is {export.status}")
    if not export.has_file(now) or export.file is None:
        raise Failure(410, "file_removed", "the file is no longer kept; ask for another export")
    content = folder_of(call.context.settings).read(export.file)
    if content is None:
        raise receiving.elsewhere()
    try:
        async with store.transaction() as writing:
            await _record(writing, export, "export.downloaded", now=now)
    except BaseException:
        content.close()
        raise
    name = f"{export.kind}-{ids.write(ids.EXPORT, export.export_id)}.{export.format}"
    return Streamed(
        200,
        _pieces(content),
        (
            (b"content-type", MEDIA_TYPES[export.format]),
            (b"content-disposition", f'attachment; filename="{name}"'.encode()),
        ),
    )


async def _pieces(content: IO[bytes]) -> AsyncIterator[bytes]:
    with content:
        while piece := await asyncio.to_thread(content.read, PIECE):
            yield piece


async def _found(call: Call, db: Transacting) -> Exporting:
    """The export of the path. Raises Failure (404)."""
    export = await exported.get(db, call.id(ids.EXPORT), tenant=call.caller.tenant)
    if export is None or not is_seen(call, export.program_id):
        raise not_found("there is no such export")
    return export


def _shown(call: Call, export: Exporting) -> ExportFile:
    base = "" if call.request is None else call.request.origin
    return export_file(export, base, now=call.context.clock())
