"""Points that expire together: the list of a card's buckets, and expiring one by hand."""

from datetime import date
from typing import Any, Final

from stampbook.dialects.spelling.voucherify import (
    SLIDING_DAY,
    PointsBucket,
    parse_bucket,
    spell_bucket,
)
from stampbook.dialects.voucherify.core.bodies import read_no_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.judging import check_active
from stampbook.dialects.voucherify.core.lists.listing import Kind, list_body, read_page, slice_page
from stampbook.dialects.voucherify.core.once import is_repeat
from stampbook.dialects.voucherify.core.points.entries import Bucket, read_buckets
from stampbook.dialects.voucherify.core.points.transactions import Entry, print_created
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.seats import FoundCard, find_card, settle
from stampbook.dialects.voucherify.core.times import EPOCH_DAY, end_of, stamp
from stampbook.domain.commands import Expire, Note
from stampbook.domain.model import FOREVER, Lot
from stampbook.domain.policy import ExpiryType, start_of_day
from stampbook.domain.refusals import Code
from stampbook.ledger.journal.lots import lots_expiring, numbered
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission

BUCKET: Final = "card_points_bucket"
REASON: Final = "Manual points expiration"

LIST: Final = Kind(
    prefix="lcrspeb_",
    orders={"expiration_date": "expires_at"},
    number="bucket",
    default="expiration_date",
)


async def list_expiring_points(call: Call) -> dict[str, Any]:
    """The buckets of a card that will expire, the soonest first."""
    page = read_page(call, LIST)
    table = await find_card(call)
    await settle(call, table.card)
    buckets = await read_buckets(call, table.card)
    shown, cursor = slice_page(
        buckets, page, await call.cursors(), key=lambda bucket: (bucket.day, bucket.id.day)
    )
    data = [_print(table.card, bucket) for bucket in shown]
    return list_body(data, cursor)


def _print(card: Card, bucket: Bucket) -> dict[str, Any]:
    assert bucket.expires.date is not None
    fed_later = bucket.updated_at > bucket.created_at
    return {
        "id": spell_bucket(bucket.id),
        **card.place.ids(),
        "customer_id": card.place.customer_id,
        "points": {"total": bucket.total},
        "expiration_date": bucket.expires.date.isoformat(),
        "expiration_type": bucket.expires.type,
        "status": "ACTIVE",
        "created_at": stamp(bucket.created_at),
        "updated_at": stamp(bucket.updated_at) if fed_later else None,
        "object": "card_points_bucket",
    }


async def expire_points(call: Call) -> dict[str, Any]:
    """Expire all points of a bucket before their time."""
    bucket = call.parameters["bucket"]
    read_no_body(call.body)
    table = await find_card(call)
    await settle(call, table.card)
    name = parse_bucket(bucket)
    lots = await _lots_of(call, table.card, name)
    if name is None or not lots:
        raise not_found(BUCKET, bucket)
    if not await is_repeat(call):
        _check(table, lots, call.now)
    transaction = await _expire(call, table, bucket, lots)
    return {
        "transaction": transaction,
        "status": "TRANSACTION_CREATED",
        "message": "Points expiration transaction created",
    }


async def _lots_of(call: Call, card: Card, bucket: PointsBucket | None) -> list[Lot]:
    """All lots of a bucket, also those without available points; the fullest first."""
    if bucket is None or bucket.account != card.account:
        return []
    sliding = bucket.day == SLIDING_DAY
    timezone = card.policy.timezone
    day = date.fromordinal(min(EPOCH_DAY.toordinal() + bucket.day, LAST_DAY))
    lots = await lots_expiring(
        call.store,
        card.account,
        after=0 if sliding else start_of_day(day, timezone),
        until=FOREVER - 1 if sliding else end_of(day, timezone),
        sliding=sliding,
    )
    return sorted(lots, key=lambda lot: -lot.available)


LAST_DAY: Final = date(9998, 12, 31).toordinal()


def _check(table: FoundCard, lots: list[Lot], now: int) -> None:
    check_active(table, "Cannot expire points when", now)
    if table.card.policy.expiry.type is ExpiryType.NONE:
        raise Fault(
            423,
            "points_expiration_not_enabled",
            "Points expiration is not enabled",
            "Card definition does not have points expiration enabled",
        )
    if not lots[0].available:
        raise _not_active()


def _not_active() -> Fault:
    return Fault(
        423,
        "invalid_points_bucket_status",
        "Invalid points bucket status",
        "Points bucket must be in ACTIVE status in order to be expired",
    )


async def _expire(call: Call, table: FoundCard, bucket: str, lots: list[Lot]) -> dict[str, Any]:
    """One transaction for all lots of the bucket."""
    account = table.card.account
    named = tuple(lot.seq for lot in lots if lot.available) or (lots[0].seq,)
    note = Note(reason=REASON, actor=call.caller.actor)
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            program=table.program.program_id,
            account=account,
            commands=(Expire(target=lots[0].accrued_by, note=note, lots=named),),
            key=call.key,
            identity=f"expire {bucket}",
        )
    )
    if not isinstance(outcome, Done):
        raise _not_active() if outcome.code is Code.INSUFFICIENT_POINTS else refused(outcome)
    row = outcome.transaction
    wanted = frozenset(posting.lot for posting in row.postings)
    entry = Entry(row, row, None, await numbered(call.store, account, wanted))
    return print_created(table.card.place, entry)
