"""The picture's values: an account's past from its journal, and its future from the clock.

An account may have many thousands of rows. One statement reads what they changed, and nothing is
replayed: the lots are known as they are in the end, and the changes are undone row by row.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from stampbook.console.pictures.values import (
    DAY_US,
    MOST_LANES,
    CancelOfLot,
    Level,
    LotLevel,
    LotLife,
    LotsHistory,
    OtherLots,
    Split,
    Touch,
)
from stampbook.domain.model import (
    FOREVER,
    Kind,
    Lot,
    State,
    split_number,
    transaction_number,
)
from stampbook.ledger.journal.changes import MOST, Accrual, Change, accruals, change_of, changes
from stampbook.ledger.journal.lots import closed
from stampbook.ledger.reading import Foreseen
from stampbook.pacing import apart
from stampbook.storage.store import Store

LANES: Final = 12
"""Lots that have a lane of their own."""

AHEAD_US: Final = 396 * DAY_US
"""How far a picture looks ahead: thirteen months."""

LARGE: Final = 2_000
"""This number of rows or more is worked through on a thread."""


class Range(StrEnum):
    """How far back a picture goes."""

    DEFAULT = ""
    DAYS = "90d"
    YEAR = "1y"
    ALL = "all"


class Foreseeing(Protocol):
    """The ledger, which knows what the clock will do (ledger.engine.Ledger)."""

    async def foresee(
        self,
        account: int,
        *,
        tenant: int,
        ahead_us: int,
        program: int | None = None,
        at: int | None = None,
    ) -> Foreseen | None: ...


class Origin(NamedTuple):
    """Where a lot comes from, for words about it: its accrual, if the store has it."""

    lot: int
    created_at: int
    accrual: Accrual | None


def plain_source(origin: Origin) -> str:
    """The external id or the reason of the accrual; empty if it has neither."""
    accrual = origin.accrual
    return "" if accrual is None else accrual.external_id or accrual.reason or ""


async def lots_history(
    ledger: Foreseeing,
    store: Store,
    account: int,
    *,
    tenant: int,
    program: int | None = None,
    at: int | None = None,
    range_: Range = Range.DEFAULT,
    lanes: int = LANES,
    only: int | None = None,
    chosen: int | None = None,
    foreseen: Foreseen | None = None,
    source_of: Callable[[Origin], str] = plain_source,
) -> LotsHistory | None:
    """The account over time, as of `at` or now; None if there is no such account.

    `only` is the number of a lot of the account that is shown alone. `chosen` is the number of a
    transaction whose rows are joined across the lots. `foreseen` is the account as of `at` and
    AHEAD_US further, if it has been read already. `source_of` says where a lot comes from, in
    words.
    """
    if foreseen is None:
        foreseen = await ledger.foresee(
            account, tenant=tenant, program=program, at=at, ahead_us=AHEAD_US
        )
    if foreseen is None:
        return None
    book = foreseen.book
    since = _since(range_, foreseen)
    stored = await changes(store, account, since=since, upto=book.saved_seq)
    rows = [*stored, *map(change_of, book.records)]
    is_reduced = len(stored) == MOST and stored[0].seq > 1
    if is_reduced or range_ is Range.ALL:
        since = max(since, rows[0].recorded_at if rows else foreseen.at)
    past_lots = _closed(rows, foreseen)
    if only is None:
        shown = [*_in_order(foreseen), *past_lots][: min(lanes, MOST_LANES)]
    else:
        shown = [split_number(only)[1]]
    ends = await _ends(store, account, foreseen, shown)
    origins = await accruals(store, account, {ends[seq].accrued_by for seq in shown if seq in ends})
    made = {record.row.seq: record.row for record in book.records}
    for lot in ends.values():
        if lot.accrued_by in made:  # a lot that the clock made
            row = made[lot.accrued_by]
            origins[row.seq] = Accrual(row.kind, row.recorded_at, row.external_id, row.reason)
    count = 0 if only else len(foreseen.now.open_lots) + len(past_lots) - len(shown)
    plan = _Plan(
        account=account,
        foreseen=foreseen,
        rows=rows,
        since=since,
        until=_until(foreseen, since),
        shown=[seq for seq in shown if seq in ends],
        ends=ends,
        sources={
            seq: source_of(
                Origin(
                    transaction_number(account=account, seq=seq),
                    lot.created_at,
                    origins.get(lot.accrued_by),
                )
            )
            for seq, lot in ends.items()
        },
        others=count,
        is_past=at is not None,
        is_reduced=is_reduced,
        chosen=0 if chosen is None else _chosen(account, chosen),
        scale=book.policy.scale,
    )
    return await apart(_history, plan) if len(rows) > LARGE else _history(plan)


def _chosen(account: int, number: int) -> int:
    owner, seq = split_number(number)
    return seq if owner == account else 0


def _since(range_: Range, foreseen: Foreseen) -> int:
    at = foreseen.at
    if range_ is Range.ALL:
        return 0
    if range_ is Range.YEAR:
        return at - 365 * DAY_US
    since = at - 90 * DAY_US
    if range_ is Range.DAYS:
        return since
    now = foreseen.now
    return min((since, *(now.lots[seq].created_at for seq in now.open_lots)))


def _until(foreseen: Foreseen, since: int) -> int:
    """The last expiry of an open lot, at most AHEAD_US from now; never too near to be seen."""
    at = foreseen.at
    now, book, last = foreseen.now, foreseen.book, at
    for seq in now.open_lots:
        lot = now.lots[seq]
        for each in (now.expires_at(lot), lot.activates_at, book.expires_at(book.lots[seq])):
            if last < each < FOREVER:
                last = each
    until = at + max((at - since) // 6, DAY_US)
    if last > at:
        until = max(until, last + (last - since) // 40)  # so that it is not at the very edge
    return min(until, at + AHEAD_US)


def _in_order(foreseen: Foreseen) -> list[int]:
    """The open lots: those that can be spent in the order in which they pay, then what is only
    held, then what is pending by its activation."""

    now = foreseen.now

    def key(seq: int) -> tuple[int, int, int]:
        lot = now.lots[seq]
        return (1, now.expires_at(lot), seq) if lot.held else (2, lot.activates_at, seq)

    paying = [seq for _, seq in now.spendable.keys]
    return [*paying, *sorted(now.open_lots.difference(paying), key=key)]


def _closed(rows: Iterable[Change], foreseen: Foreseen) -> list[int]:
    """The lots that rows moved and that are not open, those that moved last first."""
    last: dict[int, int] = {}
    open_lots = foreseen.now.open_lots
    for row in rows:
        if row.recorded_at > foreseen.at:
            break
        for lot, *_ in row.postings:
            if lot and lot not in open_lots:
                last[lot] = row.seq
    return sorted(last, key=lambda lot: (-last[lot], -lot))


async def _ends(
    store: Store, account: int, foreseen: Foreseen, shown: Sequence[int]
) -> dict[int, Lot]:
    """These lots as the book's last row leaves them."""
    book = foreseen.book
    ends = {seq: book.lots[seq] for seq in shown if seq in book.lots}
    missing = [seq for seq in shown if seq not in ends]
    if missing:
        ends |= await closed(store, account, missing, upto=book.saved_seq)
    return ends


