"""Legacy v1: cards and their balances: publish, read, add and remove points, transfer, expiry."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from stampbook.dialects.instants import is_never
from stampbook.dialects.spelling.voucherify import Prefix, spell, spell_bucket
from stampbook.dialects.voucherify.core.bodies import Date, Id, Metadata, Points, Reason, read_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.definitions.rows import assigned
from stampbook.dialects.voucherify.core.faults import (
    TOO_FEW,
    Fault,
    invalid_payload,
    not_found,
    refused,
)
from stampbook.dialects.voucherify.core.lists.listing import read_limit
from stampbook.dialects.voucherify.core.once import write_then_print
from stampbook.dialects.voucherify.core.people.customers import (
    UNADDRESSABLE,
    Customer,
    CustomerBody,
    by_either,
    by_id,
    find_or_insert,
)
from stampbook.dialects.voucherify.core.people.joining import Joined, MemberCreate, join
from stampbook.dialects.voucherify.core.points.entries import read_buckets
from stampbook.dialects.voucherify.core.rows import Program, find_seat
from stampbook.dialects.voucherify.core.seats import check_program
from stampbook.dialects.voucherify.core.times import end_of, read_date, read_instant, stamp
from stampbook.dialects.voucherify.v1.cards import (
    Voucher,
    find_voucher,
    named_campaign,
    named_voucher,
    print_voucher,
    too_few,
)
from stampbook.dialects.voucherify.v1.lists import read_page_number
from stampbook.dialects.voucherify.v1.transactions import print_balance
from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.model import FOREVER, Kind
from stampbook.domain.policy import local_date
from stampbook.domain.refusals import Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.repeating import USED
from stampbook.ledger.submission import Asked, Submission, Transfer
from stampbook.programs.faults import Taken
from stampbook.storage.fingerprints import given
from stampbook.storage.former_fingerprints import words
from stampbook.storage.store import Key, Transacting

MAX_TRANSFERS: Final = 100

Code = Annotated[str, Meta(min_length=1, max_length=255)]
SourceId = Annotated[str, Meta(max_length=255)]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a card. The customer is an id, or an object with an id or a source id."""

    customer: Id | dict[str, Any] | None = None
    voucher: Code | None = None
    metadata: Metadata | None = None


class BalanceChange(msgspec.Struct, frozen=True, kw_only=True):
    points: Points
    expiration_type: Literal["PROGRAM_RULES", "CUSTOM_DATE", "NON_EXPIRING"] | None = None
    expiration_date: Date | None = None
    reason: Reason | None = None
    source_id: SourceId | None = None


class TransferIn(msgspec.Struct, frozen=True, kw_only=True):
    code: Code
    points: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    reason: Reason | None = None
    source_id: SourceId | None = None


TransfersIn = Annotated[list[TransferIn], Meta(min_length=1, max_length=MAX_TRANSFERS)]


async def read_card(call: Call) -> dict[str, Any]:
    return await print_voucher(call, await named_voucher(call))


async def publish_card(call: Call) -> dict[str, Any]:
    """Make the customer a member of the campaign's program; a customer who is new is made too."""
    wanted = read_body(call.body, Publication)
    if wanted.voucher in UNADDRESSABLE:
        raise invalid_payload("Payload.voucher must be a code that a path can name")
    number = await named_campaign(call)
    touched: list[int] = []

    async def write(writing: Transacting) -> str:
        program = await _publishing(writing, call, number)
        customer = await _customer(writing, call, wanted.customer)
        joined = await _publish(writing, call, program, customer, wanted)
        touched.extend(joined.touched)
        return spell(Prefix.VOUCHER, joined.accounts[0])

    async def show(voucher: str) -> dict[str, Any]:
        call.context.ledger.forget(touched)
        return await print_voucher(call, await find_voucher(call, voucher))

    return await write_then_print(call, write, show)


