"""The lots of one account.

All open lots are read together, from the account's state; a closed lot from the row that closed it.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER, Lot, State, transaction_number
from stampbook.domain.state import OpenState, read_state
from stampbook.ledger.journal.pages import originals
from stampbook.ledger.outcomes import SLIDES
from stampbook.pacing import LARGE_STATE, apart
from stampbook.storage.store import AccountFound, Demand, Store

AT_ONCE: Final = 500
"""How many lots, or rows, are looked up in one step."""

ROWS_AT_ONCE: Final = 50
"""After how many rows lots are looked up in one step: each has its account's state."""

OF_OPEN: Final = (State.PENDING, State.AVAILABLE, State.HELD)


class DatedLot(NamedTuple):
    """A lot, and when it expires: a sliding lot at its account's common instant."""

    lot: Lot
    expires_at: int


class LiveLots(NamedTuple):
    """Lots with points that are available or held, by number, as the account's last row left them
    at `clock`."""

    clock: int
    lots: list[DatedLot]


class OpenLot(NamedTuple):
    """A lot that has points pending, available or held.

    `deadline_at`: the deadline of the event or commit for which its accrual waits; FOREVER if it
    waits for none.
    """

    lot: Lot
    deadline_at: int


class PendingLot(NamedTuple):
    """A lot that has pending points. `deadline_at` is as in `OpenLot`, `subject` its accrual's."""

    lot: Lot
    deadline_at: int
    subject: str | None


async def newest_lots(
    store: Store, account: int, *, before: int, state: State | None = None, limit: int
) -> list[DatedLot]:
    """The newest lots below number `before`; with `state` those that have points in it."""
    state_of, upto = await _open(store, account)
    lots: list[Lot] = []
    highest = min(before, state_of.lots_made + 1)
    if state in OF_OPEN:
        numbers = sorted((seq for seq in state_of.lots if seq < highest), reverse=True)
        lots = [state_of.lots[seq] for seq in numbers if state_of.lots[seq].split[state]][:limit]
    else:
        while highest > 1 and len(lots) < limit:
            numbers = list(range(highest - 1, max(0, highest - 1 - max(limit, AT_ONCE)), -1))
            known = await _numbered(store, account, upto, state_of, numbers)
            lots += [
                known[seq]
                for seq in numbers
                if seq in known and (state is None or known[seq].split[state])
            ]
            highest = numbers[-1]
    return [DatedLot(lot, state_of.expires_at(lot)) for lot in lots[:limit]]


async def live_lots(store: Store, account: int) -> LiveLots:
    """The account's live lots. Settle it first: until then, lots that are due to expire are live.

    Part of an expired lot may be held.
    """
    found = await _opened(store, account)
    if found.facts is None:
        return LiveLots(0, [])
    state = await state_of(found)
    live = [
        DatedLot(lot, state.expires_at(lot))
        for _, lot in sorted(state.lots.items())
        if lot.available or lot.held
    ]
    return LiveLots(found.facts.clock, live)


async def expiries(store: Store, lots: Mapping[int, Collection[int]]) -> dict[int, int]:
    """When the lots (numbers, by account) expire, as `Done.expiries` has it."""
    found: dict[int, int] = {}
    for account, wanted in lots.items():
        if wanted:
            for lot in (await numbered(store, account, wanted)).values():
                number = transaction_number(account=account, seq=lot.seq)
                found[number] = SLIDES if lot.sliding else lot.expires_at
    return found


async def numbered(store: Store, account: int, lots: Collection[int]) -> dict[int, Lot]:
    """The lots of these numbers that exist, by number, as they are now."""
    state, upto = await _open(store, account)
    return await _numbered(store, account, upto, state, lots)


async def closed(store: Store, account: int, lots: Collection[int], *, upto: int) -> dict[int, Lot]:
    """The lots of these numbers as row `upto` of the journal left them, by number.

    Only for lots that were closed after that row: open ones are in the account's state.
    """
    return await _numbered(store, account, upto, OpenState(), lots)


