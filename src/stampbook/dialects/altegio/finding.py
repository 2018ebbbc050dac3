"""Locations, chains and cards that a path names, and the visitor's right in them: step 5 of the
order of checks. What is not the visitor's tenant's, and what is of programs or locations to which
they are not bound, does not exist."""

from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import denied, not_found
from stampbook.domain.model import AccountStatus
from stampbook.ledger.denominations import Denomination
from stampbook.programs import accounts
from stampbook.programs import programs as chains
from stampbook.programs.accounts import Account
from stampbook.programs.programs import Program
from stampbook.storage.store import Key
from stampbook.visits import locations, reading
from stampbook.visits.model import SCALE, Location, Visit


async def location_of(call: Call) -> Location:
    """The location of the path, if they have a right in it. Raises Fault (404)."""
    return await find_location(call, call.id("location_id"))


async def find_location(call: Call, number: int | None) -> Location:
    """The location of that number, if they have a right in it. Raises Fault (404)."""
    found = None
    if number is not None:
        found = await locations.get(call.context.store, number, tenant=call.visitor.tenant)
    if found is None or not call.visitor.in_location(found):
        raise not_found()
    return found


async def chain_of(call: Call) -> Program:
    """The chain of the path, and the right in the whole of it. Raises Fault (404; 403 for those who
    are bound to some of its locations)."""
    found = await find_chain(call)
    if not call.visitor.in_chain(found.program_id):
        raise denied()
    return found


async def find_chain(call: Call) -> Program:
    """The chain of the path, if they have any right in it. Raises Fault (404)."""
    number = call.id("chain_id")
    found = None
    if number is not None:
        found = await chains.get(call.context.store, number, tenant=call.visitor.tenant)
    if found is None or not call.visitor.near(found.program_id):
        raise not_found()
    return found


async def denomination_of(call: Call, card: int | None) -> Denomination:
    """Whose the card of that number is, and the decimals of its points. Raises Fault (404) unless
    it can pay for visits."""
    found = await call.context.ledger.denominations.of(card) if card is not None else None
    if found is None or found.tenant != call.visitor.tenant or found.scale > SCALE:
        raise not_found()
    return found


async def card_of(call: Call, *, program: int | None = None) -> Account:
    """The card of the path, unless it is closed, or not one of the program. Raises Fault (404)."""
    return await unless_closed(call, await find_card(call, call.id("card_id"), program=program))


async def find_card(call: Call, number: int | None, *, program: int | None = None) -> Account:
    """The card of that number, also a closed one. Raises Fault (404)."""
    await denomination_of(call, number)
    found = await accounts.get(call.context.store, number or 0, tenant=call.visitor.tenant)
    if found is None or program not in (None, found.program_id):
        raise not_found()
    return found


async def unless_closed(call: Call, card: Account) -> Account:
    """The card itself. Raises Fault (404) for one that was removed, or merged into another; a
    repeat is answered as its request was before that."""
    if card.status is AccountStatus.CLOSED and not await is_repeat(call):
        raise not_found()
    return card


async def is_repeat(call: Call) -> bool:
    """Whether the idempotency key was used before: the request then has no new effect."""
    if call.key is None:
        return False
    return bool(await call.context.store.find_keys([Key(call.visitor.tenant, call.key)]))


async def visit_of(call: Call) -> tuple[Visit, Location]:
    """The visit of a path that names no location, if they have a right in its location. Raises
    Fault (404)."""
    number = call.id("visit_id")
    found = None
    if number is not None:
        found = await reading.whole(call.context.store, number, tenant=call.visitor.tenant)
    if found is None or not call.visitor.in_location(found.location):
        raise not_found()
    return found.visit, found.location
