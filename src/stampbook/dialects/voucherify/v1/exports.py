"""Legacy v1: transactions as CSV, streamed: each card's journal is read once, in its order."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.bodies import read_body
from stampbook.dialects.voucherify.core.calls import Call, Download
from stampbook.dialects.voucherify.core.faults import (
    Fault,
    invalid_payload,
    invalid_query,
    not_found,
)
from stampbook.dialects.voucherify.core.lists.choosing import lets_through
from stampbook.dialects.voucherify.core.lists.filters import (
    Tests,
    id_field,
    instant_field,
    read_tests,
)
from stampbook.dialects.voucherify.core.once import write_once
from stampbook.dialects.voucherify.core.points.cards import (
    JOURNAL_PAGE,
    read_lifetime_to_end,
    read_roots,
)
from stampbook.dialects.voucherify.core.points.lifetime import effect_of
from stampbook.dialects.voucherify.core.rows import NOBODY
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import (
    LOYALTIES,
    Voucher,
    card_currencies,
    named_campaign,
    named_voucher,
    voucher_of,
)
from stampbook.dialects.voucherify.v1.transactions import Printed, print_legacy
from stampbook.domain.model import MAX_ACCOUNT, Kind
from stampbook.files.cells import cell
from stampbook.ledger.journal.figures import last_row_at
from stampbook.storage.store import Transacting

Column = Literal[
    "id",
    "campaign_id",
    "voucher_id",
    "type",
    "source_id",
    "reason",
    "source",
    "balance",
    "amount",
    "related_transaction_id",
    "created_at",
    "details",
]
COLUMNS: Final[tuple[Column, ...]] = ("id", "campaign_id", "voucher_id", "type", "source_id")
COLUMNS_MORE: Final[tuple[Column, ...]] = (
    "reason",
    "source",
    "balance",
    "amount",
    "related_transaction_id",
    "created_at",
)
CSV: Final = b"text/csv; charset=utf-8"
CARDS_PAGE: Final = 200
"""Cards of a campaign that are looked up at once."""


FILTERS: Final = {
    "voucher_id": id_field("voucher", Prefix.VOUCHER),
    "campaign_id": id_field("campaign", Prefix.CAMPAIGN),
    "created_at": instant_field("created_at"),
}


class ExportParameters(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds of the transactions of its path."""

    order: Literal["created_at", "-created_at"] | None = None
    fields: Annotated[list[Column], Meta(max_length=20)] | None = None
    filters: dict[str, Any] | None = None


class ExportBody(msgspec.Struct, frozen=True, kw_only=True):
    parameters: ExportParameters = ExportParameters()


async def export_card(call: Call) -> dict[str, Any]:
    """Make an export of a card's transactions."""
    body, voucher = _export_body(call), await named_voucher(call)
    return await _export(call, body, voucher.program.program_id, voucher.card.account)


async def export_campaign(call: Call) -> dict[str, Any]:
    """Make an export of the transactions of a campaign's cards."""
    return await _export(call, _export_body(call), await named_campaign(call), None)


def _export_body(call: Call) -> ExportBody:
    body = read_body(call.body, ExportBody) if call.body.strip() else ExportBody()
    try:
        _tests(body.parameters, now=call.now)
    except Fault as fault:
        raise invalid_payload(f"Payload.parameters.filters: {fault.details}") from None
    return body


def _tests(parameters: ExportParameters, *, now: int) -> Tests:
    """What the filters of an export ask; days are counted back from `now`. Raises a Fault."""
    pairs: list[tuple[str, str]] = []
    for name, value in (parameters.filters or {}).items():
        if name == "junction":
            pairs += [("filters[junction]", str(each)) for each in _given(value)]
            continue
        conditions = value.get("conditions") if isinstance(value, dict) else None
        if not isinstance(conditions, dict):
            raise invalid_query(f"{name[:100]} must have conditions")
        for operator, given in conditions.items():
            pairs += [
                (f"filters[{name}][conditions][{operator}]", str(each)) for each in _given(given)
            ]
    return read_tests(pairs, FILTERS, now=now)


def _given(value: object) -> Sequence[object]:
    """The values of a condition: one, or a list of them."""
    if value is None:
        return ()
    return value or ("",) if isinstance(value, list) else (value,)


async def _export(
    call: Call, body: ExportBody, program: int, account: int | None
) -> dict[str, Any]:
    """An export is made when it is fetched: it holds what had happened until it was asked for."""

    async def write(writing: Transacting) -> Any:
        latest = await last_row_at(call.context.store, writing, program=program)
        row = await writing.fetch_one(
            """
            INSERT INTO voucherify_exports
                (tenant_id, program_id, account_id, parameters, created_at)
            VALUES ($1, $2, $3, $4, $5) RETURNING export_id
            """,
            call.tenant,
            program,
            account,
            msgspec.json.encode(body.parameters).decode(),
            max(call.now, latest),
        )
        assert row is not None
        name = spell(Prefix.EXPORT, row["export_id"])
        return {
            "id": name,
            "object": "export",
            "created_at": stamp(call.now),
            "status": "SCHEDULED",
            "channel": "API",
            "exported_object": "voucher_transactions",
            "parameters": {
                "order": body.parameters.order or "-created_at",
                "fields": body.parameters.fields or [*COLUMNS, *COLUMNS_MORE],
                "filters": body.parameters.filters or {},
            },
            "result": {"url": f"{call.origin}{LOYALTIES}/exports/{name}"},
            "user_id": None,
        }

    return await write_once(call, write)


