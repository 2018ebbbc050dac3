"""Reads of the ledger: transactions, lots, balances."""

from collections.abc import Sequence

from msgspec.structs import replace

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.ledger import journal
from stampbook.dialects.native.ledger.journal import Entry
from stampbook.dialects.native.people.approvals import approvers
from stampbook.dialects.native.problems import invalid_parameter, not_found
from stampbook.dialects.native.wire.lots import BalanceShape, LotShape, balance_shape, lot_shape
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.transactions import (
    AllocationShape,
    PostingShape,
    TransactionShape,
    allocation_shapes,
    moved_postings,
    named_only,
    posting_shapes,
    standing,
    status_word,
    transaction_shape,
)
from stampbook.domain.model import FOREVER, State, split_number
from stampbook.ledger.journal import figures, lots, names, rows
from stampbook.ledger.journal.rows import CurrentRow

LOT_STATES = {
    state.name.lower(): state for state in State if State.PENDING <= state <= State.REVOKED
}


async def _settled(call: Call, account: int) -> None:
    """Write what is due by now into the journal before it is read."""
    due = await figures.due_among(call.context.store, [account], call.context.clock())
    if due:
        await call.context.ledger.settle(due)


async def get_balance(call: Call) -> BalanceShape:
    """At `as_of`: a past instant as the ledger said it then, a future one if nothing else
    happens. Without it, at the later of the clock and the account's last row."""
    account = call.id(ids.ACCOUNT)
    asked, now = finding.asked_instant(call, "as_of"), call.context.clock()
    if call.caller.programs is not None:
        await call.denomination(account)
    found = await call.context.ledger.balance(
        account, tenant=call.caller.tenant, program=call.caller.program, at=asked
    )
    if found is None:
        raise not_found("there is no such account")
    book, balance = found
    as_of = max(now, book.clock) if asked is None else asked
    return balance_shape(book, balance, as_of)


async def list_lots(call: Call) -> Page[LotShape]:
    """Newest first; with `state` those that have points in it."""
    account = call.id(ids.ACCOUNT)
    scale = (await call.denomination(account)).scale
    await _settled(call, account)
    state = call.query.get("state")
    if state is not None and state not in LOT_STATES:
        raise invalid_parameter("state", f"must be one of {', '.join(LOT_STATES)}")
    limit = finding.limit(call)
    found = await lots.newest_lots(
        call.context.store,
        account,
        before=_before(call, ids.LOT, account),
        state=None if state is None else LOT_STATES[state],
        limit=limit + 1,
    )
    return page_of([lot_shape(account, lot, scale) for lot in found], limit)


async def list_transactions(call: Call) -> Page[TransactionShape]:
    """Newest first, recorded in [from, to)."""
    account = call.id(ids.ACCOUNT)
    scale = (await call.denomination(account)).scale
    await _settled(call, account)
    limit = finding.limit(call)
    since, until = finding.asked_instant(call, "from"), finding.asked_instant(call, "to")
    word = call.query.get("type")
    if word is not None and word not in journal.KINDS_OF:
        raise invalid_parameter("type", f"must be one of {', '.join(journal.KINDS_OF)}")
    found = await journal.entries(
        call.context.store,
        account,
        before=_before(call, ids.TRANSACTION, account),
        since=-FOREVER if since is None else since,
        until=FOREVER if until is None else until,
        kinds=rows.ALL_KINDS if word is None else journal.KINDS_OF[word],
        key=finding.asked_id(call, "api_key_id", ids.API_KEY),
        user=finding.asked_id(call, "user_id", ids.USER),
        limit=limit + 1,
    )
    return page_of(await _shapes(call, found, scale), limit)


async def newest(
    call: Call, account: int, scale: int, *, before: int, limit: int
) -> list[TransactionShape]:
    """The newest transactions of an account with a sequence number below `before`."""
    await _settled(call, account)
    found = await journal.entries(call.context.store, account, before=before, limit=limit)
    return await _shapes(call, found, scale)


async def shapes_of_rows(
    call: Call, found: Sequence[CurrentRow], scale: int
) -> list[TransactionShape]:
    """Rows of the journal as they are now, in their order."""
    entries = [
        Entry(short, each.movement, unnamed)
        for each in found
        for short, unnamed in (named_only(each.row),)
    ]
    return await _shapes(call, entries, scale)