async def after_rows(
    store: Store, wanted: Mapping[tuple[int, int], Collection[int]]
) -> dict[tuple[int, int], dict[int, DatedLot]]:
    """Lots as rows of the journals left them: by account and row, then by lot."""
    steps: dict[tuple[int, int], list[Demand]] = {}
    of_account: Counter[int] = Counter()
    for (account, seq), numbers in wanted.items():
        demand = Demand(account, opening=True, upto=seq, lots=frozenset(numbers))
        # An account is loaded as of one row at a time.
        steps.setdefault((account % store.shards, of_account[account]), []).append(demand)
        of_account[account] += 1
    found: dict[tuple[int, int], dict[int, DatedLot]] = {}
    for (shard, _), demands in steps.items():
        for start in range(0, len(demands), ROWS_AT_ONCE):
            chunk = demands[start : start + ROWS_AT_ONCE]
            for demand, answer in zip(chunk, await store.load(shard, chunk), strict=True):
                state = await state_of(answer)
                left = {lot.seq: lot for lot in answer.lots}
                left |= {
                    number: state.lots[number] for number in demand.lots if number in state.lots
                }
                found[demand.account, demand.last] = {
                    number: DatedLot(left[number], state.expires_at(left[number]))
                    for number in demand.lots
                }
    return found


async def open_lots(store: Store, account: int, *, upto: int | None = None) -> list[OpenLot]:
    """The account's open lots, by number, as they are now or as row `upto` left them."""
    state, _ = await _open(store, account, upto=upto)
    return [OpenLot(lot, _deadline(state, lot)) for _, lot in sorted(state.lots.items())]


async def pending_lots(store: Store, account: int) -> list[PendingLot]:
    """The account's lots that have pending points, by number."""
    state, _ = await _open(store, account)
    pending = [lot for _, lot in sorted(state.lots.items()) if lot.pending]
    accruals = await originals(store, account, {lot.accrued_by for lot in pending})
    return [
        PendingLot(lot, _deadline(state, lot), accruals[lot.accrued_by].subject) for lot in pending
    ]


async def lots_expiring(
    store: Store, account: int, *, after: int, until: int, sliding: bool
) -> list[Lot]:
    """The account's lots with available points that expire in (after, until], by number.

    If no lot does, the answer is one that has expired or was spent, if the account ever had one.
    `sliding`: only lots with a sliding expiry; otherwise only the others.
    """

    def fits(lot: Lot) -> bool:
        return lot.sliding == sliding and after < lot.expires_at <= until

    state, upto = await _open(store, account)
    there = [lot for _, lot in sorted(state.lots.items()) if fits(lot)]
    available = [lot for lot in there if lot.available]
    if available or there:
        return available or there[:1]
    for highest in range(state.lots_made, 0, -AT_ONCE):
        numbers = range(max(1, highest - AT_ONCE + 1), highest + 1)
        known = await _numbered(store, account, upto, state, numbers)
        closed = [lot for _, lot in sorted(known.items()) if fits(lot)]
        if closed:
            return closed[:1]
    return []


async def _opened(store: Store, account: int, *, upto: int | None = None) -> AccountFound:
    demand = Demand(account, opening=True, upto=upto)
    (found,) = await store.load(account % store.shards, [demand])
    return found


async def _open(store: Store, account: int, *, upto: int | None = None) -> tuple[OpenState, int]:
    """The account's open state, and its last row; the last that counts is `upto`."""
    found = await _opened(store, account, upto=upto)
    return await state_of(found), 0 if found.facts is None else found.facts.seq


async def state_of(found: AccountFound) -> OpenState:
    """The open state of an account that was loaded."""
    read = partial(read_state, found.states)
    return await apart(read) if sum(map(len, found.states)) > LARGE_STATE else read()


async def _numbered(
    store: Store, account: int, upto: int, state: OpenState, lots: Collection[int]
) -> dict[int, Lot]:
    known = {seq: state.lots[seq] for seq in lots if seq in state.lots}
    closed = sorted(set(lots).difference(known))
    for start in range(0, len(closed), AT_ONCE):
        wanted = frozenset(closed[start : start + AT_ONCE])
        demand = Demand(account, upto=upto, lots=wanted)
        (found,) = await store.load(account % store.shards, [demand])
        known |= {lot.seq: lot for lot in found.lots}
    return known


def _deadline(state: OpenState, lot: Lot) -> int:
    movement = state.movements.get(lot.accrued_by)
    return FOREVER if movement is None else movement.deadline_at