async def _publishing(writing: Transacting, call: Call, number: int) -> Program:
    """The campaign's program, if cards can be published in it. Raises a Fault."""
    seat = await find_seat(call.store, tenant=call.tenant, program=number, db=writing)
    if seat.program is None:
        raise not_found("campaign", call.parameters["campaign"])
    check_program(seat.program, "publish loyalty card")
    if len(await assigned(writing, number)) != 1:
        raise Fault(
            400,
            "no_voucher_suitable_for_publication",
            "No voucher suitable for publication",
            "The campaign's program must have exactly one card definition",
        )
    return seat.program


async def _publish(
    writing: Transacting, call: Call, program: Program, customer: Customer, wanted: Publication
) -> Joined:
    """Raises a Fault (400) for a code that somebody has, and for who is a member already."""
    body = MemberCreate(metadata=wanted.metadata)
    try:
        return await join(writing, call, program, customer, body, wanted.voucher)
    except Taken:
        details = f"Voucher {wanted.voucher} is published already"
    except Fault as fault:
        if fault.key != "member_already_exists":
            raise
        details = fault.details
    raise Fault(400, "voucher_already_published", "Voucher already published", details)


async def _customer(
    writing: Transacting, call: Call, named: str | dict[str, Any] | None
) -> Customer:
    """The customer that the request names or describes. Writes; raises a Fault."""
    if named is None:
        raise invalid_payload("Payload must have required property 'customer'")
    if isinstance(named, str):
        found = await by_either(writing, call, named)
    else:
        found = await _described(writing, call, named)
    if found.number is None:
        raise not_found("customer", found.id)
    return found


async def _described(writing: Transacting, call: Call, named: dict[str, Any]) -> Customer:
    """A customer by id, by source id, or a new one. Writes."""
    text = named.get("id")
    if isinstance(text, str):
        known = await by_id(writing, text, tenant=call.tenant, program=call.caller.program)
        if known is None:
            raise not_found("customer", text)
        return known
    described = read_body(msgspec.json.encode(named), CustomerBody)
    try:
        return await find_or_insert(writing, call, described)
    except Fault as fault:
        if fault.key != "duplicate_found":
            raise
        raise not_found("customer", str(described.source_id)) from None


async def change_balance(call: Call) -> dict[str, Any]:
    """Add points, to be used at once, or remove some."""
    wanted = read_body(call.body, BalanceChange)
    voucher = await named_voucher(call)
    if wanted.points == 0:
        raise invalid_payload("Payload.points must not be 0")
    note = note_of(call, wanted.reason, wanted.source_id)
    command: Accrue | Redeem
    if wanted.points > 0:
        command = Accrue(
            amount=wanted.points,
            kind=Kind.ADJUST_CREDIT,
            activates_at=call.now,
            expires_at=_expiry(call, voucher, wanted),
            note=note,
        )
    else:
        command = Redeem(amount=-wanted.points, kind=Kind.ADJUST_DEBIT, note=note)
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            account=voucher.card.account,
            commands=(command,),
            key=call.key,
            identity=Asked("balance", wanted, lambda: f"balance {words(wanted)}"),
        )
    )
    if not isinstance(outcome, Done):
        raise too_few(voucher) if outcome.code in TOO_FEW else refused(outcome)
    return await print_balance(call, voucher, wanted.points, outcome)


def note_of(call: Call, reason: str | None, source_id: str | None) -> Note:
    """What v1 calls the merchant's own id of a transaction goes into its metadata."""
    metadata = None
    if source_id is not None:
        metadata = msgspec.json.encode({"source_id": source_id}).decode()
    return Note(reason=reason, metadata=metadata, actor=call.caller.actor)


