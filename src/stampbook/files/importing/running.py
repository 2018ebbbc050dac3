"""An import from its first row to its last, wherever it was interrupted."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import IO, Any, Final, NamedTuple

from msgspec.json import encode

from stampbook.files.importing import progress, sent
from stampbook.files.importing.identity import Identity, Occurrences, identity_of
from stampbook.files.importing.judging import Named
from stampbook.files.importing.progress import Import, Refused, Tally, added, record, steps
from stampbook.files.importing.prospects import Prospects
from stampbook.files.importing.trial import Trial
from stampbook.files.importing.unit import UNIT, Overtaken, Writer, write_steps
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.faults import Fault
from stampbook.files.reading.items import Item, Terms, Unit
from stampbook.files.reading.options import Options
from stampbook.files.reading.reader import Layout, Place, Row
from stampbook.files.vendors.table import Opened, opened
from stampbook.ledger.engine import Ledger
from stampbook.ledger.following import projections
from stampbook.ledger.origin import Origin, begin, current
from stampbook.pacing import apart
from stampbook.programs import currencies
from stampbook.programs.people.overseeing import Bounds
from stampbook.programs.programs import Program
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Outgoing
from stampbook.watching.counting import count
from stampbook.watching.metrics import IMPORT_ROWS

MAX_CURRENCIES: Final = 1_000
HASHED_AT_ONCE: Final = 1024 * 1024

KEPT_FAULTS: Final = 100
"""Refused rows that a report names; all are in the file of refused rows."""


class Declared(NamedTuple):
    """What the sender says about a file.

    `source` names where it comes from: ids of rows are those of their source. `strict`: nothing is
    written if any row is refused. `allow_negative`: a balance below zero becomes a deficit.
    """

    kind: Kind
    format: str = "csv"
    source: str = "default"
    options: Options = Options()
    strict: bool = False
    allow_negative: bool = False
    dry_run: bool = False

    @classmethod
    def of(cls, run: Import) -> "Declared":
        """What was said about the file of an import that has a row."""
        words = dict(run.declared)
        said = {name: words.pop(name) for name in ("format", "source", "strict", "allow_negative")}
        written = Options(**{**words, "ignore": frozenset(words["ignore"])})
        return cls(Kind(run.kind), options=written, dry_run=run.dry_run, **said)

    def digest(self, content: bytes) -> bytes:
        """Of a file, whose SHA-256 this is, and of what is said about it."""
        return hashlib.sha256(encode([self.kind.value, self.words]) + content).digest()

    @property
    def words(self) -> dict[str, Any]:
        """As it is stored."""
        options = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in self.options._asdict().items()
        }
        return {
            "format": self.format,
            "source": self.source,
            "strict": self.strict,
            "allow_negative": self.allow_negative,
            **options,
        }


Tell = Callable[[Import, Sequence[Refused], Mapping[str, int]], Mapping[str, Any]]
"""What those who follow events learn of an import that has ended: the import, the first rows that
it refused, and the scales of currencies by their codes."""


class Report(NamedTuple):
    """An import, and the first of the rows that it refused."""

    run: Import
    refused: list[Refused]


class Running:
    """One import of one file, from `open` on.

    `tell` words the event of its end. `run` is the row of a file that was sent to a server; without
    it a dry run leaves no trace, and an import finds its own row by the file. `share` is the most
    of the time that the work takes. `on_unit` is called after every unit, `on_refused` with every
    row that a dry run refuses.
    """

    def __init__(
        self,
        ledger: Ledger,
        program: Program,
        file: IO[bytes],
        declared: Declared,
        *,
        tell: Tell,
        run: Import | None = None,
        overseer: Bounds | None = None,
        share: float = 1.0,
        on_unit: Callable[[Import], object] = lambda run: None,
        on_refused: Callable[[Refused], object] = lambda refused: None,
    ) -> None:
        self._ledger = ledger
        self._program = program
        self._file = file
        self._declared = declared
        self._tell = tell
        self._row = run
        self._overseer = overseer
        self._share = share
        self.on_unit = on_unit
        self.on_refused = on_refused
        self.layout: Layout | None = None
        self.scales: dict[str, int] = {}
        self._writer: Writer | None = None
        self._opened: Opened | None = None
        self._kept: list[Refused] = []

    async def open(self) -> None:
        """Read what the first line says. Raises Unusable."""
        listed = await currencies.page(
            self._ledger.store, self._program.program_id, limit=MAX_CURRENCIES
        )
        units: dict[str, Unit] = {}
        for each in listed:
            unit = Unit(each.currency_id, each.code, each.scale)
            units[each.code] = units[f"cur_{each.currency_id:x}"] = unit
        self.scales = {each.code: each.scale for each in listed}
        declared = self._declared
        terms = Terms(
            declared.kind,
            units,
            self._program.timezone,
            declared.options,
            declared.allow_negative,
        )
        self._opened = await apart(opened, declared.format, self._file, terms)
        self.layout = self._opened.layout
        by_number = {each.currency_id: each for each in listed}
        terms = self._opened.terms
        self._writer = Writer(
            self._ledger, self._program, by_number, terms, declared.source, self._overseer
        )

    async def run(self) -> Report:
        """Import all rows, or what is left of them. Raises Overtaken, Busy and Unavailable."""
        assert self._writer is not None, "open comes first"
        is_judged = self._row is not None and self._row.judged
        if self._declared.dry_run or (self._declared.strict and not is_judged):
            run = await self._try(self._writer)
            if self._declared.dry_run:
                return await self._end(run, "done")
            if run.refused:  # what was tried is not written
                return await self._end(run._replace(created=0, totals={}), "failed")
            if self._row is not None:
                await self._begin_anew(self._row, judged=True)
        return await self._write(self._writer)

    async def fail(self, fault: Fault) -> None:
        """Nothing of the file of a row can be read: so it says. Raises Overtaken."""
        assert self._row is not None
        await self._end(self._row, "failed", fault)

    # -- dry runs ------------------------------------------------------------------------

    async def _try(self, writer: Writer) -> Import:
        """Judge all rows. What was tried of a row of its own before an interruption is tried
        again, since each row rests on those before."""
        run = self._unwritten()
        if self._row is not None:
            run = await self._begin_anew(self._row, judged=False)
        found = await self._ledger.store.policies(list(writer.currencies))
        policies = {each.currency: each for each in found}
        with Occurrences() as occurrences, Prospects() as prospects:
            trial = Trial(writer, policies, occurrences, prospects)
            async for unit, after in self._units(Place(), occurrences):
                tally = await trial.judge(unit)
                run = await self._tried(run, tally, after)
                self.on_unit(run)
        return run

    async def _tried(self, run: Import, tally: Tally, after: Place) -> Import:
        for each in tally.refused:
            if len(self._kept) < KEPT_FAULTS:
                self._kept.append(each)
            self.on_refused(each)
        further = added(run, tally, after)
        if run.import_id:
            async with self._ledger.store.transaction() as writing:
                await write_steps(writing, steps(run, further, tally))
        return further

    async def _begin_anew(self, run: Import, *, judged: bool) -> Import:
        async with self._ledger.store.transaction() as writing:
            anew = await sent.begin_anew(writing, run, judged=judged)
        if anew is None:
            raise Overtaken
        self._row = anew
        return anew

    def _unwritten(self) -> Import:
        return Import(
            import_id=0,
            tenant_id=self._program.tenant_id,
            program_id=self._program.program_id,
            kind=self._declared.kind.value,
            declared=self._declared.words,
            status="running",
            dry_run=self._declared.dry_run,
            bytes=self._file.seek(0, 2),
            position=0,
            line=0,
            rows_read=0,
            created=0,
            unchanged=0,
            refused=0,
            totals={},
            resumed=0,
            started_at=self._ledger.clock(),
            finished_at=None,
        )

    # -- what is written -----------------------------------------------------------------

    async def _write(self, writer: Writer) -> Report:
        run = self._row or await self._begun()
        asker = current()
        number = f"imp_{run.import_id:x}"
        begin(
            Origin(
                "import",
                number,
                api_key_id=asker.api_key_id,
                user_id=asker.user_id,
                login=asker.login,
            )
        )
        try:
            run = await self._go_on(writer, run)
        finally:
            begin(asker)
        return await self._end(run, "done")

    async def _end(self, run: Import, status: str, fault: Fault | None = None) -> Report:
        """The import has ended; one that has a row lets others learn it. Raises Overtaken."""
        now, tenant = self._ledger.clock(), run.tenant_id
        if not run.import_id:
            return Report(run._replace(status=status, finished_at=now), self._kept)
        keep_us = sent.KEPT_US if run.dry_run and status == "done" else 0
        async with self._ledger.store.transaction() as writing:
            ended = await progress.end(writing, run, status, now=now, keep_us=keep_us)
            if ended is None:
                raise Overtaken
            if fault is not None:
                await sent.blame(writing, ended, fault)
            first = await progress.refusals(
                writing, run.import_id, tenant=tenant, limit=KEPT_FAULTS
            )
            told = self._tell(ended, first, self.scales)
            event = Outgoing("import.finished", now, tenant, told, program=run.program_id)
            await outbox.put(writing, event)
            await record(writing, ended, "import.finished", now=now)
        return Report(ended, first)

    async def _go_on(self, writer: Writer, run: Import) -> Import:
        with Occurrences() as occurrences:
            if run.named_upto < run.position:
                await apart(self._recount, run, occurrences)
            async for unit, after in self._units(run.place, occurrences):
                advance = partial(added, run, after=after, named=_are_named(unit))
                tally = await writer.write(
                    unit,
                    lambda tally, before=run, advance=advance: steps(  # type: ignore[misc]
                        before, advance(tally), tally
                    ),
                )
                run = advance(tally)
                count(IMPORT_ROWS, "done", by=tally.created + tally.unchanged)
                count(IMPORT_ROWS, "refused", by=len(tally.refused))
                self.on_unit(run)
                store, now = self._ledger.store, self._ledger.clock()
                await projections.keep_up(store, now=now, rows=tally.created)
        return run

    async def _begun(self) -> Import:
        """The import of this file that was interrupted, or a new one."""
        declared, program = self._declared, self._program
        digest = self._digest()
        async with self._ledger.store.transaction() as writing:
            found = await progress.interrupted(writing, program=program.program_id, digest=digest)
            if found is not None:
                return found
            run = await progress.begin(
                writing,
                tenant=program.tenant_id,
                program=program.program_id,
                kind=declared.kind.value,
                declared=declared.words,
                digest=digest,
                size=self._file.seek(0, 2),
                dry_run=False,
                now=self._ledger.clock(),
            )
            await record(writing, run, "import.started", now=self._ledger.clock())
        return run

    def _digest(self) -> bytes:
        """Of the file and of what is said about it."""
        hashed = hashlib.sha256()
        self._file.seek(0)
        while part := self._file.read(HASHED_AT_ONCE):
            hashed.update(part)
        return self._declared.digest(hashed.digest())

    # -- rows ----------------------------------------------------------------------------

    def _rows(self, place: Place) -> Iterator[Row]:
        assert self._opened is not None
        return self._opened.rows(place if place.position else None)

    async def _units(
        self, place: Place, occurrences: Occurrences
    ) -> AsyncIterator[tuple[list[Named], Place]]:
        """As `_read`; each unit is read on a thread, and after it others have their share."""
        units, began = self._read(place, occurrences), perf_counter()
        while (unit := await apart(next, units, None)) is not None:
            yield unit
            took_s = perf_counter() - began
            await asyncio.sleep(took_s / self._share - took_s)
            began = perf_counter()

    def _read(self, place: Place, occurrences: Occurrences) -> Iterator[tuple[list[Named], Place]]:
        """The rows from that place on, at most UNIT at once, members apart from movements."""
        unit: list[Named] = []
        of_members: bool | None = None
        after = place
        for row in self._rows(place):
            if row.item is not None:
                kind = row.item.kind is Kind.MEMBERS
                if of_members is not None and kind != of_members:
                    yield unit, after
                    unit = []
                of_members = kind
            unit.append(Named(row, self._identity(row.item, occurrences)))
            after = row.after
            if len(unit) == UNIT:
                yield unit, after
                unit, of_members = [], None
        if unit:
            yield unit, after

    def _identity(self, item: Item | None, occurrences: Occurrences) -> Identity | None:
        if item is None or item.kind is Kind.MEMBERS:
            return None
        return identity_of(item, self._declared.source, occurrences)

    def _recount(self, run: Import, occurrences: Occurrences) -> None:
        """Count the rows that were read: equal rows after them must not be taken for them. Rows
        with ids of their own need no counting, and those at the beginning are not even read."""
        assert self._opened is not None
        is_whole = self._opened.documents is not None  # its places are numbers of rows
        for row in self._rows(Place() if is_whole else Place(run.named_upto)):
            if row.after.position > run.position:
                return
            self._identity(row.item, occurrences)


def _are_named(unit: Sequence[Named]) -> bool:
    """Whether what these rows are follows from ids of their own, and not from how often their
    content was there before."""
    items = (each.row.item for each in unit if each.identity is not None)
    return all(item is None or item.name is not None for item in items)


__all__ = ["Declared", "Overtaken", "Report", "Running", "Tell"]
