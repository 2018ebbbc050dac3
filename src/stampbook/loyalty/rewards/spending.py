"""What the spending limits of a currency leave to an account, for payments and purchases alike."""

from typing import Final, NamedTuple

from stampbook.domain.model import Kind
from stampbook.ledger.joint import Guard
from stampbook.ledger.journal.standing import IN_FORCE, standing_of
from stampbook.loyalty.judging.periods import bounds
from stampbook.loyalty.rules import currency_limits
from stampbook.storage.store import Store

_IN_FORCE: Final = IN_FORCE.format(amount="t.amount")
_STANDING: Final = standing_of("t.seq", row="t")


class Rest(NamedTuple):
    """The most that may be spent in one movement now (None: no limit), and the guards of what
    that was worked out from."""

    points: int | None = None
    guards: tuple[Guard, ...] = ()


async def rest(store: Store, account: int, currency: int, *, now: int, timezone: str) -> Rest:
    """What is left of the currency's spending limits. Payments for orders and purchases that are
    in force count, in the period in which they were recorded."""
    limits = (await currency_limits.get(store, currency)).spending
    least = [] if limits.per_transaction is None else [limits.per_transaction]
    guards: tuple[Guard, ...] = ()
    if limits.lifetime is not None or limits.period is not None:
        subject = f"spending:{account}"
        versions = await store.find_guards([subject])
        guards = (Guard(subject, versions.get(subject, 0)),)
    if limits.lifetime is not None:
        least.append(limits.lifetime - await _spent(store, account, 0))
    if limits.period is not None:
        begin = bounds(limits.period.period, now, timezone).begin
        least.append(limits.period.max - await _spent(store, account, begin))
    return Rest(max(0, min(least)) if least else None, guards)


async def _spent(store: Store, account: int, begin: int) -> int:
    row = await store.fetch_one(
        f"""
        SELECT coalesce(sum({_IN_FORCE}), 0) AS points
        FROM transactions t {_STANDING}
        WHERE t.shard = $1 AND t.account_id = $2 AND t.kind = $3 AND t.recorded_at >= $4
          AND (t.subject LIKE 'order:%' OR t.subject LIKE 'purchase:%')
        """,  # noqa: S608 - constants
        account % store.shards,
        account,
        int(Kind.REDEEM),
        begin,
    )
    assert row is not None
    return int(row["points"])
