"""The carrier: reads the files of imports, writes those of exports, and removes those that are no
longer wanted. It runs in every server process, since it needs the folder into which files are sent.

Any number of carriers can run at once: a file is worked on by the process that has locked it
(files/keeping.py). An import that was interrupted goes on from its last unit, an export begins
anew.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any, Final, NamedTuple

from stampbook.files import exported
from stampbook.files.exported import Exporting
from stampbook.files.importing import sent
from stampbook.files.importing.progress import Import
from stampbook.files.importing.running import Declared, Overtaken, Running, Tell
from stampbook.files.importing.unit import Busy
from stampbook.files.keeping import Folder, Kept
from stampbook.files.kinds import Exported
from stampbook.files.reading.faults import Unusable
from stampbook.ledger.engine import Ledger
from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.ledger.origin import Origin, begin
from stampbook.programs import programs
from stampbook.programs.people.overseeing import Bounds, bounds_of
from stampbook.programs.programs import Program
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.storage.store import Unavailable
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed
from stampbook.worker.passes import Pace, Passes

log = logging.getLogger(__name__)
noticed = Noticed(log)

PACE: Final = Pace(shortest_s=0.02, longest_s=1.0)
"""What was asked for begins about a second later, at the latest."""

MOST_AT_ONCE: Final = 2
"""Imports and exports that a process works on at the same time: it has requests to answer, too."""

SHARE: Final = 0.5
"""The share of the time that an import takes: requests have the rest."""

SAY_EVERY_S: Final = 1.0
"""How often the progress of an export is noted."""

AT_ONCE: Final = 100
"""Files that one pass removes."""

MOST_MISSED: Final = 1_000
"""Files of which a process says that it does not have them."""

STRAYS_EVERY_S: Final = 600.0
"""How often the folder is searched for files that no row names."""


class Written(NamedTuple):
    """A piece of an export, and how far it is then, in percent."""

    text: str
    progress: int


class Words(NamedTuple):
    """What a dialect says of imports and exports: `imported` and `exported` in their events, and
    `rows` as the text of an export as of an instant."""

    imported: Tell
    exported: Callable[[Exporting], Mapping[str, Any]]
    rows: Callable[[Ledger, Program, Exporting, int], AsyncIterator[Written]]


class Carrier:
    """Works on files until `stop`. By `mirror`, exports are read from a replica that is at most
    `max_age_us` behind; 0: from the primary."""

    def __init__(
        self,
        ledger: Ledger,
        folder: Folder,
        words: Words,
        mirror: Mirror | None = None,
        *,
        max_age_us: int = 0,
    ) -> None:
        self._ledger = ledger
        self._mirror = mirror
        self._max_age_us = max_age_us
        self._store = ledger.store
        self._folder = folder
        self._words = words
        self._passes = Passes("carrier", self.work, PACE)
        self._open: dict[str, asyncio.Task[None]] = {}
        self._missed: set[str] = set()
        self._searched_s: float | None = None

    def stop(self) -> None:
        """Let `run` return after the current pass; work on files is interrupted."""
        self._passes.stop()

    async def run(self) -> None:
        """Run one pass after another."""
        await self._passes.run()
        for each in self._open.values():
            each.cancel()
        await asyncio.gather(*self._open.values(), return_exceptions=True)

    async def idle(self) -> None:
        """Wait until nothing is worked on."""
        while self._open:
            await asyncio.wait(self._open.values())

    async def work(self) -> bool:
        """One pass: begin what waits, and remove what is no longer wanted. Returns whether more
        may be to do soon."""
        begun = False
        for run in await sent.running(self._store):
            begun |= self._begin(run.file, lambda kept, run=run: self._import(run, kept))  # type: ignore[misc]
        for export in await exported.running(self._store):
            begun |= self._begin(export.file, lambda kept, row=export: self._export(row, kept))  # type: ignore[misc]
        for table in exported.TABLES:
            begun |= await self._remove(table)
        await self._search()
        return begun

    def _begin(self, file: str | None, work: Callable[[Kept], Awaitable[None]]) -> bool:
        """Begin to work on the file, unless somebody does, or enough is open. Whether it began."""
        if file is None or file in self._open or len(self._open) >= MOST_AT_ONCE:
            return False
        if not self._folder.has(file):
            self._miss(file)
            return False
        task = asyncio.create_task(self._locked(file, work))
        self._open[file] = task
        task.add_done_callback(lambda _: self._open.pop(file, None))
        return True

    def _miss(self, file: str) -> None:
        """Say once that a file is not here. Another server may have it, and no import or export is
        ended because of it."""
        if file in self._missed or len(self._missed) >= MOST_MISSED:
            return
        self._missed.add(file)
        log.warning(
            "the file %s of an import or export is not in %s: servers on several machines must"
            " share files_folder",
            file,
            self._folder.path,
        )

    async def _locked(self, file: str, work: Callable[[Kept], Awaitable[None]]) -> None:
        with self._folder.locked(file) as kept:
            if kept is None:
                return
            try:
                await work(kept)
            except Overtaken:
                return  # it was stopped
            except (Busy, Unavailable) as error:
                noticed.say("carrier", "work on a file goes on later: %s", worded(error))
            except Exception as error:
                noticed.say("carrier", "work on a file failed: %s", worded(error))
                log.debug("work on the file %s failed", file, exc_info=error)

    # -- imports -----------------------------------------------------------------------------

    async def _import(self, seen: Import, kept: Kept) -> None:
        """Go on with the import to its end. Raises Busy, Overtaken, Unavailable."""
        run = await sent.get(self._store, seen.import_id, tenant=seen.tenant_id)
        if run is None or run.status != "running" or run.file != kept.name:
            return
        number = f"imp_{run.import_id:x}"
        begin(Origin("import", number, api_key_id=run.api_key_id, user_id=run.user_id))
        if run.position:
            async with self._store.transaction() as writing:
                run = await sent.gone_on(writing, run)
            if run is None:
                return
        program = await programs.get(self._store, run.program_id, tenant=run.tenant_id)
        assert program is not None, "programs are not deleted"
        running = Running(
            self._ledger,
            program,
            kept.content,
            Declared.of(run),
            tell=self._words.imported,
            run=run,
            overseer=await self._overseer(run),
            share=SHARE,
        )
        try:
            await running.open()
            await sent.set_layout(self._store, run, running.layout)
        except Unusable as unusable:
            await running.fail(unusable.fault)
            return
        await running.run()

    async def _overseer(self, run: Import) -> Bounds | None:
        """What bounds the person who sent the file; a key is bound by nothing."""
        if run.user_id is None:
            return None
        return await bounds_of(self._store, run.user_id, tenant=run.tenant_id)

    # -- exports -----------------------------------------------------------------------------

    async def _export(self, seen: Exporting, kept: Kept) -> None:
        """Write the file, from its beginning."""
        export = await exported.get(self._store, seen.export_id, tenant=seen.tenant_id)
        if export is None or export.status != "running" or export.file != kept.name:
            return
        number = f"exp_{export.export_id:x}"
        begin(Origin("export", number, api_key_id=export.api_key_id, user_id=export.user_id))
        program = await programs.get(self._store, export.program_id, tenant=export.tenant_id)
        assert program is not None, "programs are not deleted"
        at = self._ledger.clock()
        try:
            at, size = await self._written(export, program, kept)
            status = "done"
        except Unavailable:
            raise
        except Exception as error:
            log.error("export %s failed", number, exc_info=error)
            size, status = 0, "failed"
        if size is not None:
            await self._end(export, status, at=at, size=size)

    async def _written(
        self, export: Exporting, program: Program, kept: Kept
    ) -> tuple[int, int | None]:
        """Write the rows, from a replica where that may be. Returns their instant and the size, or
        None for the size if the export is no longer wanted."""

        async def work(ledger: Ledger) -> int | None:
            return await self._write(ledger, export, program, kept, ledger.clock())

        # Events are read up to a gate that only the primary knows.
        is_allowed = self._max_age_us and export.kind != Exported.EVENTS
        if self._mirror is not None and is_allowed:
            found = await self._mirror.read(work, max_age_us=self._max_age_us)
            if found is not None:
                return found.as_of, found.value
        at = self._ledger.clock()
        return at, await self._write(self._ledger, export, program, kept, at)

    async def _write(
        self, ledger: Ledger, export: Exporting, program: Program, kept: Kept, at: int
    ) -> int | None:
        """Write the rows as of the instant; returns the size, or None if the export is no longer
        wanted."""
        content, size, said_s = kept.content, 0, perf_counter()
        content.truncate(0)
        content.seek(0)
        async for piece in self._words.rows(ledger, program, export, at):
            size += await asyncio.to_thread(content.write, piece.text.encode())
            if perf_counter() - said_s >= SAY_EVERY_S:
                said_s = perf_counter()
                if not await exported.advance(
                    self._store, export, progress=piece.progress, size=size
                ):
                    return None
        await asyncio.to_thread(content.flush)
        return size

    async def _end(self, export: Exporting, status: str, *, at: int, size: int) -> None:
        now = self._ledger.clock()
        async with self._store.transaction() as writing:
            ended = await exported.end(writing, export, status, at=at, size=size, now=now)
            if ended is None:
                return
            event = Outgoing(
                "export.finished",
                now,
                ended.tenant_id,
                self._words.exported(ended),
                program=ended.program_id,
            )
            await outbox.put(writing, event)

    # -- what is no longer wanted ------------------------------------------------------------

    async def _remove(self, table: str) -> bool:
        """Remove some files that are past; whether there were as many as one pass removes."""
        past = await exported.past(self._store, table, now=self._ledger.clock(), limit=AT_ONCE)
        removed = 0
        for number, file in past:
            if await asyncio.to_thread(self._folder.remove, file):
                async with self._store.transaction() as writing:
                    await exported.drop(writing, table, number, file)
                removed += 1
        return removed == AT_ONCE

    async def _search(self) -> None:
        """Remove what an interrupted request has left in the folder."""
        now_s = asyncio.get_running_loop().time()
        if self._searched_s is not None and now_s < self._searched_s + STRAYS_EVERY_S:
            return
        self._searched_s = now_s
        for file in await asyncio.to_thread(self._folder.strays):
            if not await exported.is_named(self._store, file):
                self._folder.remove(file)
