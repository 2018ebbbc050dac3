"""Legacy v1: pending points of a card: the list, and activating, changing, cancelling an entry.

An entry is a lot, with what was added to it by hand: those lots carry its number as their
subject, have its dates, and move with it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Meta

from stampbook.domain.commands import Accrue, Activate, Cancel, Command, Note
from stampbook.domain.model import FOREVER, transaction_number
from stampbook.domain.refusals import Code
from stampbook.http.voucherify.answers import refused, respond, respond_raw
from stampbook.http.voucherify.bodies import Closed, read_body, read_no_body
from stampbook.http.voucherify.buckets import BucketStatus, waiting
from stampbook.http.voucherify.calls import Call, open_call
from stampbook.http.voucherify.faults import Fault, not_found
from stampbook.http.voucherify.ids import Prefix, parse, spell, spell_customer
from stampbook.http.voucherify.legacy_cards import (
    LOYALTIES,
    Voucher,
    card_currencies,
    find_campaign,
    find_voucher,
    print_balance,
    settle_campaign,
)
from stampbook.http.voucherify.legacy_lists import LegacyPage, read_legacy_page
from stampbook.http.voucherify.pending import is_repeat, status_of
from stampbook.http.voucherify.seats import Accrued, find_lot
from stampbook.http.voucherify.times import stamp
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.policy_rows import decode_rules
from stampbook.storage.store import Row

MEMBER: Final = LOYALTIES + "/members/{member:str}"
CAMPAIGN: Final = LOYALTIES + "/{campaign:str}"
ENTRY: Final = MEMBER + "/pending-points/{entry:str}"
SUBJECT: Final = "voucherify:pending:"


class PendingAdjustment(Closed, frozen=True):
    points: Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]


SELECT_PENDING: Final = """
    SELECT l.account_id * 8388608 + l.lot AS number, l.account_id, l.activates_at, l.locked,
           l.created_at, COALESCE(m.deadline_at, 9223372036854775807) AS deadline_at,
           a.program_id, a.member_id, b.customer_id, c.policy, p.timezone,
           l.pending + COALESCE((
               SELECT CAST(sum(o.pending) AS bigint)
               FROM transactions s CROSS JOIN lots o
               WHERE s.shard = l.shard AND s.account_id = l.account_id
                 AND o.shard = s.shard AND o.account_id = s.account_id AND o.accrued_by = s.seq
                 AND s.subject = 'voucherify:pending:' || CAST(l.lot AS text)), 0) AS points
    FROM accounts a
    JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = 0
    JOIN programs p ON p.program_id = a.program_id
    JOIN lots l ON l.shard = a.shard AND l.account_id = a.account_id + 0 AND l.pending > 0
    JOIN transactions t ON t.shard = l.shard AND t.account_id = l.account_id
                       AND t.seq = l.accrued_by
    LEFT JOIN movements m ON m.shard = l.shard AND m.account_id = l.account_id
                         AND m.seq = l.accrued_by
    LEFT JOIN voucherify_members b ON b.member_id = a.member_id
    WHERE a.tenant_id = $1 AND a.status <> 2 AND (
        t.subject IS NULL OR NOT EXISTS (
            SELECT 1 FROM lots f
            WHERE f.shard = l.shard AND f.account_id = l.account_id AND f.pending > 0
              AND t.subject = 'voucherify:pending:' || CAST(f.lot AS text)))
"""
"""Lots with pending points, each with what was added to it; of cards that are not closed.

`+ 0` and CROSS JOIN are for SQLite: it would look for the lots of all accounts in the range asked
for, and through all lots of the card for what was added to each.
"""


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
    after, seen = page.after_row("l.lot", first=4)
    where = f"a.shard = $2 AND a.account_id = $3 AND {after}"
    return await _list(call, page, where, (account % call.store.shards, account, *seen))


@get(CAMPAIGN + "/pending-points")
async def list_campaign_pending(
    request: Request[Any, Any, Any], campaign: FromPath[str]
) -> Response[bytes]:
    call = await open_call(request, "read")
    page = read_legacy_page(call, Prefix.PENDING_ENTRY, default="id")
    program = await find_campaign(call, campaign)
    await settle_campaign(call, program)
    currencies = await card_currencies(call, program)
    places = ", ".join(f"${at}" for at in range(2, len(currencies) + 2)) or "NULL"
    after, seen = page.after_last("a.account_id", "l.lot", first=len(currencies) + 2)
    where = f"a.currency_id IN ({places}) AND {after}"
    return await _list(call, page, where, (*currencies, *seen))


async def _list(
    call: Call, page: LegacyPage, where: str, values: tuple[object, ...]
) -> Response[bytes]:
    order_by = page.order_by("a.account_id", "l.lot")
    rows = await call.store.fetch(
        f"{SELECT_PENDING} AND {where} {order_by} LIMIT {page.limit + 1}", call.tenant, *values
    )
    return respond(page.envelope([_print(row) for row in rows]), standing=call.standing)


def _print(row: Row) -> dict[str, Any]:
    waits = waiting(
        activates_at=row["activates_at"],
        deadline_at=row["deadline_at"],
        locked=bool(row["locked"]),
        rule=decode_rules(row["policy"])[0].type,
        timezone=row["timezone"],
    )
    return {
        "id": spell(Prefix.PENDING_ENTRY, row["number"]),
        "voucher_id": spell(Prefix.VOUCHER, row["account_id"]),
        "campaign_id": spell(Prefix.CAMPAIGN, row["program_id"]),
        "customer_id": spell_customer(row["customer_id"], row["member_id"]),
        "order_id": None,
        "points": row["points"],
        "activates_at": waits.date.isoformat(),
        "details": {},
        "created_at": stamp(row["created_at"]),
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
    rows = await call.store.fetch(
        """
        SELECT o.lot FROM transactions s
        JOIN lots o ON o.shard = s.shard AND o.account_id = s.account_id AND o.accrued_by = s.seq
        WHERE s.shard = $1 AND s.account_id = $2 AND s.subject = $3 AND o.pending > 0
        ORDER BY o.lot
        """,
        account % call.store.shards,
        account,
        f"{SUBJECT}{first.lot.seq}",
    )
    added = [
        await find_lot(call, account, transaction_number(account=account, seq=row["lot"]))
        for row in rows
    ]
    return Entry(voucher, [first, *(part for part in added if part is not None)])


def _check(entry: Entry, participle: str, now: int) -> None:
    """The entry must be pending. Raises a Fault (400)."""
    status = status_of(entry.parts[0], now)
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
        status = BucketStatus.CANCELED if found is None else status_of(found, call.now)
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
    await _submit(call, found, commands, "updated", f"adjust {entry} {wanted.points}")
    row = await call.store.fetch_one(
        "SELECT pending FROM accounts WHERE shard = $1 AND account_id = $2",
        found.voucher.card.account % call.store.shards,
        found.voucher.card.account,
    )
    return respond(
        {
            "points": wanted.points,
            "total": 0 if row is None else row["pending"],
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
