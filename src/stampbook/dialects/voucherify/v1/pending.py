"""Legacy v1: pending points of a card: the list, and activating, changing, cancelling an entry.

An entry is a lot, with what was added to it by hand: those lots carry its number as their
subject, have its dates, and move with it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from msgspec import Meta

from stampbook.dialects.spelling.voucherify import Prefix, parse, spell
from stampbook.dialects.voucherify.core.bodies import Closed, read_body, read_no_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, forbidden, not_found, refused
from stampbook.dialects.voucherify.core.judging import OUTDATED
from stampbook.dialects.voucherify.core.points.buckets import (
    BucketStatus,
    made_in,
    status_of,
    waiting_of,
)
from stampbook.dialects.voucherify.core.points.transactions import Award
from stampbook.dialects.voucherify.core.rows import Card, find_cards_among
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.cards import (
    Voucher,
    card_currencies,
    named_campaign,
    named_voucher,
    settle_campaign,
)
from stampbook.dialects.voucherify.v1.lists import LegacyPage, read_legacy_page
from stampbook.dialects.voucherify.v1.origins import Place, awards_of, origin
from stampbook.dialects.voucherify.v1.transactions import last_row, print_balance
from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Activate, Cancel, Command, Note
from stampbook.domain.model import (
    FOREVER,
    AccountStatus,
    Kind,
    Lot,
    Transaction,
    split_number,
    transaction_number,
)
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.journal import many
from stampbook.ledger.journal.changes import changes
from stampbook.ledger.journal.lots import PendingLot, numbered, pending_lots
from stampbook.ledger.journal.many import AccountLots
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.loyalty.events.model import EVENT_SUBJECT as OF_EVENTS
from stampbook.programs import accounts
from stampbook.programs.faults import Changed
from stampbook.programs.roles import CANCEL

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
    return await _list(call, page, shown, {account: voucher.card})


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
    return await _list(call, page, shown, {card.account: card for card in cards})


class Shown(NamedTuple):
    """A lot as an entry of a list. `points` are its pending ones and what was added to it."""

    account: int
    pending: PendingLot
    points: int

    @property
    def place(self) -> tuple[int, int]:
        return self.account, self.pending.lot.seq

    @property
    def accrual(self) -> Place:
        """What made the lot."""
        return self.account, self.pending.lot.accrued_by


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


async def _list(
    call: Call, page: LegacyPage, shown: Sequence[Shown], cards: Mapping[int, Card]
) -> dict[str, Any]:
    given = [each.accrual for each in shown if (each.pending.subject or "").startswith(OF_EVENTS)]
    awards = await awards_of(call, given)
    return page.envelope(
        [_print(cards[each.account], each, awards.get(each.accrual)) for each in shown]
    )


def _print(card: Card, shown: Shown, award: Award | None) -> dict[str, Any]:
    lot = shown.pending.lot
    waits = waiting_of(card.policy, lot, shown.pending.deadline_at)
    number = transaction_number(account=card.account, seq=lot.seq)
    return {
        "id": spell(Prefix.PENDING_ENTRY, number),
        "voucher_id": spell(Prefix.VOUCHER, card.account),
        "campaign_id": spell(Prefix.CAMPAIGN, card.place.program),
        "customer_id": card.place.customer_id,
        "points": shown.points,
        "activates_at": waits.date.isoformat(),
        **origin(award),
        "created_at": stamp(lot.created_at),
        "updated_at": None,
    }


class Entry(NamedTuple):
    """The pending points that a path names. `lot` and `accrual` are numbers within the account: of
    the lot, and of the row that made it."""

    voucher: Voucher
    name: str
    lot: int
    accrual: int

    @property
    def subject(self) -> str:
        """That of the lots which were added by hand."""
        return f"{SUBJECT}{self.lot}"


class Part(NamedTuple):
    """One lot of an entry, and the row that made it."""

    row: Transaction
    lot: Lot


Choose = Callable[[Sequence[Part]], Sequence[Command] | Refusal]
"""What is to be done with the lots of an entry: its own comes first."""


async def _named_entry(call: Call) -> Entry:
    """The entry that the path names. Raises a Fault (404)."""
    text, voucher = call.parameters["entry"], await named_voucher(call)
    account = voucher.card.account
    owner, seq = split_number(parse(Prefix.PENDING_ENTRY, text) or 0)
    lots = await numbered(call.store, account, {seq}) if owner == account and seq else {}
    if seq not in lots:
        raise not_found("pending_points", text)
    return Entry(voucher, text, seq, lots[seq].accrued_by)


async def _submit(call: Call, entry: Entry, choose: Choose, participle: str, identity: str) -> Done:
    """All of the entry's lots move, or none. Raises a Fault."""
    outcome = await call.context.ledger.submit(
        Submission(
            tenant=call.tenant,
            account=entry.voucher.card.account,
            key=call.key,
            identity=identity,
            subject=entry.subject,
            planner=partial(_plan, entry, choose),
        )
    )
    if isinstance(outcome, Done):
        return outcome
    if outcome is INVALID_AMOUNT:
        raise Fault(
            400, "invalid_amount", "Invalid Amount", "Amount has to be a valid positive number"
        )
    if outcome in NOT_PENDING.values():
        raise Fault(
            400,
            "invalid_pending_points_state",
            "Invalid pending points state",
            f"Only pending points in 'PENDING' status can be {participle}."
            f" Current status: '{outcome.detail}'.",
        )
    if outcome is OUTDATED:
        raise Changed
    raise refused(outcome)


