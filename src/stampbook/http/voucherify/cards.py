"""Cards: an account with its counters, its balance, and what comes next."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from stampbook.domain.model import FOREVER, Kind, Transaction
from stampbook.domain.policy import PendingType
from stampbook.http.voucherify.buckets import PENDING_WORDS, waiting
from stampbook.http.voucherify.calls import Call
from stampbook.http.voucherify.codes import with_code
from stampbook.http.voucherify.ids import Prefix, spell
from stampbook.http.voucherify.lifetime import NOTHING, Lifetime, Root, fold
from stampbook.http.voucherify.rows import Card
from stampbook.http.voucherify.times import date_of, end_of, last_date, stamp
from stampbook.storage.store import Store

JOURNAL_PAGE: Final = 500
"""Rows folded at once; so many rows make it worth to keep the sum."""


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
    unknown = sorted(
        {
            row.root
            for row in rows
            if row.root not in roots or (row.root != row.seq and roots[row.root].kind is Kind.HOLD)
        }
    )
    if unknown:
        places = ", ".join(f"${at + 3}" for at in range(len(unknown)))
        found = await store.fetch(
            "SELECT t.seq, t.kind, t.subject, COALESCE(m.committed_by, 0) AS committed_by"  # noqa: S608 - constants
            " FROM transactions t LEFT JOIN movements m ON m.shard = t.shard"
            " AND m.account_id = t.account_id AND m.seq = t.seq"
            f" WHERE t.shard = $1 AND t.account_id = $2 AND t.seq IN ({places})",
            account % store.shards,
            account,
            *unknown,
        )
        roots |= {
            row["seq"]: Root(Kind(row["kind"]), row["committed_by"], row["subject"])
            for row in found
        }
    return roots


async def print_cards(call: Call, cards: Sequence[Card]) -> list[dict[str, Any]]:
    """The member's cards, each in its `member_card`, as they are now."""
    due = [card.account for card in cards if card.next_due_at <= call.now]
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


async def print_card(store: Store, card: Card) -> dict[str, Any]:
    """A card. Its balance is what the vendor's formulas make of its counters."""
    figures = await read_lifetime(store, card.account)
    return {
        "id": spell(Prefix.CARD, card.account),
        "card_definition_id": spell(Prefix.CARD_DEFINITION, card.place.definition),
        "card_type": "INDIVIDUAL",
        "code": card.code,
        "lifetime_bucket": figures.bucket(),
        "balance": {"points": figures.points, "pending_points": figures.pending},
        "next_expiration": await _next_expiration(store, card),
        "next_activation": await _next_activation(store, card),
        "object": "card",
    }


async def _next_expiration(store: Store, card: Card) -> dict[str, Any] | None:
    """The points that expire on the soonest date."""
    where = "shard = $1 AND account_id = $2 AND open AND expires_at < $3"
    place = card.account % store.shards, card.account
    row = await store.fetch_one(
        f"SELECT min(expires_at) AS at FROM lots WHERE {where}",  # noqa: S608 - a constant
        *place,
        FOREVER,
    )
    if row is None or row["at"] is None:
        return None
    day = last_date(row["at"], card.policy.timezone)
    row = await store.fetch_one(
        f"SELECT CAST(sum(available) AS bigint) AS points FROM lots WHERE {where}",  # noqa: S608 - constants
        *place,
        end_of(day, card.policy.timezone) + 1,
    )
    assert row is not None
    return {"points": row["points"] or 0, "date": day.isoformat()}


async def _next_activation(store: Store, card: Card) -> dict[str, Any] | None:
    """The points that become available on the soonest date, or else wait for an event."""
    rows = await store.fetch(NEXT_ACTIVATION, card.account % store.shards, card.account, FOREVER)
    if not rows:
        return None
    timezone = card.policy.timezone
    by_date = rows[0]["by_date"]
    day = date_of(rows[0]["due"], timezone)
    points = sum(
        row["points"]
        for row in rows
        if row["by_date"] == by_date and date_of(row["due"], timezone) == day
    )
    if not by_date:
        word = PENDING_WORDS[PendingType.EVENT]
        return {"points": points, "type": word, "cancel_date": day.isoformat()}
    word = waiting(
        activates_at=rows[0]["due"],
        deadline_at=FOREVER,
        locked=False,
        rule=card.policy.pending.type,
        timezone=timezone,
    ).type
    return {"points": points, "type": word, "date": day.isoformat()}


NEXT_ACTIVATION: Final = """
    SELECT CASE WHEN l.waiting THEN 1 ELSE 0 END AS by_date,
           CASE WHEN l.waiting THEN l.activates_at
                ELSE COALESCE(m.deadline_at, CAST($3 AS bigint)) END AS due,
           CAST(sum(l.pending) AS bigint) AS points
    FROM lots l
    LEFT JOIN movements m ON m.shard = l.shard AND m.account_id = l.account_id
                         AND m.seq = l.accrued_by
    WHERE l.shard = $1 AND l.account_id = $2 AND l.pending > 0
    GROUP BY 1, 2 ORDER BY 1 DESC, 2 LIMIT 1000
"""
"""Pending points by the instant they wait for; those with a date come first."""
