"""Legacy v1: a card's transactions, their export, and the member's activity."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from stampbook.domain.model import Kind, split_number
from stampbook.http.voucherify.answers import respond, respond_raw
from stampbook.http.voucherify.bodies import read_body
from stampbook.http.voucherify.calls import Call, open_call
from stampbook.http.voucherify.card_lists import read_entries
from stampbook.http.voucherify.cards import JOURNAL_PAGE, read_roots
from stampbook.http.voucherify.faults import not_found
from stampbook.http.voucherify.filters import id_field, instant_field, read_filters
from stampbook.http.voucherify.ids import Prefix, parse, spell
from stampbook.http.voucherify.legacy_cards import (
    LOYALTIES,
    Voucher,
    find_campaign,
    find_voucher,
)
from stampbook.http.voucherify.legacy_lists import LegacyPage, read_legacy_page
from stampbook.http.voucherify.lifetime import effect_of, flow_of
from stampbook.http.voucherify.once import write_once
from stampbook.http.voucherify.rows import NOBODY
from stampbook.http.voucherify.times import stamp
from stampbook.http.voucherify.transactions import Entry, Type, type_of
from stampbook.storage.store import Transacting

MEMBER: Final = LOYALTIES + "/members/{member:str}"
CAMPAIGN: Final = LOYALTIES + "/{campaign:str}"
OF_CAMPAIGN: Final = CAMPAIGN + "/members/{member:str}"

NUMBER: Final = "t.account_id * 8388608 + t.seq"

TYPES: Final = {
    Type.PENDING_POINTS_ACTIVATED: "PENDING_POINTS_ACTIVATION",
    Type.POINTS_EARNED: "POINTS_ACCRUAL",
    Type.POINTS_SPENT_ON_REWARD: "POINTS_REDEMPTION",
    Type.POINTS_SPENT_ON_ORDER: "POINTS_REDEMPTION",
    Type.POINTS_RETURNED: "POINTS_REFUND",
    Type.ADMIN_CREDIT: "POINTS_ADDITION",
    Type.ADMIN_DEBIT: "POINTS_REMOVAL",
    Type.POINTS_REFUNDED: "POINTS_REMOVAL",
    Type.POINTS_EXPIRED: "POINTS_EXPIRATION",
    Type.ADMIN_POINTS_EXPIRATION: "POINTS_EXPIRATION",
}
"""What v1 calls the transactions of v2. Pending points that are added or canceled have none."""

ACTIVITIES: Final = {
    Type.PENDING_POINTS_ADDED: "customer.voucher.loyalty_card.pending_points.added",
    Type.PENDING_POINTS_ACTIVATED: "customer.voucher.loyalty_card.pending_points.activated",
    Type.PENDING_POINTS_CANCELED: "customer.voucher.loyalty_card.pending_points.canceled",
    Type.POINTS_SPENT_ON_REWARD: "customer.redemption.succceeded",
    Type.POINTS_SPENT_ON_ORDER: "customer.redemption.succceeded",
    Type.POINTS_RETURNED: "customer.redemption.rollback.succceeded",
    Type.POINTS_EXPIRED: "customer.voucher.loyalty_card.points_expired",
    Type.ADMIN_POINTS_EXPIRATION: "customer.voucher.loyalty_card.points_expired",
}
"""What v1 calls the activities (the misspelling is the vendor's); all else adds points."""

TRANSFERS: Final = {
    Kind.TRANSFER_IN: "POINTS_TRANSFER_IN",
    Kind.TRANSFER_OUT: "POINTS_TRANSFER_OUT",
}

SELECT: Final = """
    SELECT t.account_id * 8388608 + t.seq AS number
    FROM accounts a
    JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = 0
    JOIN members m ON m.member_id = a.member_id AND m.deleted_at IS NULL
    JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id
    JOIN transactions r ON r.shard = t.shard AND r.account_id = t.account_id AND r.seq = t.root
    WHERE a.tenant_id = $1 AND NOT (t.kind IN (4, 5) AND r.kind = 3)
"""
"""Rows of cards but for what became of holds (kind 3): their commits (4) and releases (5)."""

MOVING: Final = (
    " AND t.kind <> 5 AND (t.kind NOT IN (1, 8, 9, 11, 13) OR t.balance_before <> t.balance_after)"
)
"""Without pending points that are added (1, 9, 11, 13), canceled (8) or rolled back (5)."""


class Scope(NamedTuple):
    """Whose rows are listed: an SQL condition with its parameters from `$2` on."""

    where: str
    values: tuple[object, ...]


def _card_scope(call: Call, voucher: Voucher) -> Scope:
    account = voucher.card.account
    return Scope("a.shard = $2 AND a.account_id = $3", (account % call.store.shards, account))


def _program_scope(program: int) -> Scope:
    return Scope("a.program_id = $2", (program,))


@get(MEMBER + "/transactions")
async def list_card_transactions(
    request: Request[Any, Any, Any], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.VOUCHER_TRANSACTION, default="-id")
    return await _list(call, page, _card_scope(call, await find_voucher(call, member)))


@get(OF_CAMPAIGN + "/transactions")
async def list_campaign_card_transactions(
    request: Request[Any, Any, Any], campaign: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.VOUCHER_TRANSACTION, default="-id")
    voucher = await find_voucher(call, member, campaign=campaign)
    return await _list(call, page, _card_scope(call, voucher))


@get(CAMPAIGN + "/transactions")
async def list_campaign_transactions(
    request: Request[Any, Any, Any], campaign: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.VOUCHER_TRANSACTION, default="-id")
    return await _list(call, page, _program_scope(await find_campaign(call, campaign)))


async def _list(call: Call, page: LegacyPage, scope: Scope) -> Response[bytes]:
    numbers = await _numbers(call, page, scope, MOVING)
    data = await print_legacy(call, numbers)
    return respond(page.envelope(data), standing=call.standing)


FIELDS: Final = {
    "id": id_field(NUMBER, Prefix.VOUCHER_TRANSACTION),
    "created_at": instant_field("t.recorded_at"),
}


async def _numbers(call: Call, page: LegacyPage, scope: Scope, which: str) -> list[int]:
    """The numbers of the rows of a page, and one more if there is one."""
    first = len(scope.values) + 2
    after, seen = page.condition(NUMBER, first=first)
    chosen = read_filters(call.pairs, FIELDS, first=first + len(seen), now=call.now)
    rows = await call.store.fetch(
        f"{SELECT}{which} AND {scope.where} AND {after} AND {chosen.text} {page.order_by(NUMBER)}",
        call.tenant,
        *scope.values,
        *seen,
        *chosen.values,
    )
    return [row["number"] for row in rows]


class Printed(NamedTuple):
    """A row with all that v1 tells of it."""

    number: int
    entry: Entry
    voucher: Voucher
    total: int

    @property
    def type(self) -> Type:
        row = self.entry.row
        return type_of(row, self.entry.root, flow_of(row))


async def print_legacy(call: Call, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """The transactions of those numbers, in their order."""
    printed = await _read(call, numbers)
    return [await _print(call, printed[number]) for number in numbers]


async def _read(call: Call, numbers: Iterable[int]) -> dict[int, Printed]:
    """Rows, card by card."""
    by_account: dict[int, list[int]] = {}
    for number in numbers:
        account, seq = split_number(number)
        by_account.setdefault(account, []).append(seq)
    found: dict[int, Printed] = {}
    for account, seqs in by_account.items():
        voucher = await find_voucher(call, spell(Prefix.VOUCHER, account))
        entries = await read_entries(call, account, seqs)
        totals = await _totals(call, account, max(seqs))
        for seq in seqs:
            number = entries[seq].row.number
            found[number] = Printed(number, entries[seq], voucher, totals[seq])
    return found


async def _totals(call: Call, account: int, last: int) -> dict[int, int]:
    """All points ever, as of each row up to the last."""
    totals: dict[int, int] = {}
    total = seq = 0
    while seq < last:
        rows = await call.store.journal(account, after=seq, limit=JOURNAL_PAGE)
        roots = await read_roots(call.store, account, rows)
        for row in rows:
            total += effect_of(row, roots[row.root]).total
            totals[row.seq] = total
            seq = row.seq
    return totals


async def _print(call: Call, printed: Printed) -> dict[str, Any]:
    row, type_ = printed.entry.row, printed.type
    by_v2 = {} if row.metadata is None else msgspec.json.decode(row.metadata)
    return {
        "id": spell(Prefix.VOUCHER_TRANSACTION, printed.number),
        "source_id": by_v2.get("source_id"),
        "voucher_id": printed.voucher.id,
        "campaign_id": printed.voucher.campaign_id,
        "source": None if row.by_clock else "API",
        "reason": row.reason,
        "type": TRANSFERS.get(row.kind) or TYPES[type_],
        "details": {
            "balance": {
                "type": "loyalty_card",
                "total": printed.total,
                "object": "balance",
                "points": row.effect,
                "balance": row.balance_after,
                "related_object": printed.voucher.related(),
            },
            **await _particulars(call, printed),
        },
        "related_transaction_id": _related(printed),
        "created_at": stamp(row.recorded_at),
    }


def _related(printed: Printed) -> str | None:
    """The other leg of a transfer; of points given back, the redemption."""
    row, root = printed.entry.row, printed.entry.root
    if row.peer:
        return spell(Prefix.VOUCHER_TRANSACTION, row.peer)
    if printed.type is Type.POINTS_RETURNED:
        return spell(Prefix.VOUCHER_TRANSACTION, root.number)
    return None


async def _particulars(call: Call, printed: Printed) -> dict[str, Any]:
    """What a transaction's details hold by its type."""
    row, root = printed.entry.row, printed.entry.root
    if row.kind in TRANSFERS:
        other = await _brief(call, split_number(row.peer)[0])
        mine = {"id": printed.voucher.id, "code": printed.voucher.code}
        incoming = row.kind is Kind.TRANSFER_IN
        return {
            "source_voucher": other if incoming else mine,
            "destination_voucher": mine if incoming else other,
        }
    match printed.type:
        case Type.POINTS_SPENT_ON_REWARD | Type.POINTS_SPENT_ON_ORDER:
            return {"redemption": {"id": spell(Prefix.REDEMPTION, root.number)}}
        case Type.POINTS_RETURNED:
            return {
                "redemption": {"id": spell(Prefix.REDEMPTION, root.number)},
                "rollback": {"id": spell(Prefix.ROLLBACK, row.number)},
            }
        case _:
            return {}


async def _brief(call: Call, account: int) -> dict[str, Any]:
    """Another card of a transfer, whether or not it still is somebody's."""
    row = await call.store.fetch_one(
        "SELECT number FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % call.store.shards,
        account,
        call.tenant,
    )
    name = spell(Prefix.VOUCHER, account)
    return {"id": name, "code": name if row is None else row["number"] or name}


# -- activity ----------------------------------------------------------------------------


@get(MEMBER + "/activity")
async def list_activity(request: Request[Any, Any, Any], member: FromPath[str]) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.EVENT, default="-id")
    return await _activity(call, page, await find_voucher(call, member))


@get(OF_CAMPAIGN + "/activity")
async def list_campaign_activity(
    request: Request[Any, Any, Any], campaign: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.EVENT, default="-id")
    return await _activity(call, page, await find_voucher(call, member, campaign=campaign))


async def _activity(call: Call, page: LegacyPage, voucher: Voucher) -> Response[bytes]:
    """What happened to the card, as events of its holder."""
    numbers = await _numbers(call, page, _card_scope(call, voucher), "")
    printed = await _read(call, numbers)
    data = [_event(printed[number]) for number in numbers]
    return respond(page.envelope(data), standing=call.standing)


def _event(printed: Printed) -> dict[str, Any]:
    row, voucher = printed.entry.row, printed.voucher
    word = "customer.voucher.loyalty_card.points_added"
    if row.kind in TRANSFERS:
        word = "customer.voucher.loyalty_card.points_transferred"
    return {
        "id": spell(Prefix.EVENT, printed.number),
        "type": ACTIVITIES.get(printed.type, word),
        "data": {
            "customer": {"id": voucher.member.customer_id, "object": "customer"},
            "voucher": {"id": voucher.id, "code": voucher.code, "object": "voucher"},
            "campaign": {"id": voucher.campaign_id, "name": voucher.program.name},
            "transaction": {"id": spell(Prefix.VOUCHER_TRANSACTION, printed.number)},
        },
        "created_at": stamp(row.recorded_at),
        "group_id": None,
    }


# -- export ------------------------------------------------------------------------------

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
EXPORT_PAGE: Final = 100


class ExportParameters(msgspec.Struct, frozen=True, kw_only=True):
    """What an export holds. Filters are those of the path."""

    order: Literal["created_at", "-created_at"] | None = None
    fields: Annotated[list[Column], Meta(max_length=20)] | None = None
    filters: dict[str, Any] | None = None


class ExportBody(msgspec.Struct, frozen=True, kw_only=True):
    parameters: ExportParameters = ExportParameters()


@post(MEMBER + "/transactions/export", status_code=200)
async def export_card(request: Request[Any, Any, Any], member: FromPath[str]) -> Response[bytes]:
    call = await open_call(request, "read")
    body = _export_body(call)
    voucher = await find_voucher(call, member)
    return await _export(call, request, body, voucher.program.program_id, voucher)


@post(OF_CAMPAIGN + "/transactions/export", status_code=200)
async def export_campaign_card(
    request: Request[Any, Any, Any], campaign: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    body = _export_body(call)
    voucher = await find_voucher(call, member, campaign=campaign)
    return await _export(call, request, body, voucher.program.program_id, voucher)


@post(CAMPAIGN + "/transactions/export", status_code=200)
async def export_campaign(
    request: Request[Any, Any, Any], campaign: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    body = _export_body(call)
    return await _export(call, request, body, await find_campaign(call, campaign), None)


def _export_body(call: Call) -> ExportBody:
    return read_body(call.body, ExportBody) if call.body.strip() else ExportBody()


async def _export(
    call: Call,
    request: Request[Any, Any, Any],
    body: ExportBody,
    program: int,
    voucher: Voucher | None,
) -> Response[bytes]:
    """An export is made when it is fetched: it holds what had happened until it was asked for."""

    async def write(writing: Transacting) -> Any:
        row = await writing.fetch_one(
            """
            INSERT INTO voucherify_exports
                (tenant_id, program_id, account_id, parameters, created_at)
            VALUES ($1, $2, $3, $4, $5) RETURNING export_id
            """,
            call.tenant,
            program,
            None if voucher is None else voucher.card.account,
            msgspec.json.encode(body.parameters).decode(),
            call.now,
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
            "result": {"url": f"{str(request.base_url).rstrip('/')}{LOYALTIES}/exports/{name}"},
            "user_id": None,
        }

    return respond(await write_once(call, write), standing=call.standing)


@get(LOYALTIES + "/exports/{export:str}")
async def fetch_export(request: Request[Any, Any, Any], export: FromPath[str]) -> Response[bytes]:
    """The export as CSV."""
    call = await open_call(request, "read")
    number = parse(Prefix.EXPORT, export)
    row = await call.store.fetch_one(
        "SELECT program_id, account_id, parameters, created_at FROM voucherify_exports"
        " WHERE export_id = $1 AND tenant_id = $2",
        NOBODY if number is None else number,
        call.tenant,
    )
    if row is None or call.caller.program not in (None, row["program_id"]):
        raise not_found("export", export)
    scope = _program_scope(row["program_id"])
    if row["account_id"] is not None:
        account = row["account_id"]
        scope = Scope("a.shard = $2 AND a.account_id = $3", (account % call.store.shards, account))
    parameters = msgspec.json.decode(row["parameters"], type=ExportParameters)
    text = await _csv(call, scope, parameters, until=row["created_at"])
    return respond_raw(text.encode(), media_type="text/csv; charset=utf-8", standing=call.standing)


async def _csv(call: Call, scope: Scope, parameters: ExportParameters, *, until: int) -> str:
    columns = parameters.fields or [*COLUMNS, *COLUMNS_MORE]
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(columns)
    page = LegacyPage(
        Prefix.VOUCHER_TRANSACTION, EXPORT_PAGE, parameters.order != "created_at", None
    )
    while True:
        numbers = await _numbers(call, page, scope, MOVING)
        for each in await print_legacy(call, numbers[:EXPORT_PAGE]):
            if each["created_at"] <= stamp(until):
                table.writerow([_cell(each, column) for column in columns])
        if len(numbers) <= EXPORT_PAGE:
            return written.getvalue()
        page = page._replace(after=numbers[EXPORT_PAGE - 1])


def _cell(transaction: dict[str, Any], column: Column) -> Any:
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
