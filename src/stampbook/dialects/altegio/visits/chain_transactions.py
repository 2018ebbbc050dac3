"""All loyalty transactions of a chain."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from stampbook.dialects.altegio.call import Call, Page
from stampbook.dialects.altegio.finding import chain_of
from stampbook.dialects.altegio.visits.objects import iso_time, transaction
from stampbook.dialects.altegio.wire.query import Query
from stampbook.domain.policy import start_of_day
from stampbook.programs.programs import Program
from stampbook.visits import reading
from stampbook.visits.movements import journal
from stampbook.visits.movements.in_force import Event, Filter

TYPES: Final[Mapping[Event, int]] = {
    Event.DISCOUNT: 1,
    Event.ACCRUAL: 2,
    Event.WITHDRAWAL: 3,
    Event.REFERRAL: 4,
    Event.REPLENISHMENT: 5,
    Event.DEBIT: 6,
    Event.EXPIRY: 7,
}
LAST_TYPE: Final = 11
"""Types 8 to 11 are known and never occur."""

PAGE: Final = 25
MAX_PAGE: Final = 200


async def list_transactions(call: Call) -> Any:
    """What is in force of the chain's transactions, newest first."""
    chain = await chain_of(call)
    query = call.query()
    wanted = _filter(query, chain)
    page = query.integer("page", 1, least=1)
    limit = min(query.integer("count", PAGE, least=1), MAX_PAGE)
    query.check()
    if wanted is None:
        return Page([], 0)
    context = call.context
    await journal.settle_due(context.store, context.ledger, chain.program_id)
    found = await journal.page(context.store, wanted, skip=(page - 1) * limit, limit=limit)
    lines = await reading.lines_named(context.store, [entry.line for entry in found])
    lang = call.language
    rows: list[dict[str, Any]] = []
    for entry in found:
        row = transaction(
            number=entry.number,
            amount=entry.amount,
            type_id=TYPES[entry.event],
            chain=chain.program_id,
            lang=lang,
            line=lines.get(entry.line),
            program=entry.promotion,
            card=entry.account,
        )
        row |= {
            "visit_id": entry.visit,
            "certificate_id": 0,
            "abonement_id": 0,
            "services_transaction_id": 0,
            "created_date": iso_time(entry.recorded_at, chain.timezone),
        }
        rows.append(row)
    return Page(rows, await journal.count(context.store, wanted))


def _filter(query: Query, chain: Program) -> Filter | None:
    """What the query asks for; None when nothing can be of the types it names."""
    first = query.date("created_after", required=True)
    last = query.date("created_before", required=True)
    types = query.numbers("types")
    if any(not 1 <= each <= LAST_TYPE for each in types):
        query.errors.append(("types", "choice"))
    wanted = Filter(
        program=chain.program_id,
        start=0 if first is None else start_of_day(first, chain.timezone),
        end=0 if last is None else start_of_day(last + timedelta(days=1), chain.timezone),
        events=[event for event, type_id in TYPES.items() if type_id in types],
        locations=query.numbers("company_ids"),
        visits=query.numbers("visit_ids"),
        account=query.integer("loyalty_card_id", 0),
    )
    return None if types and not wanted.events else wanted
