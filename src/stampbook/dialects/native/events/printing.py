"""Prints events: the bytes that are pulled, and sent to webhooks.

They are made of the row of the journal, or of the row of the outbox, and never change.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec import UNSET, Raw, Struct, convert
from msgspec.json import Encoder, decode
from msgspec.structs import replace

from stampbook.dialects import instants
from stampbook.dialects.amounts import write as write_amount
from stampbook.dialects.native import ids
from stampbook.dialects.native.events import wire
from stampbook.dialects.native.ledger import journal
from stampbook.dialects.native.loyalty.wire.events import granted_shape
from stampbook.dialects.native.loyalty.wire.order_answers import Whole, order_shape
from stampbook.dialects.native.loyalty.wire.purchases import HandedOut, purchase_shape
from stampbook.dialects.native.loyalty.wire.rewards import CodeState
from stampbook.dialects.native.loyalty.wire.showing_rules import award_shape
from stampbook.dialects.native.loyalty.wire.tiers import Cause, tier_shape
from stampbook.dialects.native.wire.approvals import approval_shape
from stampbook.dialects.native.wire.lots import lot_shape
from stampbook.dialects.native.wire.programs import (
    CurrencyShape,
    account_shape,
    currency_shape,
    member_shape,
    program_shape,
)
from stampbook.dialects.native.wire.promotions import OptionsShape, options_shape
from stampbook.dialects.native.wire.transactions import (
    MAX_NAMED,
    moved_postings,
    status_word,
    transaction_id,
    transaction_shape,
)
from stampbook.domain.model import FOREVER, Transaction
from stampbook.events import facts, types
from stampbook.events.facts import Facts
from stampbook.events.model import Event
from stampbook.events.movements import moved
from stampbook.events.values import WebhookDisabled
from stampbook.loyalty.judging.values import Held
from stampbook.loyalty.orders.telling import OrderAsIs
from stampbook.loyalty.rewards.granting import GrantAsIs
from stampbook.loyalty.rewards.purchases import PurchaseAsIs
from stampbook.loyalty.rules import currency_limits
from stampbook.loyalty.tiers.heralding import TierChanged
from stampbook.pacing import Slices
from stampbook.programs import accounts, currencies, currency_options
from stampbook.programs.approvals import Approval
from stampbook.programs.currencies import Stored
from stampbook.programs.members import Member
from stampbook.storage.positions import FeedRow
from stampbook.storage.store import Store
from stampbook.verifying.anchor_lines import Anchor

_encode: Final = Encoder().encode

SHOWING_ROWS: Final = frozenset({types.CREATED, *facts.WITH_ORIGINAL})

Scales = Mapping[int, int]
"""The decimals of currencies."""

UNTOLD: Final = frozenset({"id", "created_at", "updated_at", "currency_id"})
"""Fields that are never among the changed ones."""


async def print_events(store: Store, events: Sequence[Event], *, tenant: int) -> list[bytes]:
    """Each event as JSON: the same bytes whenever it is printed."""
    found = await facts.gather(store, tenant, events)
    expiries = await _expiries(store, events)
    slices, printed = Slices(), []
    for event in events:
        await slices.pause()
        if event.row is not None:
            data = _data_of_row(event, event.row, found, expiries)
        else:
            data = _PRINTERS[event.type](found.values[event.id], found.scales)
        printed.append(_encode(_shape(event, data)))
    return printed


def _shape(event: Event, data: Struct) -> wire.FeedEventShape:
    return wire.FeedEventShape(
        id=event.id,
        type=event.type,
        timestamp=instants.write(event.at),
        program_id=_id(ids.PROGRAM, event.program),
        member_id=_id(ids.MEMBER, event.member),
        account_id=_id(ids.ACCOUNT, event.account),
        sequence=event.seq,
        data=Raw(_encode(data)),
    )


def _id(prefix: str, number: int | None) -> str | None:
    return None if number is None else ids.write(prefix, number)


# -- movements ---------------------------------------------------------------------------


async def _expiries(store: Store, events: Sequence[Event]) -> Mapping[int, int]:
    """When lots expire that rows name and have not dated themselves."""
    rows = {
        event.row.row.number: event.row.row
        for event in events
        if event.row is not None and event.type in SHOWING_ROWS
    }
    named = []
    for row in rows.values():
        own = {terms.lot for terms in row.terms}
        postings = [each for each in moved_postings(row)[:MAX_NAMED] if each.lot not in own]
        named.append((row, postings))
    return await journal.expiries_of(store, named)


def _data_of_row(event: Event, found: FeedRow, known: Facts, expiries: Mapping[int, int]) -> Struct:
    row, scale = found.row, known.scales[found.currency]
    balance = _balance(found, scale)
    if event.type == types.AWARDED:
        assert event.award is not None
        return wire.AwardData(award_shape(Held(event.award, event.award.amount), scale))
    if event.type in facts.ABOUT_LOTS:
        lot = known.lots[row.account, row.seq][event.lot]
        return wire.LotData(
            lot_shape(row.account, lot, scale),
            write_amount(moved(row, event.type)[event.lot], scale),
            row.by_clock,
            transaction_id(row.account, row.seq),
            balance,
        )
    transaction = transaction_shape(row, scale, expiries)
    if event.type == types.CREATED:
        return wire.CreatedData(transaction, balance)
    original = _original(row, known, scale)
    if event.type == types.RELEASED:
        return wire.ReleasedData(transaction, row.by_clock, original, balance)
    return wire.CancelledData(transaction, original, balance)


def _original(row: Transaction, known: Facts, scale: int) -> wire.OriginalShape:
    original, movement = known.originals[row.account, row.seq]
    return wire.OriginalShape(
        transaction_id(original.account, original.seq),
        original.kind.wire,
        write_amount(original.amount, scale),
        status_word(original, movement),
        write_amount(movement.cancelled, scale),
    )


def _balance(found: FeedRow, scale: int) -> wire.EventBalance:
    """semantics.md §2, of the sums after the row."""
    sums = found.sums
    active, held = found.row.balance_after, sums.held + sums.owed_held
    figures = (active, sums.pending, held, active + sums.pending + held, sums.owed)
    return wire.EventBalance(*(write_amount(each, scale) for each in figures))


# -- everything else ---------------------------------------------------------------------


def _account(columns: Mapping[str, Any], _: Scales) -> Struct:
    return wire.AccountData(account_shape(accounts.of_columns(columns)))


def _member(change: tuple[Member | None, Member], _: Scales) -> Struct:
    return wire.MemberData(member_shape(change[1]))


def _changed_member(change: tuple[Member | None, Member], _: Scales) -> Struct:
    before, after = _both(change, member_shape)
    return wire.MemberChangedData(after, _changed(before, after))


def _merged(value: tuple[Member, int], _: Scales) -> Struct:
    member, into = value
    return wire.MemberMergedData(member_shape(member), ids.write(ids.MEMBER, into))


def _fields(value: Any) -> dict[str, Any]:
    """The fields of a shape, or of several, by name."""
    parts = value if isinstance(value, tuple) else () if value is None else (value,)
    return {name: each for part in parts for name, each in decode(_encode(part)).items()}


LATER: Final = {"unit_amount": None, "unit_money": None}
"""Columns of a currency's options that rows of the outbox may be older than."""