def _plan(entry: Entry, choose: Choose, book: Book, now: int) -> Sequence[Command] | Refusal:
    """The entry must be pending; what was added to it and still is pending goes with it."""
    made = made_in(book, accrual=entry.accrual, lot=entry.lot)
    if made is None:
        return OUTDATED
    row, lot = made
    movement = book.movements.get(entry.accrual)
    status = status_of(lot, FOREVER if movement is None else movement.deadline_at, now)
    if status is not BucketStatus.PENDING:
        return NOT_PENDING[status]
    added = [
        Part(each, book.lot(each.terms[0].lot))
        for _, each in sorted(book.rows.items())
        if each.subject == entry.subject and each.kind is Kind.ACCRUE
    ]
    return choose([Part(row, lot), *(part for part in added if part.lot.pending)])


NOT_PENDING: Final = {status: Refusal(Code.INVALID_REQUEST, status) for status in BucketStatus}
INVALID_AMOUNT: Final = Refusal(Code.INVALID_REQUEST, "nothing would remain")
TEMPORARY: Final = Refusal(Code.INSUFFICIENT_POINTS, "the accrual is temporary; commit it first")
"""As the ledger refuses to activate such points."""


async def activate_entry(call: Call) -> dict[str, Any]:
    """Activate pending points before their time."""
    read_no_body(call.body)
    entry = await _named_entry(call)
    note = Note(reason="Manual points activation", actor=call.caller.actor)

    def choose(parts: Sequence[Part]) -> Sequence[Command]:
        return [Activate(target=part.row.seq, note=note) for part in parts]

    done = await _submit(call, entry, choose, "activated", f"activate {entry.name}")
    points = sum(row.amount for row in done.transactions)
    return await print_balance(call, entry.voucher, points, done)


async def cancel_entry(call: Call) -> None:
    """Cancel pending points: they never activate."""
    read_no_body(call.body)
    entry = await _named_entry(call)
    note = Note(reason="Manual points cancellation", actor=call.caller.actor)

    def choose(parts: Sequence[Part]) -> Sequence[Command]:
        return [Cancel(target=part.row.seq, only_pending=True, note=note) for part in parts]

    await _submit(call, entry, choose, "canceled", f"cancel {entry.name}")


async def adjust_entry(call: Call) -> dict[str, Any]:
    """Add pending points to an entry or take some away; something must remain."""
    points = read_body(call.body, PendingAdjustment).points
    if points < 0 and not call.caller.may(CANCEL):
        raise forbidden(CANCEL)
    entry = await _named_entry(call)
    note = Note(reason="Manual pending points adjustment", actor=call.caller.actor)

    def choose(parts: Sequence[Part]) -> Sequence[Command] | Refusal:
        if points == 0 or sum(part.lot.pending for part in parts) + points <= 0:
            return INVALID_AMOUNT
        if points > 0:
            # Points that are beside a temporary accrual would be there before its commit, and stay
            # when it is rolled back.
            if parts[0].lot.locked:
                return TEMPORARY
            return [_addition(entry, parts[0], points, note)]
        return _reductions(parts, -points, note)

    done = await _submit(call, entry, choose, "updated", f"adjust {entry.name} {points}")
    return {
        "points": points,
        "total": await _pending_after(call, done),
        "object": "balance",
        "related_object": entry.voucher.related(),
        "operation_type": "MANUAL",
    }


async def _pending_after(call: Call, done: Done) -> int:
    """All pending points of the card once this was done. A retry asks for it later."""
    if not done.replayed:
        return done.account.pending
    row = last_row(done)
    then = await changes(call.store, row.account, since=row.recorded_at, upto=row.seq)
    return then[-1].pending


def _addition(entry: Entry, first: Part, points: int, note: Note) -> Command:
    """A lot that waits as the entry does, and expires with it."""
    lot = first.lot
    unknown = lot.activates_at == FOREVER and lot.expires_at == FOREVER
    return Accrue(
        amount=points,
        activates_at=lot.activates_at,
        expires_at=None if lot.sliding or unknown else lot.expires_at,
        note=note._replace(subject=entry.subject, effective_at=first.row.effective_at),
    )


def _reductions(parts: Sequence[Part], points: int, note: Note) -> list[Command]:
    """What was added last goes first."""
    commands: list[Command] = []
    for part in reversed(parts):
        amount = min(points, part.lot.pending)
        if amount:
            commands.append(
                Cancel(target=part.row.seq, amount=amount, only_pending=True, note=note)
            )
            points -= amount
    return commands
