"""What the carrier says of imports and exports, in the words of this API."""

from collections.abc import AsyncIterator
from functools import partial

from stampbook.dialects.native.exports.rows import Export
from stampbook.dialects.native.exports.writing import written
from stampbook.dialects.native.files.wire import export_document
from stampbook.dialects.native.wire.imports import import_document
from stampbook.domain.model import FOREVER
from stampbook.files.exported import Exporting
from stampbook.files.kinds import Exported
from stampbook.ledger.engine import Ledger
from stampbook.programs.programs import Program
from stampbook.settings import Settings
from stampbook.worker.carrying import Words, Written


def words_of(settings: Settings) -> Words:
    """The words of a server with these settings."""
    return Words(import_document, partial(export_document, base=settings.public_url), _rows)


async def _rows(
    ledger: Ledger, program: Program, export: Exporting, at: int
) -> AsyncIterator[Written]:
    reached = _Reached()
    until = FOREVER if export.until is None else export.until
    wanted = Export(ledger, program, at, export.since or 0, until, reached.note)
    async for text in written(wanted, Exported(export.kind), export.format):
        yield Written(text, reached.percent)


class _Reached:
    """How far an export is: by the number of members."""

    percent = 0

    def note(self, done: int, of: int) -> None:
        self.percent = min(99, 100 * done // max(of, 1))
