"""From an exchange to a reply: format, token, scope, then the method itself.

Everything that a method raises on purpose becomes an envelope here, in one place.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from stampbook.dialects.altcraft.answers import Answer, Reply, fault_reply, reply
from stampbook.dialects.altcraft.exchange import (
    Call,
    Exchange,
    call_of,
    read,
    token_of,
    unauthenticated,
)
from stampbook.dialects.altcraft.faults import Fault
from stampbook.edge.context import Context

Method = Callable[[Call], Awaitable[Answer]]


class Operation(NamedTuple):
    """A method and the scope that a token needs for it."""

    method: Method
    scope: str


async def serve(operation: Operation, context: Context, exchange: Exchange) -> Reply:
    """Answer a request; never raises what a caller can cause."""
    reading = read(exchange)
    try:
        caller = await context.callers.by_secret(token_of(exchange, reading))
        if caller is None:
            raise unauthenticated()
        call = call_of(context, exchange, reading, caller, operation.scope)
        return reply(await operation.method(call), reading.form)
    except Fault as fault:
        return fault_reply(fault, reading.form)
