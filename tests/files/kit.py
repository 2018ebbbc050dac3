"""A program into which files are imported, on a store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from stampbook.dialects.native.wire.imports import import_document
from stampbook.domain.model import FOREVER
from stampbook.files.importing.running import Declared, Report, Running
from stampbook.files.reading.columns import Kind
from stampbook.files.reading.options import options
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal.lots import open_lots
from stampbook.programs import currencies, programs
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.storage.store import Store
from tests.migration.checking import faults, rows

NOW = 20_785 * 86_400_000_000  # 2026-11-28T00:00:00Z
TENANT = 1

Opened = tuple[str, str, str, str, int | None]
"""A lot: of whom, its currency, available and pending points, and when it expires (None: never)."""


class Shop:
    """One program with points (two decimals) and stamps (whole)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.ledger = Ledger(store, clock=lambda: self.now)
        self.program: Program
        self.currencies: dict[str, int] = {}

    async def found(self, terms: Terms | None = None) -> None:
        await self.ledger.start()
        async with self.store.transaction() as writing:
            self.program = await programs.create(writing, tenant=TENANT, name="shop", now=0)
            for code, scale in (("points", 2), ("stamps", 0)):
                made = await currencies.create(
                    writing, self.program, name=code, code=code, now=0, scale=scale, terms=terms
                )
                self.currencies[code] = made.currency_id

    def running(self, content: str | bytes | BytesIO, kind: str = "lots", **said: Any) -> Running:
        """The import of a file; words of `options` are declared, others are said of the import."""
        if isinstance(content, str):
            content = content.encode()
        file = content if isinstance(content, BytesIO) else BytesIO(content)
        words = ("encoding", "delimiter", "decimal", "grouping", "date_format", "ignore")
        written = options(**{word: said.pop(word) for word in words if word in said})
        return Running(
            self.ledger,
            self.program,
            file,
            Declared(Kind(kind), options=written, **said),
            tell=import_document,
        )

    async def take(self, content: str | bytes, kind: str = "lots", **said: Any) -> Report:
        """Import a file, from its first row to its last."""
        running = self.running(content, kind, **said)
        await running.open()
        return await running.run()

    async def people(self) -> dict[str, int]:
        """The accounts by their member (external id, phone or e-mail) and currency."""
        found = await self.store.fetch(
            """
            SELECT a.account_id, c.code, m.external_id, m.phone, m.email
            FROM accounts a JOIN members m ON m.member_id = a.member_id
            JOIN currencies c ON c.currency_id = a.currency_id
            WHERE a.program_id = $1 ORDER BY a.account_id
            """,
            self.program.program_id,
        )
        return {
            f"{row['external_id'] or row['phone'] or row['email']} {row['code']}": row["account_id"]
            for row in found
        }

    async def balances(self) -> dict[str, int]:
        """The total of each account, in smallest units."""
        found: dict[str, int] = {}
        for name, account in (await self.people()).items():
            balance = await self.ledger.balance(account, tenant=TENANT)
            assert balance is not None
            found[name] = balance[0].total
        return found

    async def lots(self) -> list[tuple[str, int, int, int | None]]:
        """Of whom, available, pending, and when it expires, of each open lot."""
        found: list[tuple[str, int, int, int | None]] = []
        for name, account in (await self.people()).items():
            for each in await open_lots(self.store, account):
                lot = each.lot
                expires_at = None if lot.expires_at == FOREVER else lot.expires_at
                found.append((name, lot.available, lot.pending, expires_at))
        return sorted(found, key=repr)

    async def finish(self) -> None:
        """Stop, and verify all that the store has."""
        await self.ledger.stop()
        assert await faults(self.store) == []

    async def movements(self) -> int:
        return await rows(self.store)


@asynccontextmanager
async def opened_shop(store: Store, terms: Terms | None = None) -> AsyncIterator[Shop]:
    """A new shop, verified at the end."""
    shop = Shop(store)
    await shop.found(terms)
    yield shop
    await shop.finish()


def figures(report: Report) -> tuple[int, int, int]:
    """Rows created, unchanged and refused."""
    run = report.run
    assert run.rows_read == run.created + run.unchanged + run.refused
    return run.created, run.unchanged, run.refused


def refused(report: Report) -> list[tuple[int, str | None, str]]:
    """Line, column and code of each refused row."""
    return [(each.fault.line, each.fault.column, each.fault.code) for each in report.refused]