class _OneCurrency(NamedTuple):
    """A currency with its options, some of which only their own path shows."""

    currency: CurrencyShape
    options: OptionsShape


def _one_currency(stored: Stored) -> _OneCurrency:
    currency, columns = currencies.of_stored(stored), stored.options
    if columns is not None:
        columns = {**LATER, **columns}
    options, limits = currency_options.of_columns(columns), currency_limits.of_columns(columns)
    shape = options_shape(currency, options, limits)
    return _OneCurrency(currency_shape(currency, shape), shape)


def _program(change: Any, _: Scales) -> Struct:
    before, after = _both(change, program_shape)
    changed = _changed(before, after)
    if after.phone_region is None:  # earlier releases had no such field, and bytes never change
        after = replace(after, phone_region=UNSET)
    return wire.ProgramData(after, changed)


def _currency(change: Any, _: Scales) -> Struct:
    before, after = _both(change, _one_currency)
    return wire.CurrencyData(after.currency, _changed(before, after))


def _both(change: tuple[Any, Any], shape: Callable[[Any], Any]) -> tuple[Any, Any]:
    before, after = change
    return None if before is None else shape(before), shape(after)


def _changed(before: Any, after: Any) -> list[str]:
    """The names of the fields that differ; of what is new (before: None) those that have a
    value."""
    earlier, later = _fields(before), _fields(after)
    return [
        name for name, value in later.items() if name not in UNTOLD and earlier.get(name) != value
    ]