# -- what became of them -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    account: int
    foreseen: Foreseen
    rows: Sequence[Change]
    since: int
    until: int
    shown: Sequence[int]
    ends: Mapping[int, Lot]
    sources: Mapping[int, str]
    others: int
    is_past: bool
    is_reduced: bool
    chosen: int
    scale: int


_PLACES: Final = {
    State.AVAILABLE: 0,
    State.HELD: 1,
    State.PENDING: 2,
    State.SPENT: 3,
    State.EXPIRED: 4,
    State.REVOKED: 5,
}
"""Where a state is in a Split."""

_PLACE: Final = [_PLACES.get(state, 6) for state in State]
"""By the number of the state; 6: nowhere."""

_OPEN: Final = 3
"""The first places of a Split are what is open."""


def _history(plan: _Plan) -> LotsHistory:
    foreseen = plan.foreseen
    splits = {seq: _places(plan.ends[seq]) for seq in plan.shown}
    series: dict[int, list[LotLevel]] = {seq: [] for seq in plan.shown}
    cancels: dict[int, list[CancelOfLot]] = {seq: [] for seq in plan.shown}
    levels: list[Level] = []
    others: list[LotLevel] = []
    touches: list[Touch] = []
    open_shown = [sum(split[place] for split in splits.values()) for place in range(_OPEN)]
    later = FOREVER
    root = _root(plan)
    for row in reversed(plan.rows):
        at = row.recorded_at
        if at < plan.since:
            # The last row before the picture: how everything was when it begins.
            at = plan.since
        if at <= plan.until and at != later:  # of several rows at one instant the last one counts
            levels.append(Level(at, row.available, row.held + row.owed_held, row.pending, row.owed))
            if plan.others:
                others.append(LotLevel(at, _rest(row, open_shown)))
        later = at
        if row.recorded_at < plan.since:
            break
        touched = {posting[0] for posting in row.postings}
        for lot in touched:
            if lot in splits and at <= plan.until:
                steps = series[lot]
                if not steps or steps[-1].at != at:
                    steps.append(LotLevel(at, Split(*splits[lot][:6])))
                if row.kind is Kind.CANCEL:
                    number = transaction_number(account=plan.account, seq=row.seq)
                    cancels[lot].append(CancelOfLot(at, number))
        if root and root in (row.root, row.seq) and at <= plan.until:
            number = transaction_number(account=plan.account, seq=row.seq)
            named = [transaction_number(account=plan.account, seq=lot) for lot in touched if lot]
            touches.append(Touch(at, number, tuple(sorted(named))))
        for lot, amount, source, target, _ in row.postings:
            split = splits.get(lot)
            if split is not None:
                before, after = _PLACE[source], _PLACE[target]
                split[before] += amount
                split[after] -= amount
                if before < _OPEN:
                    open_shown[before] += amount
                if after < _OPEN:
                    open_shown[after] -= amount
    for lot, split in splits.items():
        if any(split[:6]) and (
            not series[lot] or series[lot][-1].at > plan.since
        ):  # it is older than the picture, or than the rows that were read
            series[lot].append(LotLevel(plan.since, Split(*split[:6])))
    if not levels or levels[-1].at > plan.since:
        levels.append(Level(plan.since, 0, 0, 0, 0))
    lives = [_life(plan, lot, series[lot][::-1], cancels[lot][::-1]) for lot in plan.shown]
    now = foreseen.now
    expiries = (now.expires_at(now.lots[seq]) for seq in now.open_lots)
    return LotsHistory(
        scale=plan.scale,
        at=foreseen.at,
        since=plan.since,
        until=plan.until,
        levels=levels[::-1],
        lots=lives,
        others=OtherLots(plan.others, others[::-1]) if plan.others else None,
        is_past=plan.is_past,
        is_cut=any(plan.until < each < FOREVER for each in expiries),
        is_reduced=plan.is_reduced,
        chosen=touches[::-1],
    )


