"""Points that expire together: the list of a card's buckets, and expiring one by hand."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from stampbook.dialects.voucherify.core.bodies import read_no_body
from stampbook.dialects.voucherify.core.buckets import Expiring, expiring
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.ids import (
    SLIDING_DAY,
    PointsBucket,
    parse_bucket,
    spell_bucket,
)
from stampbook.dialects.voucherify.core.listing import Kind, list_body, read_page, slice_page
from stampbook.dialects.voucherify.core.once import is_repeat
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.seats import Table, check_active, find_card, settle
from stampbook.dialects.voucherify.core.times import EPOCH_DAY, day_number, end_of, stamp
from stampbook.dialects.voucherify.core.transactions import Entry, print_created
from stampbook.domain.commands import Expire, Note
from stampbook.domain.model import FOREVER, Lot
from stampbook.domain.policy import ExpiryType, start_of_day
from stampbook.domain.refusals import Code
from stampbook.ledger.journal.lots import lots_expiring, numbered, open_lots
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission

BUCKET: Final = "card_points_bucket"
REASON: Final = "Manual points expiration"

EXPIRING: Final = Kind(
    prefix="lcrspeb_",
    orders={"expiration_date": "expires_at"},
    number="bucket",
    default="expiration_date",
)


class Bucket(NamedTuple):
    """A card's available points of one expiration date."""

    id: PointsBucket
    expires: Expiring
    total: int
    created_at: int
    updated_at: int

    @property
    def day(self) -> int:
        assert self.expires.date is not None
        return day_number(self.expires.date)


async def list_expiring_points(call: Call) -> dict[str, Any]:
    """The buckets of a card that will expire, the soonest first."""
    program = call.parameters["program"]
    member = call.parameters["member"]
    card = call.parameters["card"]
    page = read_page(call, EXPIRING)
    table = await find_card(call, program, member, card)
    await settle(call, table.card)
    buckets = await read_buckets(call, table.card)
    shown, cursor = slice_page(
        buckets, page, await call.cursors(), key=lambda bucket: (bucket.day, bucket.id.day)
    )
    data = [_print(table.card, bucket) for bucket in shown]
    return list_body(data, cursor)


async def read_buckets(call: Call, card: Card) -> list[Bucket]:
    """The card's buckets with available points. Points keep the date they were born with, whatever
    the definition says of expiry now: all that will expire is there."""
    together: dict[tuple[int, bool], list[Lot]] = {}
    for lot, _ in await open_lots(call.store, card.account):
        if lot.available and lot.expires_at < FOREVER:
            together.setdefault((lot.expires_at, lot.sliding), []).append(lot)
    return list(_merged(card, together).values())


def _merged(
    card: Card, together: Mapping[tuple[int, bool], Sequence[Lot]]
) -> dict[PointsBucket, Bucket]:
    """What expires at several instants of one date is one bucket."""
    buckets: dict[PointsBucket, Bucket] = {}
    for (expires_at, sliding), lots in sorted(together.items()):
        expires = expiring(
            expires_at=expires_at,
            sliding=sliding,
            rule=card.policy.expiry.type,
            timezone=card.policy.timezone,
        )
        name = expires.bucket(card.account)
        born = [lot.created_at for lot in lots]
        part = Bucket(name, expires, sum(lot.available for lot in lots), min(born), max(born))
        same = buckets.get(name, part)
        buckets[name] = part._replace(
            total=part.total + (0 if same is part else same.total),
            created_at=min(part.created_at, same.created_at),
            updated_at=max(part.updated_at, same.updated_at),
        )
    return buckets


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
    program = call.parameters["program"]
    member = call.parameters["member"]
    card = call.parameters["card"]
    bucket = call.parameters["bucket"]
    read_no_body(call.body)
    table = await find_card(call, program, member, card)
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


def _check(table: Table, lots: list[Lot], now: int) -> None:
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


async def _expire(call: Call, table: Table, bucket: str, lots: list[Lot]) -> dict[str, Any]:
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
