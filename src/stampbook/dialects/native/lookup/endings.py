"""Orders and transactions by the last digits of their external ids: 1001 finds order-1001."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from stampbook.ledger.journal import names as transactions
from stampbook.loyalty.orders import naming as orders
from stampbook.programs import programs
from stampbook.programs.searching.endings import DIGITS, Last, formats
from stampbook.programs.searching.scope import Within
from stampbook.storage.store import Store

MOST_PROGRAMS: Final = 10
"""Programs whose names are looked at."""

Among = Callable[[Sequence[str]], Awaitable[list[str]]]


async def ending(
    store: Store, text: str, within: Within, *, limit: int
) -> tuple[list[str], list[str]]:
    """The external ids of orders, and of transactions, that end in the digits of the text; of any
    other text there are none. Every step is a look-up in an index."""
    ordered: dict[str, None] = {}
    moved: dict[str, None] = {}
    if DIGITS.fullmatch(text) is None:
        return [], []
    for program in await _programs(store, within):
        order_last = partial(orders.last_name, store, program, tenant=within.tenant)
        of_orders = partial(orders.names_among, store, program, tenant=within.tenant, limit=limit)
        moved_last = partial(transactions.last_name, store, program)
        of_moved = partial(transactions.names_among, store, program, limit=limit)
        ordered |= await _found(text, order_last, of_orders)
        moved |= await _found(text, moved_last, of_moved)
    return list(ordered)[:limit], list(moved)[:limit]


async def _programs(store: Store, within: Within) -> list[int]:
    if within.programs is not None:
        return sorted(within.programs)[:MOST_PROGRAMS]
    found = await programs.page(store, tenant=within.tenant, limit=MOST_PROGRAMS)
    return [each.program_id for each in found]


async def _found(digits: str, last: Last, among: Among) -> dict[str, None]:
    wanted = [name for each in await formats(last) for name in each.names(digits)]
    exact = [name for name in wanted if name != digits]
    return dict.fromkeys(await among(exact)) if exact else {}