def _places(lot: Lot) -> list[int]:
    places = [lot.available, lot.held, lot.pending, lot.spent, lot.expired, lot.revoked]
    return [*places, 0]  # the last is where points come from, and bookkeeping


def _rest(row: Change, open_shown: Sequence[int]) -> Split:
    """What the lots without a lane have open."""
    available, held, pending = open_shown
    return Split(row.available - available, row.held - held, row.pending - pending)


def _root(plan: _Plan) -> int:
    """The original of the chosen transaction, or 0."""
    for row in plan.rows:
        if row.seq == plan.chosen:
            return row.root
    return 0


def _life(
    plan: _Plan, seq: int, levels: Sequence[LotLevel], cancels: Sequence[CancelOfLot]
) -> LotLife:
    end, now = plan.ends[seq], plan.foreseen.now
    expires_at, expiring = end.expires_at, end.expired
    if seq in now.open_lots:
        open_ = now.lots[seq]
        expires_at = now.expires_at(open_)
        if not open_.available:  # dated anew when it is activated, or released
            expires_at = plan.foreseen.book.expires_at(end)
        if plan.until < expires_at < FOREVER:
            expiring = end.available
    return LotLife(
        number=transaction_number(account=plan.account, seq=seq),
        source=plan.sources[seq],
        issued=end.issued,
        created_at=end.created_at,
        activates_at=end.activates_at,
        expires_at=expires_at,
        expiring=expiring,
        levels=levels,
        cancels=cancels,
    )
