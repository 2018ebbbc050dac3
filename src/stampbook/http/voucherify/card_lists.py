"""Lists of a card: its pending and expiring points, its transactions."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from stampbook.domain.model import split_number, transaction_number
from stampbook.http.voucherify.answers import respond
from stampbook.http.voucherify.buckets import waiting
from stampbook.http.voucherify.calls import Call, open_call
from stampbook.http.voucherify.filters import Sql, id_field, instant_field
from stampbook.http.voucherify.ids import NEVER_JOURNALLED, Prefix, spell
from stampbook.http.voucherify.listing import Kind, fetch_page, list_body, read_page
from stampbook.http.voucherify.pending import CARD
from stampbook.http.voucherify.rejections import find_all, print_rejection
from stampbook.http.voucherify.rows import Card
from stampbook.http.voucherify.seats import find_card, settle
from stampbook.http.voucherify.times import stamp
from stampbook.http.voucherify.transactions import PRINTED, Entry, print_recorded
from stampbook.storage.store import Demand, Row

DUE: Final = (
    "CASE WHEN l.waiting THEN l.activates_at ELSE COALESCE(m.deadline_at, 9223372036854775807) END"
)
"""When a lot's points become available; of those that wait for an event: are rolled back."""

PENDING: Final = Kind(prefix="lcrscppb_", orders={"date": DUE}, number="l.lot", default="date")

SELECT_PENDING: Final = """
    SELECT l.lot, l.pending, l.activates_at, l.locked, l.created_at,
           COALESCE(m.deadline_at, 9223372036854775807) AS deadline_at, {keys}
    FROM lots l
    LEFT JOIN movements m ON m.shard = l.shard AND m.account_id = l.account_id
                         AND m.seq = l.accrued_by
"""


@get(CARD + "/pending-points")
async def list_pending_points(
    request: Request[Any, Any, Any],
    program: FromPath[str],
    member: FromPath[str],
    card: FromPath[str],
) -> Response[bytes]:
    """The buckets of a card that are pending, the soonest first."""
    call = await open_call(request, "read")
    page = read_page(call, PENDING)
    table = await find_card(call, program, member, card)
    await settle(call, table.card)
    account = table.card.account
    rows, cursor = await fetch_page(
        call.store,
        page,
        await call.cursors(),
        select=SELECT_PENDING,
        where=Sql(
            "l.shard = $1 AND l.account_id = $2 AND l.pending > 0",
            (account % call.store.shards, account),
        ),
    )
    data = [_pending_bucket(table.card, row) for row in rows]
    return respond(list_body(data, cursor), standing=call.standing)


def _pending_bucket(card: Card, row: Row) -> dict[str, Any]:
    waits = waiting(
        activates_at=row["activates_at"],
        deadline_at=row["deadline_at"],
        locked=bool(row["locked"]),
        rule=card.policy.pending.type,
        timezone=card.policy.timezone,
    )
    number = transaction_number(account=card.account, seq=row["lot"])
    return {
        "id": spell(Prefix.PENDING_BUCKET, number),
        **card.place.ids(),
        "points": {"total": row["pending"]},
        "date": waits.date.isoformat(),
        "type": waits.type,
        "status": "PENDING",
        "created_at": stamp(row["created_at"]),
        "updated_at": None,
        "object": "card_pending_points_bucket",
    }


TRANSACTIONS: Final = Kind(
    prefix="lcrsctx_",
    orders={"created_at": "x.created_at", "id": "x.number"},
    number="x.number",
    filters={
        "id": id_field("x.number", Prefix.TRANSACTION),
        "created_at": instant_field("x.created_at"),
        "card_definition_id": id_field("x.definition", Prefix.CARD_DEFINITION),
    },
)

SELECT_TRANSACTIONS: Final = f"""
    SELECT x.number, {{keys}} FROM (
        SELECT t.account_id * 8388608 + t.seq AS number, t.recorded_at AS created_at,
               CAST($3 AS bigint) AS definition
        FROM transactions t
        JOIN transactions r ON r.shard = t.shard AND r.account_id = t.account_id
                           AND r.seq = t.root
        WHERE t.shard = $1 AND t.account_id = $2 AND {PRINTED}
        UNION ALL
        SELECT 72057594037927936 + j.rejection_id, j.created_at, CAST($3 AS bigint)
        FROM voucherify_rejections j WHERE j.account_id = $2 AND j.tenant_id = $4
    ) x
"""  # noqa: S608 - a constant
"""A card's transactions, and what was rejected. Numbers are those of
domain.model.transaction_number and of ids.NEVER_JOURNALLED."""


@get(CARD + "/transactions")
async def list_transactions(
    request: Request[Any, Any, Any],
    program: FromPath[str],
    member: FromPath[str],
    card: FromPath[str],
) -> Response[bytes]:
    """All that happened to a card's points, the newest first."""
    call = await open_call(request, "read")
    page = read_page(call, TRANSACTIONS)
    table = await find_card(call, program, member, card)
    await settle(call, table.card)
    rows, cursor = await fetch_page(
        call.store,
        page,
        await call.cursors(),
        select=SELECT_TRANSACTIONS,
        where=Sql("1 = 1", transactions_of(call, table.card)),
    )
    data = await print_transactions(call, table.card, [row["number"] for row in rows])
    return respond(list_body(data, cursor), standing=call.standing)


def transactions_of(call: Call, card: Card) -> tuple[object, ...]:
    """The parameters of `SELECT_TRANSACTIONS`."""
    account = card.account
    return account % call.store.shards, account, card.place.definition, call.tenant


async def print_transactions(call: Call, card: Card, numbers: list[int]) -> list[dict[str, Any]]:
    """The transactions of those numbers, in their order."""
    entries = await read_entries(
        call, card.account, [split_number(n)[1] for n in numbers if n < NEVER_JOURNALLED]
    )
    refused = [n - NEVER_JOURNALLED for n in numbers if n >= NEVER_JOURNALLED]
    rejections = await find_all(call.store, card.account, refused, tenant=call.tenant)
    return [
        print_recorded(card.place, entries[split_number(number)[1]])
        if number < NEVER_JOURNALLED
        else print_rejection(card.place, rejections[number - NEVER_JOURNALLED], created=False)
        for number in numbers
    ]


async def read_entries(call: Call, account: int, seqs: list[int]) -> dict[int, Entry]:
    """Rows of a card's journal with what it takes to print them, by sequence number."""
    if not seqs:
        return {}
    demand = Demand(account, rows=frozenset(seqs))
    (found,) = await call.store.load(account % call.store.shards, [demand])
    rows = {row.seq: row for row in found.rows}
    movements = {movement.seq: movement for movement in found.movements}
    lots = {lot.seq: lot for lot in found.lots}
    return {seq: Entry(rows[seq], rows[rows[seq].root], movements.get(seq), lots) for seq in seqs}
