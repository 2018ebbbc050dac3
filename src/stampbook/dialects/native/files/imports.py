"""`/imports`: files that are sent, and what becomes of their rows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from io import StringIO
from typing import Final

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply
from stampbook.dialects.native.files import receiving
from stampbook.dialects.native.files.bounds import is_seen, program_of, too_many, whole_programs
from stampbook.dialects.native.files.declaring import declared_in
from stampbook.dialects.native.problems import Failure, invalid_parameter, not_found
from stampbook.dialects.native.wire.imports import ImportShape, import_shape
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.writing import write_once
from stampbook.edge.answers import Streamed
from stampbook.files.importing import progress, sent
from stampbook.files.importing.progress import Import, record
from stampbook.files.importing.refused import RefusedFile
from stampbook.files.importing.running import KEPT_FAULTS, MAX_CURRENCIES, Declared
from stampbook.files.keeping import NoRoom, folder_of
from stampbook.files.reading.reader import Layout, Place
from stampbook.programs import currencies
from stampbook.programs.programs import Program
from stampbook.storage.store import Transacting

STATUSES: Final = ("running", "done", "stopped", "failed")

REFUSED_AT_ONCE: Final = 500

CSV: Final = (b"content-type", b"text/csv; charset=utf-8; header=present")
NAMED: Final = (b"content-disposition", b'attachment; filename="refused.csv"')


async def create_import(call: Call) -> Reply:
    """Take a file, whose rows are imported soon."""
    store, folder = call.context.store, folder_of(call.context.settings)
    upload = await receiving.opened(call)
    is_dry = call.dry_run or upload.query.get("dry_run") == "true"
    declared = declared_in(upload.query, dry_run=is_dry)
    program = await program_of(call, store, upload.query.get("program_id"))
    await _make_room(call, store)
    try:
        with receiving.turn(call.context.kept), folder.created() as kept:
            folder.check_room(_announced(call))
            content = await receiving.copied(upload.source, kept.content, folder)
            # The key is that of this very file with these parameters.
            said = declared.digest(content.digest) + b"%d %d" % (program.program_id, is_dry)
            asked = call._replace(body=said, dry_run=False)

            async def write(writing: Transacting) -> ImportShape:
                await _make_room(call, writing)
                run = await _begin(call, writing, program, declared, content, kept.name)
                return import_shape(run, (), {})

            reply = await write_once(asked, write)
            if reply.replayed:
                folder.remove(kept.name)
            return reply
    except NoRoom as error:
        raise receiving.no_room(error) from None


def _announced(call: Call) -> int:
    """The bytes that the request says to have."""
    text = (call.request.header(b"content-length") or "0") if call.request else "0"
    return int(text) if text.isdigit() else 0


async def _make_room(call: Call, db: Transacting) -> None:
    """Raises Failure (503)."""
    if await sent.count_running(db, call.caller.tenant) >= sent.MAX_RUNNING:
        raise too_many(sent.MAX_RUNNING, "imports")


async def _begin(
    call: Call,
    writing: Transacting,
    program: Program,
    declared: Declared,
    content: receiving.Content,
    file: str,
) -> Import:
    now = call.context.clock()
    run = await progress.begin(
        writing,
        tenant=program.tenant_id,
        program=program.program_id,
        kind=declared.kind.value,
        declared=declared.words,
        digest=declared.digest(content.digest),
        size=content.size,
        dry_run=declared.dry_run,
        now=now,
        file=file,
        api_key_id=call.caller.api_key_id or None,
        user_id=call.caller.user,
    )
    await record(writing, run, "import.started", now=now)
    return run


async def list_imports(call: Call) -> Page[ImportShape]:
    """Newest first."""
    limit, status = finding.limit(call), call.query.get("status")
    if status not in (None, *STATUSES):
        raise invalid_parameter("status", f"must be one of {', '.join(STATUSES)}")
    store = call.context.store
    found = await sent.page(
        store,
        tenant=call.caller.tenant,
        programs=whole_programs(call.caller),
        program=finding.asked_id(call, "program_id", ids.PROGRAM),
        status=status,
        before=finding.cursor(call, ids.IMPORT),
        limit=limit + 1,
    )
    scales = {each: await _scales(store, each) for each in {run.program_id for run in found}}
    shown = found[:limit]
    more = ids.write(ids.IMPORT, shown[-1].import_id) if len(found) > limit else None
    return Page([import_shape(run, None, scales[run.program_id]) for run in shown], more)


async def get_import(call: Call) -> ImportShape:
    return await _shown(call.context.store, await _found(call, call.context.store))


async def list_refused_rows(call: Call) -> Streamed:
    """All rows that were refused, as they were sent."""
    run = await _found(call, call.context.store)
    return Streamed(200, _refused(call, run), (CSV, NAMED))


async def _refused(call: Call, run: Import) -> AsyncIterator[bytes]:
    text, after = StringIO(newline=""), -1
    layout = None
    if run.layout is not None:
        delimiter, columns = run.layout
        layout = Layout(delimiter, tuple(columns), Place())
    listed = RefusedFile(text, layout)
    while page := await progress.refusals(
        call.context.store,
        run.import_id,
        tenant=run.tenant_id,
        after=after,
        limit=REFUSED_AT_ONCE,
    ):
        for each in page:
            listed.write(each)
        after = page[-1].fault.line
        yield _taken(text)
    yield _taken(text)


def _taken(text: StringIO) -> bytes:
    """What was written since."""
    found = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return found


Step = Callable[[Transacting, Import, int], Awaitable[Import | None]]


async def stop_import(call: Call) -> Reply:
    """What is written stays; the rest waits for `resume`."""

    async def stop(writing: Transacting, run: Import, now: int) -> Import | None:
        if run.status == "stopped":
            return run
        if run.status != "running":
            raise _has_ended(run)
        stopped = await sent.set_status(writing, run, "stopped", until=now + sent.KEPT_US)
        if stopped is not None:
            await record(writing, stopped, "import.stopped", now=now)
        return stopped

    return await _step(call, stop)


async def resume_import(call: Call) -> Reply:
    """An import that was stopped goes on."""

    async def resume(writing: Transacting, run: Import, now: int) -> Import | None:
        if run.status == "running":
            return run
        if run.status != "stopped":
            raise _has_ended(run)
        _check_file(call, run)
        resumed = await sent.set_status(writing, run, "running", until=None)
        if resumed is not None:
            await record(writing, resumed, "import.started", now=now)
        return resumed

    return await _step(call, resume)


async def start_import(call: Call) -> Reply:
    """Import the file of a dry run: a new import, which has the file from now on."""

    async def start(writing: Transacting, run: Import, now: int) -> Import | None:
        if not run.dry_run or run.status != "done":
            raise Failure(409, "invalid_transition", "it is no dry run that has ended")
        await _make_room(call, writing)
        _check_file(call, run)
        file = await sent.take_file(writing, run)
        if file is None:
            return None
        begun = await progress.begin(
            writing,
            tenant=run.tenant_id,
            program=run.program_id,
            kind=run.kind,
            declared=run.declared,
            digest=await sent.digest_of(writing, run),
            size=run.bytes,
            dry_run=False,
            now=now,
            file=file,
            api_key_id=call.caller.api_key_id or None,
            user_id=call.caller.user,
        )
        await record(writing, begun, "import.started", now=now)
        return begun

    return await _step(call, start)


async def _step(call: Call, step: Step) -> Reply:
    """Take a step with the import that the request names."""

    async def write(writing: Transacting) -> ImportShape:
        run = await _found(call, writing)
        after = await step(writing, run, call.context.clock())
        if after is None:
            raise Failure(409, "conflict", "the import has changed meanwhile; try again")
        return await _shown(writing, after)

    return await write_once(call, write)


def _has_ended(run: Import) -> Failure:
    return Failure(409, "invalid_transition", f"the import is {run.status}")


def _check_file(call: Call, run: Import) -> None:
    """Raises Failure (409, 410)."""
    is_kept = run.file_until is not None and run.file_until > call.context.clock()
    if run.file is None or not is_kept:
        raise Failure(410, "file_removed", "the file is no longer kept; send it again")
    if not folder_of(call.context.settings).has(run.file):
        raise receiving.elsewhere()


async def _found(call: Call, db: Transacting) -> Import:
    """The import of the path. Raises Failure (404)."""
    run = await sent.get(db, call.id(ids.IMPORT), tenant=call.caller.tenant)
    if (
        run is None
        or not is_seen(call, run.program_id)
        or not finding.in_bounds(call, run.program_id)
    ):
        raise not_found("there is no such import")
    return run


async def _shown(db: Transacting, run: Import) -> ImportShape:
    first = await progress.refusals(db, run.import_id, tenant=run.tenant_id, limit=KEPT_FAULTS)
    return import_shape(run, first, await _scales(db, run.program_id))


async def _scales(db: Transacting, program: int) -> Mapping[str, int]:
    listed = await currencies.page(db, program, limit=MAX_CURRENCIES)
    return {each.code: each.scale for each in listed}
