"""An import from its first row to its last, wherever it was interrupted."""

import hashlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final, NamedTuple

from msgspec.json import encode

from stampbook.files.importing import progress
from stampbook.files.importing.identity import Identity, Occurrences, identity_of
from stampbook.files.importing.judging import Named
from stampbook.files.importing.progress import Import, Refused, added, steps
from stampbook.files.importing.trial import Trial
from stampbook.files.importing.unit import UNIT, Overtaken, Writer
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.items import Item, Terms, Unit
from stampbook.files.reading.options import Options
from stampbook.files.reading.reader import Layout, Place, Row
from stampbook.files.vendors.table import FORMATS, Opened, opened
from stampbook.ledger.engine import Ledger
from stampbook.ledger.origin import Origin, begin, current
from stampbook.programs import auditing, currencies
from stampbook.programs.programs import Program

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


class Report(NamedTuple):
    """An import, and the first of the rows that it refused."""

    run: Import
    refused: list[Refused]


class Running:
    """One import of one file, from `open` on.

    `on_unit` is called after every unit, `on_refused` with every row that a dry run refuses.
    """

    def __init__(
        self,
        ledger: Ledger,
        program: Program,
        file: IO[bytes],
        declared: Declared,
        *,
        on_unit: Callable[[Import], object] = lambda run: None,
        on_refused: Callable[[Refused], object] = lambda refused: None,
    ) -> None:
        self._ledger = ledger
        self._program = program
        self._file = file
        self._declared = declared
        self.on_unit = on_unit
        self.on_refused = on_refused
        self.layout: Layout | None = None
        self.scales: dict[str, int] = {}
        self._writer: Writer | None = None
        self._opened: Opened | None = None

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
        self._opened = opened(declared.format, self._file, terms)
        self.layout = self._opened.layout
        by_number = {each.currency_id: each for each in listed}
        terms = self._opened.terms
        self._writer = Writer(self._ledger, self._program, by_number, terms, declared.source)

    async def run(self) -> Report:
        """Import all rows, or what is left of them. Raises Overtaken, Busy and Unavailable."""
        assert self._writer is not None, "open comes first"
        if self._declared.dry_run or self._declared.strict:
            report = await self._try(self._writer)
            if self._declared.dry_run or report.run.refused:
                return report
        return await self._write(self._writer)

    # -- dry runs ------------------------------------------------------------------------

    async def _try(self, writer: Writer) -> Report:
        run, kept = self._unwritten(), list[Refused]()
        found = await self._ledger.store.policies(list(writer.currencies))
        policies = {each.currency: each for each in found}
        with Occurrences() as occurrences:
            trial = Trial(writer, policies, occurrences)
            for unit, after in self._units(Place(), occurrences):
                tally = await trial.judge(unit)
                for each in tally.refused:
                    if len(kept) < KEPT_FAULTS:
                        kept.append(each)
                    self.on_refused(each)
                run = added(run, tally, after)
                self.on_unit(run)
        failed = self._declared.strict and not self._declared.dry_run and run.refused
        now = self._ledger.clock()
        return Report(run._replace(status="failed" if failed else "done", finished_at=now), kept)

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
        run = await self._begun()
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
        store = self._ledger.store
        async with store.transaction() as writing:
            run = await progress.end(writing, run, "done", now=self._ledger.clock())
            await self._record(writing, run, "import.finished")
        tenant = self._program.tenant_id
        first = await progress.refusals(store, run.import_id, tenant=tenant, limit=KEPT_FAULTS)
        return Report(run, first)

    async def _go_on(self, writer: Writer, run: Import) -> Import:
        with Occurrences() as occurrences:
            if run.position:
                self._recount(run.place, occurrences)
            for unit, after in self._units(run.place, occurrences):
                before = run
                tally = await writer.write(
                    unit,
                    lambda tally, before=before, after=after: steps(  # type: ignore[misc]
                        before, added(before, tally, after), tally
                    ),
                )
                run = added(run, tally, after)
                self.on_unit(run)
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
            await self._record(writing, run, "import.started")
        return run

    async def _record(self, writing: Any, run: Import, action: str) -> None:
        await auditing.record(
            writing,
            tenant=run.tenant_id,
            action=action,
            now=self._ledger.clock(),
            entity=f"imp_{run.import_id:x}",
            program=run.program_id,
            changes={
                name: {"before": None, "after": value}
                for name, value in (
                    ("kind", run.kind),
                    ("bytes", run.bytes),
                    ("created", run.created),
                    ("refused", run.refused),
                )
            },
        )

    def _digest(self) -> bytes:
        """Of the file and of what is said about it."""
        hashed = hashlib.sha256(encode([self._declared.kind.value, self._declared.words]))
        self._file.seek(0)
        while part := self._file.read(HASHED_AT_ONCE):
            hashed.update(part)
        return hashed.digest()

    # -- rows ----------------------------------------------------------------------------

    def _rows(self, place: Place) -> Iterator[Row]:
        assert self._opened is not None
        return self._opened.rows(place if place.position else None)

    def _units(self, place: Place, occurrences: Occurrences) -> Iterator[tuple[list[Named], Place]]:
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

    def _recount(self, place: Place, occurrences: Occurrences) -> None:
        """Count the rows before the place: equal rows after it must not be taken for them."""
        for row in self._rows(Place()):
            if row.after.position > place.position:
                return
            self._identity(row.item, occurrences)


__all__ = ["FORMATS", "Declared", "Overtaken", "Report", "Running"]
