"""`/visits/{id}/transactions`: what paid for a visit, and what it earned."""

from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.ledger.reading import shapes_of_rows
from stampbook.dialects.native.problems import not_found
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.transactions import TransactionShape
from stampbook.ledger.journal import rows
from stampbook.visits import reading
from stampbook.visits.movements.subjects import credit_subjects, subject_of

MAX_ROWS = 200
"""Of each account; the newest."""


async def list_visit_transactions(call: Call) -> Page[TransactionShape]:
    """Redemptions and accruals of the visit, also those that were cancelled. Newest first."""
    store, number = call.context.store, call.id(ids.VISIT)
    visit = await reading.head(store, number, tenant=call.caller.tenant)
    if visit is None or not call.caller.enters(visit.program, visit.location):
        raise not_found("there is no such visit")
    subjects = (subject_of(number), *credit_subjects(number))
    accounts = list(await reading.accounts_of(store, number))
    scales = await call.context.ledger.denominations.of_all(accounts)
    found: list[TransactionShape] = []
    for account, known in scales.items():
        moved = await rows.newest_of_subjects(store, account, subjects, limit=MAX_ROWS)
        found += await shapes_of_rows(call, moved, known.scale)
    found.sort(key=lambda each: (each.created_at, each.seq), reverse=True)
    return Page(found, None)
