"""Legacy v1: pending points of a card: the list, and activating, changing, cancelling an entry.

An entry is a lot, with what was added to it by hand: those lots carry its number as their
subject, have its dates, and move with it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, read_body, read_no_body
from stampbook.dialects.voucherify.core.buckets import BucketStatus, status_of, waiting
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.ids import Prefix, parse, spell
from stampbook.dialects.voucherify.core.once import is_repeat
from stampbook.dialects.voucherify.core.rows import Card, find_cards_among
from stampbook.dialects.voucherify.core.seats import Accrued, find_lot
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import (
    Voucher,
    card_currencies,
    named_campaign,
    named_voucher,
    print_balance,
    settle_campaign,
)
from stampbook.dialects.voucherify.v1.lists import LegacyPage, read_legacy_page
from stampbook.domain.commands import Accrue, Activate, Cancel, Command, Note
from stampbook.domain.model import FOREVER, AccountStatus, split_number, transaction_number
from stampbook.domain.refusals import Code
from stampbook.ledger.journal import many
from stampbook.ledger.journal.lots import PendingLot, pending_lots
from stampbook.ledger.journal.many import AccountLots
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts

SUBJECT: Final = "voucherify:pending:"
CARDS_AT_ONCE: Final = 20
"""Cards of a campaign whose pending points are read at once."""


class PendingAdjustment(Closed, frozen=True):
    points: Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


async def list_pending(call: Call) -> dict[str, Any]:
    """The pending points of a card."""
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    voucher = await named_voucher(call)
    account = voucher.card.account
    kept = await accounts.get(call.store, account, tenant=call.tenant)
    shown: list[Shown] = []
    if kept is not None and kept.status is not AccountStatus.CLOSED:
        after = None if page.after is None else (account, split_number(page.after)[1])
        pending = await pending_lots(call.store, account)
        shown = _shown(page, AccountLots(account, pending), after)[: page.limit + 1]
    return _list(page, shown, {account: voucher.card})


async def list_campaign_pending(call: Call) -> dict[str, Any]:
    """Those of all cards of a campaign."""
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    program = await named_campaign(call)
    await settle_campaign(call, program)
    currencies = await card_currencies(call, program)
    shown = await _shown_of(call, page, currencies)
    cards = await find_cards_among(
        call.store, {each.account for each in shown}, currencies, tenant=call.tenant
    )
    return _list(page, shown, {card.account: card for card in cards})


class Shown(NamedTuple):
    """A lot as an entry of a list. `points` are its pending ones and what was added to it."""

    account: int
    pending: PendingLot
    points: int

    @property
    def place(self) -> tuple[int, int]:
        return self.account, self.pending.lot.seq


def _shown(page: LegacyPage, found: AccountLots, after: tuple[int, int] | None) -> list[Shown]:
    """The account's entries after that account and lot, in the order of the page.

    What was added to a lot that is pending itself is no entry of its own.
    """
    subjects = {f"{SUBJECT}{each.lot.seq}" for each in found.lots}
    added: dict[str, int] = {}
    for each in found.lots:
        if each.subject in subjects:
            added[each.subject] = added.get(each.subject, 0) + each.lot.pending
    shown = [
        Shown(found.account, each, each.lot.pending + added.get(f"{SUBJECT}{each.lot.seq}", 0))
        for each in (reversed(found.lots) if page.descending else found.lots)
        if each.subject not in subjects
    ]
    if after is None:
        return shown
    return [
        each for each in shown if (each.place < after if page.descending else each.place > after)
    ]


async def _shown_of(call: Call, page: LegacyPage, currencies: Sequence[int]) -> list[Shown]:
    """The entries of all cards for a page, and one more if there is one."""
    after = None if page.after is None else split_number(page.after)
    since = None if after is None else after[0]
    shown: list[Shown] = []
    while len(shown) <= page.limit:
        found = await many.pending_lots(
            call.store,
            currencies,
            tenant=call.tenant,
            since=since,
            descending=page.descending,
            limit=CARDS_AT_ONCE,
        )
        for each in found:
            shown += _shown(page, each, after)
        if len(found) < CARDS_AT_ONCE:
            break
        since = found[-1].account + (-1 if page.descending else 1)
    return shown[: page.limit + 1]


def _list(page: LegacyPage, shown: Sequence[Shown], cards: Mapping[int, Card]) -> dict[str, Any]:
    return page.envelope([_print(cards[each.account], each) for each in shown])


def _print(card: Card, shown: Shown) -> dict[str, Any]:
    lot = shown.pending.lot
    waits = waiting(
        activates_at=lot.activates_at,
        deadline_at=shown.pending.deadline_at,
        locked=lot.locked,
        rule=card.policy.pending.type,
        timezone=card.policy.timezone,
    )
    number = transaction_number(account=card.account, seq=lot.seq)
    return {
        "id": spell(Prefix.PENDING_ENTRY, number),
        "voucher_id": spell(Prefix.VOUCHER, card.account),
        "campaign_id": spell(Prefix.CAMPAIGN, card.place.program),
        "customer_id": card.place.customer_id,
        "order_id": None,
        "points": shown.points,
        "activates_at": waits.date.isoformat(),
        "details": {},
        "created_at": stamp(lot.created_at),
        "updated_at": None,
    }


class Entry(NamedTuple):
    """A pending entry: the lot that `name` spells, and those that were added to it."""

    voucher: Voucher
    name: str
    parts: Sequence[Accrued]

    @property
    def points(self) -> int:
        return sum(part.lot.pending for part in self.parts)


async def _named_entry(call: Call) -> Entry:
    """The entry that the path names. Raises a Fault (404)."""
    text, voucher = call.parameters["entry"], await named_voucher(call)
    account = voucher.card.account
    first = await find_lot(call, account, parse(Prefix.PENDING_ENTRY, text))
    if first is None:
        raise not_found("pending_points", text)
    subject = f"{SUBJECT}{first.lot.seq}"
    numbers = [
        transaction_number(account=account, seq=each.lot.seq)
        for each in await pending_lots(call.store, account)
        if each.subject == subject
    ]
    added = [await find_lot(call, account, number) for number in numbers]
    return Entry(voucher, text, [first, *(part for part in added if part is not None)])


def _check(entry: Entry, participle: str, now: int) -> None:
    """The entry must be pending. Raises a Fault (400)."""
    status = status_of(entry.parts[0].lot, entry.parts[0].deadline_at, now)
    if status is not BucketStatus.PENDING:
        raise _not_pending(participle, status)


def _not_pending(participle: str, status: BucketStatus) -> Fault:
    return Fault(
        400,
        "invalid_pending_points_state",
        "Invalid pending points state",
        f"Only pending points in 'PENDING' status can be {participle}. Current status: '{status}'.",
    )


async def _submit(
    call: Call, entry: Entry, commands: Sequence[Command], participle: str, identity: str
) -> Done:
    """All of the entry's parts move, or none. Raises a Fault."""
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            account=entry.voucher.card.account,
            commands=tuple(commands),
            key=call.key,
            identity=identity,
        )
    )
    if isinstance(outcome, Done) and not outcome.already:
        return outcome
    if isinstance(outcome, Done) or outcome.code in (
        Code.NOT_CANCELLABLE,
        Code.INSUFFICIENT_POINTS,
    ):
        number = transaction_number(account=entry.voucher.card.account, seq=entry.parts[0].lot.seq)
        found = await find_lot(call, entry.voucher.card.account, number)
        status = (
            BucketStatus.CANCELED
            if found is None
            else status_of(found.lot, found.deadline_at, call.now)
        )
        raise _not_pending(participle, status)
    if outcome.code in (Code.EXCEEDS_ORIGINAL, Code.ALREADY_CANCELLED):
        raise invalid_amount()
    raise refused(outcome)


