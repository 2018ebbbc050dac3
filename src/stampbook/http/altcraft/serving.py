"""From an exchange to a reply: format, token, scope, then the method itself.

Everything that a method raises on purpose becomes an envelope here, in one place.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from stampbook.http.altcraft.answers import Answer, Reply, fault_reply, reply
from stampbook.http.altcraft.exchange import (
    Call,
    Exchange,
    Reading,
    find_caller,
    idempotency_key,
    read,
)
from stampbook.http.altcraft.faults import Fault
from stampbook.http.context import Context

Method = Callable[[Call], Awaitable[Answer]]


class Operation(NamedTuple):
    """A method and the scope that a token needs for it."""

    method: Method
    scope: str


async def serve(operation: Operation, context: Context, exchange: Exchange) -> Reply:
    """Answer a request; never raises what a caller can cause."""
    reading = read(exchange)
    try:
        call = await _call(operation, context, exchange, reading)
        return reply(await operation.method(call), reading.form)
    except Fault as fault:
        return fault_reply(fault, reading.form)


async def _call(
    operation: Operation, context: Context, exchange: Exchange, reading: Reading
) -> Call:
    """Who asks for what. Raises Fault: first who, then whether he may, then what."""
    caller = await find_caller(context, exchange, reading)
    if not caller.may(operation.scope):
        raise Fault(403, "No access")
    if reading.fault is not None:
        raise reading.fault
    assert reading.fields is not None
    return Call(
        context=context,
        caller=caller,
        fields=reading.fields,
        key=idempotency_key(exchange),
        now=context.clock(),
        origin=exchange.origin,
    )
