"""Legacy v1: pending points of a card: the list, and activating, changing, cancelling an entry.

An entry is a lot, with what was added to it by hand: those lots carry its number as their
subject, have its dates, and move with it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from stampbook.dialects.voucherify.core.bodies import Closed, read_body, read_no_body
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.faults import Fault, not_found, refused
from stampbook.dialects.voucherify.core.ids import Prefix, parse, spell
from stampbook.dialects.voucherify.core.once import is_repeat
from stampbook.dialects.voucherify.core.points.buckets import BucketStatus, status_of, waiting
from stampbook.dialects.voucherify.core.rows import Card, find_cards_among
from stampbook.dialects.voucherify.core.seats import Accrued, find_lot
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.dialects.voucherify.v1.bridge import open_call, respond, respond_raw
from stampbook.dialects.voucherify.v1.cards import (
    LOYALTIES,
    Voucher,
    card_currencies,
    find_campaign,
    find_voucher,
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

MEMBER: Final = LOYALTIES + "/members/{member:str}"
CAMPAIGN: Final = LOYALTIES + "/{campaign:str}"
ENTRY: Final = MEMBER + "/pending-points/{entry:str}"
SUBJECT: Final = "voucherify:pending:"
CARDS_AT_ONCE: Final = 20
"""Cards of a campaign whose pending points are read at once."""


class PendingAdjustment(Closed, frozen=True):
    points: Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


@get(MEMBER + "/pending-points")
async def list_member_pending(
    request: Request[Any, Any, Any], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    return await _list_of_card(call, page, await find_voucher(call, member))


@get(CAMPAIGN + "/members/{member:str}/pending-points")
async def list_campaign_member_pending(
    request: Request[Any, Any, Any], campaign: FromPath[str], member: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    return await _list_of_card(call, page, await find_voucher(call, member, campaign=campaign))


async def _list_of_card(call: Call, page: LegacyPage, voucher: Voucher) -> Response[bytes]:
    account = voucher.card.account
    kept = await accounts.get(call.store, account, tenant=call.tenant)
    shown: list[Shown] = []
    if kept is not None and kept.status is not AccountStatus.CLOSED:
        after = None if page.after is None else (account, split_number(page.after)[1])
        pending = await pending_lots(call.store, account)
        shown = _shown(page, AccountLots(account, pending), after)[: page.limit + 1]
    return _respond(call, page, shown, {account: voucher.card})


@get(CAMPAIGN + "/pending-points")
async def list_campaign_pending(
    request: Request[Any, Any, Any], campaign: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    program = await find_campaign(call, campaign)
    await settle_campaign(call, program)
    currencies = await card_currencies(call, program)
    shown = await _shown_of(call, page, currencies)
    cards = await find_cards_among(
        call.store, {each.account for each in shown}, currencies, tenant=call.tenant
    )
    return _respond(call, page, shown, {card.account: card for card in cards})


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


def _respond(
    call: Call, page: LegacyPage, shown: Sequence[Shown], cards: Mapping[int, Card]
) -> Response[bytes]:
    data = [_print(cards[each.account], each) for each in shown]
    return respond(page.envelope(data), standing=call.standing)


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
    """A pending entry: the lot it is named by, and those that were added to it."""

    voucher: Voucher
    parts: Sequence[Accrued]

    @property
    def points(self) -> int:
        return sum(part.lot.pending for part in self.parts)


async def _find_entry(call: Call, member: str, text: str) -> Entry:
    """The entry of that id. Raises a Fault (404)."""
    voucher = await find_voucher(call, member)
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
    return Entry(voucher, [first, *(part for part in added if part is not None)])


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


@post(ENTRY + "/activate", status_code=200)
async def activate_entry(
    request: Request[Any, Any, Any], member: FromPath[str], entry: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "ledger:write")
    read_no_body(call.body)
    found = await _find_entry(call, member, entry)
    if not await is_repeat(call):
        _check(found, "activated", call.now)
    note = _note(call, "Manual points activation")
    commands = [Activate(target=part.row.seq, note=note) for part in found.parts]
    done = await _submit(call, found, commands, "activated", f"activate {entry}")
    points = sum(row.amount for row in done.transactions)
    return respond(await print_balance(call, found.voucher, points), standing=call.standing)


@post(ENTRY + "/cancel", status_code=200)
async def cancel_entry(
    request: Request[Any, Any, Any], member: FromPath[str], entry: FromPath[str]
) -> Response[bytes]:
    """Cancel pending points: they never activate. Answers 204 and nothing else."""
    call = await open_call(request, "ledger:cancel")
    read_no_body(call.body)
    found = await _find_entry(call, member, entry)
    if not await is_repeat(call):
        _check(found, "canceled", call.now)
    note = _note(call, "Manual points cancellation")
    commands = [Cancel(target=part.row.seq, only_pending=True, note=note) for part in found.parts]
    await _submit(call, found, commands, "canceled", f"cancel {entry}")
    return respond_raw(b"", media_type="text/plain", standing=call.standing, status=204)


@post(ENTRY + "/balance", status_code=200)
async def adjust_entry(
    request: Request[Any, Any, Any], member: FromPath[str], entry: FromPath[str]
) -> Response[bytes]:
    """Add pending points to an entry or take some away; something must remain."""
    call = await open_call(request, "ledger:write")
    wanted = read_body(call.body, PendingAdjustment)
    found = await _find_entry(call, member, entry)
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
    done = await _submit(call, found, commands, "updated", f"adjust {entry} {wanted.points}")
    return respond(
        {
            "points": wanted.points,
            "total": done.account.pending,
            "object": "balance",
            "related_object": found.voucher.related(),
            "operation_type": "MANUAL",
        },
        standing=call.standing,
    )


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
