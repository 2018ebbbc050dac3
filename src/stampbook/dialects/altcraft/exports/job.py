"""Writing an export: a currency's accounts by number, each one's journal in order, as CSV.

One part is in memory at a time. Each is written together with how far it goes, so a job that was
interrupted goes on where it stood, and two that believe to have the same task write nothing twice.
"""

import csv
import io
import logging
from collections.abc import Sequence
from typing import NamedTuple

from stampbook.dialects.altcraft.exports import table
from stampbook.dialects.altcraft.exports.table import DONE, FAILED, Export
from stampbook.dialects.altcraft.rows import COLUMNS, Wording, transaction_object
from stampbook.dialects.spelling.altcraft import write_profile
from stampbook.domain.model import MAX_SEQUENCE, Transaction, split_number, transaction_number
from stampbook.edge.context import Context
from stampbook.files.cells import cell
from stampbook.ledger.journal import figures, rows
from stampbook.ledger.journal.rows import Page
from stampbook.programs import currencies, point_promotions

log = logging.getLogger(__name__)

HEADER = ("profile_id", "points_currency_iid", *COLUMNS)

PART_LINES = 1_000
"""Lines that make a part; it may have a page more."""

PART_ACCOUNTS = 200
"""Accounts that are looked at for one part, so that a part never takes long."""

JOURNAL_PAGE = 500
"""Rows of a journal read at once."""

_FLAGS = {True: "true", False: "false"}


class Gathered(NamedTuple):
    """A part in the making: its text, its lines, how far it goes, whether that is the end."""

    content: str
    lines: int
    position: int
    is_last: bool


async def write_export(context: Context, task: str) -> None:
    """Go on with the task to its end, unless another one is at work on it."""
    export = await table.claim(context.store, task, now=context.clock())
    if export is None:
        return
    try:
        await _write_parts(context, export)
    except Exception:
        log.exception("export %s failed", task)
        await table.finish(context.store, export, FAILED)
    except BaseException:
        await table.give_back(context.store, export)
        raise


async def _write_parts(context: Context, export: Export) -> None:
    currency = await currencies.get(context.store, export.currency_id, tenant=export.tenant_id)
    if currency is None:
        raise LookupError("the program was deleted meanwhile")
    promotions = await point_promotions.external_ids(context.store, export.program_id)
    wording = Wording(currency.scale, promotions)
    going: Export | None = export
    while going is not None:
        gathered = await _gather(context, going, wording)
        going = await table.add_part(
            context.store,
            going,
            gathered.content,
            lines=gathered.lines,
            position=gathered.position,
            now=context.clock(),
        )
        if going is not None:
            log.info("export %s: %d lines", going.task, going.lines)
            if gathered.is_last:
                await table.finish(context.store, going, DONE)
                return


async def _gather(context: Context, export: Export, wording: Wording) -> Gathered:
    """The next part's text: from after `position` on, until it is full or all is read."""
    text = io.StringIO()
    lines, position = 0, export.position
    writer = csv.writer(text, lineterminator="\r\n")
    if not export.parts:
        writer.writerow(HEADER)
    accounts = await _accounts(context, export)
    for account, member in accounts:
        while lines < PART_LINES:
            page = await _page(context, account, position)
            for row in page.rows:
                if _is_wanted(row, export):
                    writer.writerow(_line(row, page, wording, export, member))
                    lines += 1
            if len(page.rows) < JOURNAL_PAGE:
                position = transaction_number(account=account, seq=MAX_SEQUENCE)
                break
            position = page.rows[-1].number
    return Gathered(
        text.getvalue(), lines, position, lines < PART_LINES and len(accounts) < PART_ACCOUNTS
    )


async def _accounts(context: Context, export: Export) -> list[tuple[int, int]]:
    """The next accounts and their members; what the clock owes them is journalled first."""
    reached, seq = split_number(export.position)
    found = await context.store.fetch(
        """
        SELECT account_id, member_id FROM accounts
        WHERE currency_id = $1 AND account_id >= $2 ORDER BY account_id LIMIT $3
        """,
        export.currency_id,
        reached + 1 if seq == MAX_SEQUENCE else reached,
        PART_ACCOUNTS,
    )
    accounts = [(row["account_id"], row["member_id"]) for row in found]
    numbers = [account for account, _ in accounts]
    await context.ledger.settle(await figures.due_among(context.store, numbers, context.clock()))
    return accounts


async def _page(context: Context, account: int, position: int) -> Page:
    reached, seq = split_number(position)
    after = seq if reached == account else 0
    return await rows.page(context.store, account, after=after, limit=JOURNAL_PAGE)


def _is_wanted(row: Transaction, export: Export) -> bool:
    """What was recorded after the export was asked for belongs to the next one."""
    return (
        export.date_from <= row.effective_at <= export.date_to
        and row.recorded_at <= export.created_at
    )


def _line(
    row: Transaction, page: Page, wording: Wording, export: Export, member: int
) -> Sequence[str]:
    values = transaction_object(row, page, wording).values()
    return [write_profile(member), str(export.currency_id), *map(_cell, values)]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return _FLAGS[value]
    return cell(value)