def _expiry(call: Call, voucher: Voucher, wanted: BalanceChange) -> int | None:
    """When the points expire: None leaves it to the program. Raises a Fault (400).

    A date without a type is a CUSTOM_DATE."""
    if wanted.expiration_type == "NON_EXPIRING":
        return FOREVER
    is_dated = wanted.expiration_type is None and bool(wanted.expiration_date)
    if wanted.expiration_type != "CUSTOM_DATE" and not is_dated:
        return None
    timezone = voucher.program.timezone
    if is_never(wanted.expiration_date or ""):
        return FOREVER
    text = wanted.expiration_date or ""
    day = None if read_instant(text) is None else read_date(text[:10])
    if day is None or not local_date(call.now, timezone) <= day or day.year > LAST_YEAR:
        raise Fault(
            400,
            "invalid_expiration_date",
            "Invalid expiration date",
            "Expiration date must be a date, YYYY-MM-DD, that is not in the past",
        )
    return end_of(day, timezone)


LAST_YEAR: Final = 9000


def _asked_transfers(receiver: int, at: int, wanted: Sequence[TransferIn]) -> Asked:
    """One of the transfers: its key is that of the whole list."""
    return Asked(
        "transfers",
        given(receiver=receiver, at=at, wanted=wanted),
        lambda: f"transfers to {receiver}, {at}: {words(wanted)}",
    )


async def _keys_of(call: Call, transfers: int) -> list[str | None]:
    """The keys of a request's transfers. The first has the request's own, so that no other request
    can use it; earlier releases numbered that one, too."""
    if call.key is None:
        return [None] * transfers
    former = f"{call.key}/0"
    is_former = await call.store.find_keys([Key(call.tenant, former)])
    return [former if is_former else call.key, *(f"{call.key}/{at}" for at in range(1, transfers))]


async def transfer_points(call: Call) -> dict[str, Any]:
    """The card receives points from others of its campaign: all of them, or none."""
    wanted = read_body(call.body, TransfersIn)
    campaign = call.parameters["campaign"]
    receiver = await named_voucher(call)
    sources = [await find_voucher(call, each.code, campaign=campaign) for each in wanted]
    keys = await _keys_of(call, len(wanted))

    async def carry_out(accounts: Sequence[int], to: int) -> list[Outcome]:
        transfers = [
            Transfer(
                tenant=call.tenant,
                source=source,
                receiver=to,
                amount=each.points,
                key=keys[at],
                note=note_of(call, each.reason, each.source_id),
                identity=_asked_transfers(to, at, wanted),
            )
            for at, (each, source) in enumerate(zip(wanted, accounts, strict=True))
        ]
        return await call.context.ledger.submit_all(transfers, atomic=True)

    outcomes = await carry_out([each.card.account for each in sources], receiver.card.account)
    last = outcomes[-1]
    if isinstance(last, Refusal) and last.code in USED:
        # A repeat names the accounts of then, some of which may be merged since.
        outcomes = await carry_out([each.named for each in sources], receiver.named)
        last = outcomes[-1]
    if not isinstance(last, Done):
        failed = sources[min(len(outcomes), len(sources)) - 1]
        raise too_few(failed) if last.code in TOO_FEW else refused(last)
    # A retry has the points of its time, like the first request: those after the last transfer.
    (received,) = (row for row in last.transactions if row.kind is Kind.TRANSFER_IN)
    return await print_voucher(call, receiver, received)


async def list_expiration(call: Call) -> dict[str, Any]:
    """The card's points that will expire, by date."""
    limit, page = read_limit(call.pairs), read_page_number(call)
    voucher = await named_voucher(call)
    buckets = sorted(
        await read_buckets(call, voucher.card), key=lambda bucket: (bucket.day, bucket.id.day)
    )
    data = [
        {
            "id": spell_bucket(bucket.id, Prefix.POINTS_ENTRY),
            "voucher_id": voucher.id,
            "campaign_id": voucher.campaign_id,
            "bucket": {"total_points": bucket.total},
            "status": "ACTIVE",
            "expires_at": bucket.expires.date and bucket.expires.date.isoformat(),
            "created_at": stamp(bucket.created_at),
            "object": "loyalty_points_bucket",
        }
        for bucket in buckets[(page - 1) * limit : page * limit]
    ]
    return {"object": "list", "data_ref": "data", "data": data, "total": len(buckets)}
