"""`/programs/{id}/figures` and `/currencies/{id}/figures`: docs/reference/native-api.md."""

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.wire.figures import (
    CurrencyFigures,
    ProgramFigures,
    currency_figures,
)
from stampbook.domain.model import FOREVER
from stampbook.ledger.journal import figures, totals
from stampbook.programs import accounts, currencies, members
from stampbook.visits import locations


async def get_program_figures(call: Call) -> ProgramFigures:
    store = call.context.store
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    number, tenant = program.program_id, program.tenant_id
    only_of = finding.bound_user(call)
    return ProgramFigures(
        program_id=ids.write(ids.PROGRAM, number),
        members=await members.count(store, number),
        currencies=await currencies.count(store, number),
        locations=await locations.count(store, number, tenant=tenant, only_of=only_of),
    )


async def get_currency_figures(call: Call) -> CurrencyFigures:
    """What is open now, with what is due recorded before."""
    store, now = call.context.store, call.context.clock()
    currency = await finding.currency(call, store, call.id(ids.CURRENCY))
    number = currency.currency_id
    await call.context.ledger.settle(await figures.due_in(store, currency.program_id, now))
    # The second span has only what never expires.
    found = await totals.expiring(store, number, [-1, FOREVER - 1, FOREVER])
    dated, undated = found.buckets
    count = await accounts.count(store, number)
    return currency_figures(currency, dated, undated, accounts=count, at=now)
