"""Lists of a card: its pending and expiring points, its transactions."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from stampbook.domain.model import split_number, transaction_number
from stampbook.http.voucherify.answers import respond
from stampbook.http.voucherify.buckets import waiting
from stampbook.http.voucherify.calls import Call, open_call
from stampbook.http.voucherify.cursors import Position
from stampbook.http.voucherify.filters import Sql, id_field, instant_field
from stampbook.http.voucherify.ids import NEVER_JOURNALLED, Prefix, spell
from stampbook.http.voucherify.listing import Kind, Page, Sort, fetch_page, list_body, read_page
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

JOURNALLED: Final = f"""
    SELECT t.account_id * 8388608 + t.seq AS number, t.recorded_at AS created_at,
           CAST($3 AS bigint) AS definition
    FROM transactions t
    JOIN transactions r ON r.shard = t.shard AND r.account_id = t.account_id AND r.seq = t.root
    WHERE t.shard = $1 AND t.account_id = $2 AND {PRINTED}
"""  # noqa: S608 - a constant
"""A card's transactions. Numbers are those of domain.model.transaction_number."""

REJECTED: Final = """
    SELECT 72057594037927936 + j.rejection_id, j.created_at, CAST($3 AS bigint)
    FROM voucherify_rejections j WHERE j.account_id = $2 AND j.tenant_id = $4
"""
"""What was rejected of a card, which no journal has. Numbers are above ids.NEVER_JOURNALLED."""

COLUMNS: Final[tuple[Mapping[str, str], Mapping[str, str]]] = (
    {"x.number": "t.account_id * 8388608 + t.seq", "x.created_at": "t.recorded_at"},
    {"x.number": "72057594037927936 + j.rejection_id", "x.created_at": "j.created_at"},
)
"""What the columns of the list are in each of the two."""


async def _numbers(call: Call, card: Card, page: Page) -> tuple[list[int], dict[str, str] | None]:
    """The numbers of a page of the card's transactions and rejections, and the next cursor.

    Either gives its own first rows after the position, in the order of an index, and both are
    merged: a page costs what is on it, however long the journal is.
    """
    cursors = await call.cursors()
    position = page.position(cursors)
    values: list[object] = [
        card.account % call.store.shards,
        card.account,
        card.place.definition,
        call.tenant,
    ]
    journalled = _first_rows(page, JOURNALLED, COLUMNS[0], position, values, journal=True)
    rejected = _first_rows(page, REJECTED, COLUMNS[1], position, values, journal=False)
    rows = await call.store.fetch(
        f"""
        SELECT x.number, x.created_at FROM (
            SELECT * FROM ({journalled}) t UNION ALL SELECT * FROM ({rejected}) j
        ) x ORDER BY {page.order_by} LIMIT {page.limit + 1}
        """,  # noqa: S608 - constants
        *values,
    )

    def key(row: Row) -> Position:
        return tuple(row[sort.column.removeprefix("x.")] for sort in page.sorts)

    shown, cursor = page.envelope(rows, cursors, key=key)
    return [row["number"] for row in shown], cursor


def _first_rows(
    page: Page,
    select: str,
    columns: Mapping[str, str],
    position: Position | None,
    values: list[object],
    *,
    journal: bool,
) -> str:
    """The statement of one part's rows after the position; its parameters are added to `values`.

    Rows of a journal are recorded in the order of their numbers, so that, in one direction, the
    place in the journal is the order by either field. That is what its index knows.
    """
    own = page._replace(
        sorts=tuple(Sort(columns[sort.column], sort.descending) for sort in page.sorts),
        kind=page.kind._replace(
            filters={
                name: field._replace(column=columns.get(field.column, "CAST($3 AS bigint)"))
                for name, field in page.kind.filters.items()
            }
        ),
    )
    chosen = own.filter(first=len(values) + 1)
    values += chosen.values
    after, order_by = own.after(position, first=len(values) + 1), own.order_by
    descending = page.sorts[0].descending
    if journal and all(sort.descending == descending for sort in page.sorts):
        order_by = f"t.seq {'DESC' if descending else 'ASC'}"
        number = 0 if position is None else position[-1]
        if isinstance(number, int) and 0 < number < NEVER_JOURNALLED:
            sign = "<" if descending else ">"
            place = f"t.seq {sign} CAST(${len(values) + 1} AS bigint)"
            after = Sql(place, (split_number(number)[1],))
    values += after.values
    return f"{select} AND {chosen.text} AND {after.text} ORDER BY {order_by} LIMIT {page.limit + 1}"


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
    numbers, cursor = await _numbers(call, table.card, page)
    data = await print_transactions(call, table.card, numbers)
    return respond(list_body(data, cursor), standing=call.standing)


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
