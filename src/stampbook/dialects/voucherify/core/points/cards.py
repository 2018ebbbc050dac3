"""Cards: an account with its counters, its balance, and what comes next."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Call
from stampbook.dialects.voucherify.core.points.buckets import (
    PENDING_WORDS,
    due_at,
    has_date,
    waiting,
)
from stampbook.dialects.voucherify.core.points.codes import with_code
from stampbook.dialects.voucherify.core.points.lifetime import NOTHING, Lifetime, Root, fold
from stampbook.dialects.voucherify.core.rows import Card
from stampbook.dialects.voucherify.core.times import date_of, end_of, last_date, stamp
from stampbook.domain.model import FOREVER, Kind, Transaction
from stampbook.domain.policy import PendingType
from stampbook.ledger.journal.lots import OpenLot, open_lots
from stampbook.ledger.journal.pages import originals
from stampbook.storage.store import Store

JOURNAL_PAGE: Final = 500
"""Rows folded at once. After that many it pays to keep the sum."""


async def read_lifetime(store: Store, account: int) -> Lifetime:
    """The card's counters as its journal says now."""
    return (await read_lifetime_to_end(store, account))[0]


async def read_lifetime_to_end(store: Store, account: int) -> tuple[Lifetime, int]:
    """The card's counters, and the last row of its journal that they count."""
    row = await store.fetch_one(
        "SELECT seq, counters FROM voucherify_counters WHERE account_id = $1", account
    )
    figures, seq = NOTHING, 0
    if row is not None:
        figures, seq = Lifetime(*msgspec.json.decode(row["counters"])), row["seq"]
    while True:
        rows = await store.journal(account, after=seq, limit=JOURNAL_PAGE)
        if rows:
            figures = fold(figures, rows, await read_roots(store, account, rows))
            seq = rows[-1].seq
        if len(rows) < JOURNAL_PAGE:
            return figures, seq
        await _keep(store, account, seq, figures)


async def read_lifetime_after(store: Store, account: int, seq: int) -> Lifetime:
    """The card's counters as that row of its journal left them.

    From the end backwards: a retry mostly comes soon, when there are few rows since.
    """
    figures, end = await read_lifetime_to_end(store, account)
    while seq < end:
        rows = await store.journal(account, after=seq, limit=min(JOURNAL_PAGE, end - seq))
        figures = figures.minus(fold(NOTHING, rows, await read_roots(store, account, rows)))
        seq = rows[-1].seq
    return figures


async def _keep(store: Store, account: int, seq: int, figures: Lifetime) -> None:
    """Remember the counters up to a row, unless somebody has come further."""
    await store.execute(
        """
        INSERT INTO voucherify_counters (account_id, seq, counters) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq, counters = excluded.counters
        WHERE voucherify_counters.seq < excluded.seq
        """,
        account,
        seq,
        msgspec.json.encode(list(figures)).decode(),
    )


async def read_roots(store: Store, account: int, rows: Sequence[Transaction]) -> dict[int, Root]:
    """The originals that the rows go back to, by sequence number."""
    roots = {row.seq: Root(row.kind, subject=row.subject) for row in rows}
    unknown = {
        row.root
        for row in rows
        if row.root not in roots or (row.root != row.seq and roots[row.root].kind is Kind.HOLD)
    }
    if unknown:
        found = await originals(store, account, unknown)
        roots |= {
            seq: Root(each.kind, each.committed_by, each.subject) for seq, each in found.items()
        }
    return roots


async def print_cards(call: Call, cards: Sequence[Card]) -> list[dict[str, Any]]:
    """The member's cards, each in its `member_card`, as they are now."""
    due = [card.account for card in cards if card.due_at <= call.now]
    if due:
        await call.context.ledger.settle(due)
    return [await _member_card(call.store, await with_code(call, card)) for card in cards]


async def _member_card(store: Store, card: Card) -> dict[str, Any]:
    return {
        "member_role": "OWNER",
        "created_at": stamp(card.created_at),
        "card": await print_card(store, card),
        "object": "member_card",
    }


async def print_card(store: Store, card: Card, *, upto: int | None = None) -> dict[str, Any]:
    """A card, as it is now or as row `upto` of its journal left it. Its balance is what the
    vendor's formulas make of its counters."""
    account = card.account
    figures = await (
        read_lifetime(store, account) if upto is None else read_lifetime_after(store, account, upto)
    )
    found = await open_lots(store, account, upto=upto)
    return {
        "id": spell(Prefix.CARD, card.account),
        "card_definition_id": spell(Prefix.CARD_DEFINITION, card.place.definition),
        "card_type": "INDIVIDUAL",
        "code": card.code,
        "lifetime_bucket": figures.bucket(),
        "balance": {"points": figures.points, "pending_points": figures.pending},
        "next_expiration": _next_expiration(card, found),
        "next_activation": _next_activation(card, found),
        "object": "card",
    }


def _next_expiration(card: Card, found: Sequence[OpenLot]) -> dict[str, Any] | None:
    """The points that expire on the soonest date."""
    lots = [lot for lot, _ in found if lot.available and lot.expires_at < FOREVER]
    if not lots:
        return None
    timezone = card.policy.timezone
    day = last_date(min(lot.expires_at for lot in lots), timezone)
    end = end_of(day, timezone)
    points = sum(lot.available for lot in lots if lot.expires_at <= end)
    return {"points": points, "date": day.isoformat()}


def _next_activation(card: Card, found: Sequence[OpenLot]) -> dict[str, Any] | None:
    """The points that become available on the soonest date, or else wait for an event."""
    pending = [each for each in found if each.lot.pending]
    dated = [each for each in pending if has_date(each.lot)]
    waits = dated or pending
    if not waits:
        return None
    timezone = card.policy.timezone
    instants = {due_at(each) for each in waits}
    day = date_of(min(instants), timezone)
    of_day = {at for at in instants if date_of(at, timezone) == day}
    points = sum(each.lot.pending for each in waits if due_at(each) in of_day)
    if not dated:
        word = PENDING_WORDS[PendingType.EVENT]
        return {"points": points, "type": word, "cancel_date": day.isoformat()}
    word = waiting(
        activates_at=min(instants),
        deadline_at=FOREVER,
        locked=False,
        rule=card.policy.pending.type,
        timezone=timezone,
    ).type
    return {"points": points, "type": word, "date": day.isoformat()}
