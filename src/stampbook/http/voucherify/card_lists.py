"""Lists of a card: its pending and expiring points, its transactions."""

from typing import Any, Final

from litestar import Request, Response, get

from stampbook.domain.model import transaction_number
from stampbook.http.voucherify.answers import respond
from stampbook.http.voucherify.buckets import waiting
from stampbook.http.voucherify.calls import open_call
from stampbook.http.voucherify.filters import Sql
from stampbook.http.voucherify.ids import Prefix, spell
from stampbook.http.voucherify.listing import Kind, fetch_page, list_body, read_page
from stampbook.http.voucherify.pending import CARD
from stampbook.http.voucherify.rows import Card
from stampbook.http.voucherify.seats import find_card, settle
from stampbook.http.voucherify.times import stamp
from stampbook.storage.store import Row

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
    request: Request[Any, Any, Any], program: str, member: str, card: str
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
