"""`/programs` and `/programs/{id}/currencies`, `/currencies/{id}`."""

from typing import Any

from msgspec.json import Decoder

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.programs.promotions import changed_options, options_of
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.programs import (
    CurrencyBody,
    CurrencyChange,
    CurrencyShape,
    ProgramBody,
    ProgramChange,
    ProgramShape,
    currency_shape,
    program_shape,
    terms_of,
)
from stampbook.dialects.native.wire.promotions import OptionsChange
from stampbook.dialects.native.wire.values import given, metadata_text, read_end, read_instant
from stampbook.dialects.native.writing import write_bounds_once, write_once
from stampbook.programs import currencies, programs
from stampbook.programs.currencies import Currency
from stampbook.programs.policies import Terms
from stampbook.storage.store import Transacting

_program_body = Decoder(ProgramBody)
_program_change = Decoder(ProgramChange)
_currency_body = Decoder(CurrencyBody)
_currency_change = Decoder(CurrencyChange)


async def create_program(call: Call) -> Reply:
    body = read(_program_body, call.body)
    finding.unbound(call)

    async def write(writing: Transacting) -> ProgramShape:
        program = await programs.create(
            writing,
            tenant=call.caller.tenant,
            name=body.name,
            now=call.context.clock(),
            timezone=body.timezone,
            status=body.status,
            starts_at=read_instant(body.starts_at, "/starts_at"),
            ends_at=read_end(body.ends_at, "/ends_at"),
            metadata=metadata_text(body.metadata),
            phone_region=body.phone_region,
        )
        return program_shape(program)

    return await write_once(call, write)


async def list_programs(call: Call) -> Page[ProgramShape]:
    limit = finding.limit(call)
    found = await programs.page(
        call.context.store,
        tenant=call.caller.tenant,
        program=call.caller.program,
        only_of=finding.bound_user(call),
        after=finding.cursor(call, ids.PROGRAM) or 0,
        limit=limit + 1,
    )
    return page_of([program_shape(each) for each in found], limit)


async def get_program(call: Call) -> ProgramShape:
    program = await finding.program(call, call.context.store, call.id(ids.PROGRAM))
    return program_shape(program)


async def change_program(call: Call) -> Reply:
    change = given(read(_program_change, call.body))

    async def write(writing: Transacting) -> ProgramShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        if change:
            program = await programs.update(
                writing,
                program.program_id,
                _stored_program(change),
                tenant=call.caller.tenant,
                now=call.context.clock(),
            )
        return program_shape(program)

    return await write_bounds_once(call, write)


def _stored_program(change: dict[str, Any]) -> dict[str, object]:
    """A change's columns."""
    columns = dict(change)
    for name, read_one in (("starts_at", read_instant), ("ends_at", read_end)):
        if name in columns:
            columns[name] = read_one(columns[name], f"/{name}")
    if "metadata" in columns:
        columns["metadata"] = metadata_text(columns["metadata"])
    return columns


async def create_currency(call: Call) -> Reply:
    body = read(_currency_body, call.body)
    terms = terms_of(given(body), body.scale, Terms())

    async def write(writing: Transacting) -> CurrencyShape:
        program = await finding.program(call, writing, call.id(ids.PROGRAM))
        currency = await currencies.create(
            writing,
            program,
            name=body.name,
            now=call.context.clock(),
            code=body.code,
            scale=body.scale,
            terms=terms,
            metadata=metadata_text(body.metadata),
        )
        return await _with_options(writing, currency, body, call.context.clock())

    return await write_bounds_once(call, write)


async def _with_options(
    writing: Transacting, currency: Currency, asked: CurrencyBody | CurrencyChange, now: int
) -> CurrencyShape:
    """The currency with the options that the request gives. Writes; raises Failure, Invalid."""
    change = OptionsChange(
        initial_balance=asked.initial_balance,
        backdating=asked.backdating,
        exchange=asked.exchange,
        return_spent=asked.return_spent,
        approval_above=asked.approval_above,
        unit_value=asked.unit_value,
        earning_limits=asked.earning_limits,
        spending_limits=asked.spending_limits,
    )
    if change == OptionsChange():
        return await _currency_shape(writing, currency)
    return currency_shape(currency, await changed_options(writing, currency, change, now=now))


async def _currency_shape(db: Transacting, currency: Currency) -> CurrencyShape:
    return currency_shape(currency, await options_of(db, currency))


async def list_currencies(call: Call) -> Page[CurrencyShape]:
    store = call.context.store
    limit = finding.limit(call)
    program = await finding.program(call, store, call.id(ids.PROGRAM))
    found = await currencies.page(
        store,
        program.program_id,
        after=finding.cursor(call, ids.CURRENCY) or 0,
        limit=limit + 1,
    )
    return page_of([await _currency_shape(store, each) for each in found], limit)


async def get_currency(call: Call) -> CurrencyShape:
    currency = await finding.currency(call, call.context.store, call.id(ids.CURRENCY))
    return await _currency_shape(call.context.store, currency)


async def change_currency(call: Call) -> Reply:
    body = read(_currency_change, call.body)
    change = given(body)

    async def write(writing: Transacting) -> CurrencyShape:
        currency = await finding.currency(call, writing, call.id(ids.CURRENCY))
        if change.get("scale", currency.scale) != currency.scale:
            raise invalid_field("/scale", "cannot change: recorded amounts rest on it")
        labels: dict[str, object] = {
            name: change[name] for name in ("name", "code") if name in change
        }
        if "metadata" in change:
            labels["metadata"] = metadata_text(change["metadata"])
        if change:
            currency = await currencies.update(
                writing,
                currency,
                now=call.context.clock(),
                terms=terms_of(change, currency.scale, currency.terms),
                labels=labels,
            )
        return await _with_options(writing, currency, body, call.context.clock())

    return await write_bounds_once(call, write)