def _order(value: OrderAsIs, scales: Scales) -> Struct:
    return wire.OrderData(order_shape(_whole(value, scales)))


def _taken_order(value: OrderAsIs, scales: Scales) -> Struct:
    shape = order_shape(_whole(value, scales))
    refund_id = None if value.refund is None else ids.write(ids.REFUND, value.refund)
    refund = next((each for each in shape.refunds if each.id == refund_id), None)
    if refund is None:
        return wire.OrderTakenData(shape)
    return wire.OrderTakenData(shape, refund, refund.cascade)


def _whole(value: OrderAsIs, scales: Scales) -> Whole:
    return Whole(value.order, scales, value.awards, value.payments, value.refunds)


def _grant(value: GrantAsIs, _: Scales) -> Struct:
    return wire.GrantData(granted_shape(value.grant, value.code))


def _tier(value: TierChanged, scales: Scales) -> Struct:
    step, scale = value.step, scales[value.currency]
    former, present = (
        None if each is None else tier_shape(each, scale) for each in (value.former, value.present)
    )
    change = wire.TierChangeShape(
        tier_group_id=ids.write(ids.TIER_GROUP, value.group),
        tier_id=None if present is None else present.id,
        from_tier_id=None if former is None else former.id,
        entered_at=instants.write(step.entered_at),
        ends_at=None if step.ends_at == FOREVER else instants.write(step.ends_at),
        points=write_amount(step.points, scale),
        transaction_id=transaction_id(value.account, step.seq)
        if value.account and step.seq
        else None,
    )
    return wire.TierData(change, former, present, convert(step.cause.value, Cause))


def _purchase(value: PurchaseAsIs, scales: Scales) -> Struct:
    codes = [HandedOut(code, convert(state, CodeState)) for code, state in value.codes]
    return wire.PurchaseData(purchase_shape(value.purchase, codes, scales))


def _erased(number: int, _: Scales) -> Struct:
    return wire.MemberErasedData(wire.ErasedMember(ids.write(ids.MEMBER, number)))


def _approval(value: Approval, _: Scales) -> Struct:
    return wire.ApprovalData(approval_shape(value))


def _import(report: Mapping[str, Any], _: Scales) -> Struct:
    return wire.ImportData(Raw(_encode(report)))


def _export(report: Mapping[str, Any], _: Scales) -> Struct:
    return wire.ExportData(Raw(_encode(report)))


def _webhook(value: WebhookDisabled, _: Scales) -> Struct:
    webhook_id = ids.write(ids.WEBHOOK, value.webhook)
    return wire.WebhookData(wire.DisabledWebhook(webhook_id, value.url, value.reason))


def _anchor(value: Anchor, _: Scales) -> Struct:
    return wire.AnchorData(value)


_PRINTERS: Final[dict[str, Callable[[Any, Scales], Struct]]] = {
    "account.opened": _account,
    "account.closed": _account,
    "member.created": _member,
    "member.updated": _changed_member,
    "member.deleted": _member,
    "member.merged": _merged,
    "member.erased": _erased,
    "program.updated": _program,
    "currency.updated": _currency,
    "order.paid": _order,
    "order.refunded": _taken_order,
    "order.cancelled": _taken_order,
    "grant.created": _grant,
    "tier.changed": _tier,
    "purchase.created": _purchase,
    "purchase.refunded": _purchase,
    "approval.requested": _approval,
    "approval.decided": _approval,
    "import.finished": _import,
    "export.finished": _export,
    "webhook.disabled": _webhook,
    "anchor.created": _anchor,
}