async def fetch_export(call: Call) -> Download:
    """The export as CSV."""
    export = call.parameters["export"]
    number = parse(Prefix.EXPORT, export)
    row = await call.store.fetch_one(
        "SELECT program_id, account_id, parameters, created_at FROM voucherify_exports"
        " WHERE export_id = $1 AND tenant_id = $2",
        NOBODY if number is None else number,
        call.tenant,
    )
    if row is None or call.caller.program not in (None, row["program_id"]):
        raise not_found("export", export)
    parameters = msgspec.json.decode(row["parameters"], type=ExportParameters)
    if row["account_id"] is None:
        accounts = _accounts(call, row["program_id"], descending=parameters.order != "created_at")
    else:
        accounts = _only(row["account_id"])
    return Download(_lines(call, accounts, parameters, until=row["created_at"]), CSV)


async def _only(account: int) -> AsyncIterator[int]:
    yield account


async def _accounts(call: Call, program: int, *, descending: bool) -> AsyncIterator[int]:
    """The cards of a program's members, by number."""
    sign, direction = ("<", "DESC") if descending else (">", "ASC")
    currencies = await card_currencies(call, program)
    for currency in reversed(currencies) if descending else currencies:
        last = MAX_ACCOUNT + 1 if descending else 0
        while True:
            rows = await call.store.fetch(
                f"""
                SELECT a.account_id
                FROM accounts a JOIN members m ON m.member_id = a.member_id
                WHERE a.tenant_id = $1 AND a.currency_id = $2 AND a.account_id {sign} $3
                  AND m.deleted_at IS NULL
                ORDER BY a.account_id {direction} LIMIT {CARDS_PAGE}
                """,  # noqa: S608 - constants
                call.tenant,
                currency,
                last,
            )
            for row in rows:
                last = row["account_id"]
                yield last
            if len(rows) < CARDS_PAGE:
                break


async def _lines(
    call: Call, accounts: AsyncIterator[int], parameters: ExportParameters, *, until: int
) -> AsyncIterator[bytes]:
    """The CSV, some lines at a time."""
    columns = parameters.fields or [*COLUMNS, *COLUMNS_MORE]
    tests = _tests(parameters, now=until)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(columns)
    async for account in accounts:
        voucher = await voucher_of(call, account)
        if voucher is None:  # the member left meanwhile
            continue
        ids = {"voucher": account, "campaign": voucher.program.program_id}
        if not _may_have(tests, ids):
            continue
        descending = parameters.order != "created_at"
        async for part in _journal(call, voucher, descending=descending, until=until):
            for printed in part:
                if not lets_through(tests, {**ids, "created_at": printed.row.recorded_at}):
                    continue
                shown = await print_legacy(call, printed, with_particulars="details" in columns)
                table.writerow([cell(_value(shown, column)) for column in columns])
            yield written.getvalue().encode()
            written.seek(0)
            written.truncate()
    yield written.getvalue().encode()


def _may_have(tests: Tests, ids: Mapping[str, int]) -> bool:
    """Whether a card with these ids can have rows that the filters let through."""
    own = [of_field for of_field in tests.fields if of_field[0].field.column in ids]
    return tests.either or lets_through(Tests(own, either=False), ids)


async def _journal(
    call: Call, voucher: Voucher, *, descending: bool, until: int
) -> AsyncIterator[list[Printed]]:
    """The card's transactions up to an instant, page by page.

    A journal has no gaps, so that it can be read from its end as well; what all points ever were
    as of a row follows from the row before, or the one after it.
    """
    account = voucher.card.account
    figures, end = await read_lifetime_to_end(call.store, account)
    total = figures.total if descending else 0
    starts = range(0, end, JOURNAL_PAGE)
    for start in reversed(starts) if descending else starts:
        limit = min(JOURNAL_PAGE, end - start)
        rows = await call.store.journal(account, after=start, limit=limit)
        roots = await read_roots(call.store, account, rows)
        part = []
        for row in reversed(rows) if descending else rows:
            root = roots[row.root]
            gained = effect_of(row, root).total
            total += 0 if descending else gained
            held = root.kind is Kind.HOLD and row.kind in (Kind.COMMIT, Kind.RELEASE)
            if row.effect and not held and row.recorded_at <= until:
                part.append(Printed(row, root, voucher, total))
            total -= gained if descending else 0
        yield part


def _value(transaction: dict[str, Any], column: Column) -> Any:
    balance = transaction["details"]["balance"]
    match column:
        case "balance":
            return balance["balance"]
        case "amount":
            return balance["points"]
        case "details":
            return msgspec.json.encode(transaction["details"]).decode()
        case _:
            return transaction[column]
