"""What a figure of a report counts: the transactions that moved it, who has what is open, and the
members who came."""

from typing import Final

from stampbook.dialects import instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.ledger.reading import shapes_of_rows
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.dialects.native.reports.reporting import (
    Asked,
    as_of_asked,
    asked_of,
    by_asked,
    settle,
)
from stampbook.dialects.native.reports.wire import HeldShape
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.programs import MemberShape, member_shape
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.domain.model import FOREVER, SEQUENCE_BITS, split_number
from stampbook.ledger.journal import rows
from stampbook.ledger.journal.behind import holders, moved
from stampbook.ledger.journal.behind.holders import Held
from stampbook.programs import members
from stampbook.reporting.activity import FIGURES, whats_of
from stampbook.reporting.newcomers import newcomers
from stampbook.reporting.spans import is_quarter

PLACES: Final = 3
"""Numbers in a cursor of these lists: where the last entry is."""


async def list_moved(call: Call) -> Page[TransactionShape]:
    """By quarters of an hour, oldest first, as the figure counts them."""
    asked = await asked_of(call)
    since, until = _span(call)
    figure, limit = call.query.get("figure", "transactions"), finding.limit(call)
    if figure not in FIGURES:
        raise invalid_parameter("figure", f"must be one of {', '.join(FIGURES)}")
    by_effective, place = by_asked(call) == "effective", _place(call)
    after = moved.FIRST if place is None else moved.Spot(*place)
    store = call.context.store
    async with call.context.scans.turn():
        await settle(call, asked)
        found = await moved.moved(
            store,
            asked.currency.currency_id,
            since,
            until,
            whats_of(figure),
            by_effective=by_effective,
            after=after,
            limit=limit + 1,
        )
    current = [await rows.current(store, *split_number(each.row.number)) for each in found[:limit]]
    shapes = await shapes_of_rows(
        call, [each for each in current if each is not None], asked.currency.scale
    )
    return Page(shapes, _cursor(found[limit - 1].spot) if len(found) > limit else None)


def _span(call: Call) -> tuple[int, int]:
    """Raises Failure (422)."""
    bounds = []
    for name in ("from", "to"):
        at = finding.asked_instant(call, name)
        if at is None:
            raise invalid_parameter(name, "is required")
        if not is_quarter(at):
            raise invalid_parameter(name, "must be at a full quarter of an hour")
        bounds.append(at)
    if bounds[1] <= bounds[0]:
        raise invalid_parameter("to", "must lie after from")
    return bounds[0], bounds[1]


async def list_held(call: Call) -> Page[HeldShape]:
    """By expiry; what never expires comes last, and so do debts."""
    asked = await asked_of(call)
    at, state = as_of_asked(call, asked.now), call.query.get("state", "open")
    if state not in holders.STATES:
        raise invalid_parameter("state", f"must be one of {', '.join(holders.STATES)}")
    since, until = (finding.asked_instant(call, name) for name in ("from", "to"))
    expiries = -FOREVER if since is None else since, FOREVER if until is None else until
    never = call.query.get("never", "false")
    if never not in ("true", "false") or (never == "true" and (since, until) != (None, None)):
        raise invalid_parameter("never", "must be true or false; true without from and to")
    if never == "true":
        expiries = FOREVER - 1, FOREVER
    elif until is None and since is not None:
        expiries = since, FOREVER - 1
    limit, place = finding.limit(call), _place(call)
    async with call.context.scans.turn():
        await settle(call, asked)
        found = await holders.holders(
            call.context.store,
            asked.currency.currency_id,
            expiries,
            state,
            as_of=at,
            after=holders.FIRST if place is None else holders.Spot(*place),
            limit=limit + 1,
        )
    return Page(
        [_held_shape(asked, each) for each in found[:limit]],
        _cursor(found[limit - 1].spot) if len(found) > limit else None,
    )


async def list_newcomers(call: Call) -> Page[MemberShape]:
    """By number."""
    asked = await asked_of(call)
    since, until = _span(call)
    store, limit = call.context.store, finding.limit(call)
    numbers = await newcomers(
        store,
        asked.program.program_id,
        since,
        until,
        after=finding.cursor(call, ids.MEMBER) or 0,
        limit=limit + 1,
    )
    found = [await members.get(store, each, tenant=call.caller.tenant) for each in numbers]
    return page_of([member_shape(each) for each in found if each is not None], limit)


def _held_shape(asked: Asked, held: Held) -> HeldShape:
    account, lot = held
    number = account << SEQUENCE_BITS | lot.lot
    return HeldShape(
        lot_id=ids.write(ids.LOT, number) if lot.lot else None,
        account_id=ids.write(ids.ACCOUNT, account),
        available=asked.amount(lot.available),
        pending=asked.amount(lot.pending),
        held=asked.amount(lot.held),
        deficit=asked.amount(lot.owed),
        expires_at=None if lot.expires_at == FOREVER else instants.write(lot.expires_at),
    )


def _cursor(spot: tuple[int, int, int]) -> str:
    return ".".join(f"{number:x}" for number in spot)


def _place(call: Call) -> tuple[int, int, int] | None:
    """What the cursor names; None without one. Raises Failure (422)."""
    text = call.query.get("cursor")
    if text is None:
        return None
    parts = text.split(".")
    try:
        found = [int(part, 16) for part in parts]
    except ValueError:
        found = []
    if len(found) != PLACES or _cursor((found[0], found[1], found[2])) != text:
        raise invalid_parameter("cursor", "is not a next_cursor of this list")
    if any(abs(number) >= FOREVER + 1 for number in found):
        raise invalid_parameter("cursor", "is not a next_cursor of this list")
    return found[0], found[1], found[2]