def _note(call: Call, reason: str) -> Note:
    return Note(reason=reason, actor=call.caller.actor)


async def activate_entry(call: Call) -> dict[str, Any]:
    """Activate pending points before their time."""
    read_no_body(call.body)
    found = await _named_entry(call)
    if not await is_repeat(call):
        _check(found, "activated", call.now)
    note = _note(call, "Manual points activation")
    commands = [Activate(target=part.row.seq, note=note) for part in found.parts]
    done = await _submit(call, found, commands, "activated", f"activate {found.name}")
    points = sum(row.amount for row in done.transactions)
    return await print_balance(call, found.voucher, points)


async def cancel_entry(call: Call) -> None:
    """Cancel pending points: they never activate."""
    read_no_body(call.body)
    found = await _named_entry(call)
    if not await is_repeat(call):
        _check(found, "canceled", call.now)
    note = _note(call, "Manual points cancellation")
    commands = [Cancel(target=part.row.seq, only_pending=True, note=note) for part in found.parts]
    await _submit(call, found, commands, "canceled", f"cancel {found.name}")


async def adjust_entry(call: Call) -> dict[str, Any]:
    """Add pending points to an entry or take some away; something must remain."""
    wanted = read_body(call.body, PendingAdjustment)
    found = await _named_entry(call)
    if not await is_repeat(call):
        _check(found, "updated", call.now)
        if wanted.points == 0 or found.points + wanted.points <= 0:
            raise invalid_amount()
    note = _note(call, "Manual pending points adjustment")
    commands = (
        [_addition(found.parts[0], wanted.points, note)]
        if wanted.points > 0
        else _reductions(found, -wanted.points, note)
    )
    done = await _submit(call, found, commands, "updated", f"adjust {found.name} {wanted.points}")
    return {
        "points": wanted.points,
        "total": done.account.pending,
        "object": "balance",
        "related_object": found.voucher.related(),
        "operation_type": "MANUAL",
    }


def invalid_amount() -> Fault:
    return Fault(
        400, "invalid_amount", "Invalid Amount", "Amount has to be a valid positive number"
    )


def _addition(part: Accrued, points: int, note: Note) -> Command:
    """A lot that waits as the entry does, and expires with it."""
    lot = part.lot
    unknown = lot.activates_at == FOREVER and lot.expires_at == FOREVER
    return Accrue(
        amount=points,
        activates_at=lot.activates_at,
        expires_at=None if lot.sliding or unknown else lot.expires_at,
        note=note._replace(subject=f"{SUBJECT}{lot.seq}", effective_at=part.row.effective_at),
    )


def _reductions(entry: Entry, points: int, note: Note) -> list[Command]:
    """What was added last goes first."""
    commands: list[Command] = []
    for part in reversed(entry.parts):
        amount = min(points, part.lot.pending)
        if amount:
            commands.append(
                Cancel(target=part.row.seq, amount=amount, only_pending=True, note=note)
            )
            points -= amount
    return commands