async def _shapes(call: Call, found: Sequence[Entry], scale: int) -> list[TransactionShape]:
    """Entries as they stand now; links and postings are for a single read."""
    store = call.context.store
    expiries = await journal.expiries(store, (each.row for each in found))
    second = await approvers(store, (each.row for each in found), tenant=call.caller.tenant)
    return [
        replace(
            transaction_shape(each.row, scale, expiries, unnamed=each.unnamed),
            status=status_word(each.row, each.movement),
            approved_by=second.get(each.row.who.request_id or ""),
        )
        for each in found
    ]


async def get_transaction(call: Call) -> TransactionShape:
    account, seq = split_number(call.id(ids.TRANSACTION))
    return await _single(call, account, seq)


async def find_transaction(call: Call) -> TransactionShape:
    """By its external id; `program_id` is needed where several programs have one."""
    external_id = call.query.get("external_id")
    if external_id is None:
        raise invalid_parameter("external_id", "must be given")
    program = call.caller.program
    if "program_id" in call.query:
        asked = ids.read(ids.PROGRAM, call.query["program_id"])
        if asked is None or not finding.in_bounds(call, asked):
            raise not_found("there is no such program")
        program = asked
    found = await names.by_external_id(
        call.context.store, external_id, tenant=call.caller.tenant, program=program, deleted=True
    )
    if call.caller.programs is not None:
        found = [each for each in found if await _is_in_bounds(call, each[0])]
    if not found:
        raise not_found("there is no transaction with that external_id")
    if len(found) > 1:
        raise invalid_parameter("program_id", "must be given: several programs have such an id")
    return await _single(call, *found[0])


async def _is_in_bounds(call: Call, account: int) -> bool:
    found = await call.context.ledger.denominations.of(account)
    return found is not None and call.caller.sees(found.program)


async def list_allocations(call: Call) -> Page[AllocationShape]:
    """All that the transaction moved, lot by lot, in their order."""
    found, scale = await _entry(call, *split_number(call.id(ids.TRANSACTION)))
    moved = moved_postings(found.row)
    start, limit = _position(call), finding.limit(call)
    shown = moved[start : start + limit]
    expiries = await journal.expiries_of(call.context.store, [(found.row, shown)])
    shapes = allocation_shapes(found.row, shown, scale, expiries)
    return Page(shapes, _next_position(start, limit, len(moved)))


async def list_postings(call: Call) -> Page[PostingShape]:
    """All postings of the transaction, in their order."""
    found, scale = await _entry(call, *split_number(call.id(ids.TRANSACTION)))
    start, limit = _position(call), finding.limit(call)
    shapes = posting_shapes(found.row, found.row.postings[start : start + limit], scale)
    return Page(shapes, _next_position(start, limit, len(found.row.postings)))


def _position(call: Call) -> int:
    """Where a page of a transaction's list begins; its cursor is a number. Raises Failure (422)."""
    text = call.query.get("cursor", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise invalid_parameter("cursor", "is not a next_cursor of this list")
    return int(text)


def _next_position(start: int, limit: int, length: int) -> str | None:
    return str(start + limit) if start + limit < length else None


async def _entry(call: Call, account: int, seq: int) -> tuple[CurrentRow, int]:
    """An entry of a journal and the scale of its amounts. Raises Failure (404)."""
    scale = (await call.denomination(account, "transaction")).scale
    await _settled(call, account)
    found = await rows.current(call.context.store, account, seq)
    if found is None:
        raise not_found("there is no such transaction")
    return found, scale


async def _single(call: Call, account: int, seq: int) -> TransactionShape:
    found, scale = await _entry(call, account, seq)
    store = call.context.store
    expiries = await journal.expiries(store, (found.row,))
    second = await approvers(store, (found.row,), tenant=call.caller.tenant)
    shape = transaction_shape(found.row, scale, expiries)
    shape = replace(shape, approved_by=second.get(found.row.who.request_id or ""))
    return replace(shape, **standing(found.row, found.movement, scale))


def _before(call: Call, prefix: str, account: int) -> int:
    """The sequence number below which the page begins. Raises Failure (422)."""
    number = finding.cursor(call, prefix)
    if number is None:
        return rows.LATEST
    of, seq = split_number(number)
    if of != account:
        raise invalid_parameter("cursor", "is not a next_cursor of this list")
    return seq
