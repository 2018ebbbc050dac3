"""Who calls, and whether he may: steps 2 to 5 of the order of checks (2.3).

Scopes are the rights: `read` for every GET, `ledger:write` to apply and to pay,
`ledger:cancel` to take back, `admin` for cards and programs. A user may be limited to a
program or to single locations (visits.locations); a right in a location is none in its chain.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from litestar import Request

from stampbook.dialects.altegio.faults import denied, invalid, not_found, unauthenticated
from stampbook.dialects.altegio.wire import id_in_path, tokens
from stampbook.domain.model import AccountStatus
from stampbook.edge.caller import Caller
from stampbook.edge.context import Context
from stampbook.edge.people import Person
from stampbook.programs import accounts
from stampbook.programs import programs as chains
from stampbook.programs.accounts import Account
from stampbook.programs.programs import Program
from stampbook.programs.users import User
from stampbook.visits import locations
from stampbook.visits.locations import Limit
from stampbook.visits.model import SCALE, Location
from stampbook.visits.withdrawing import Ask

AnyRequest = Request[Any, Any, Any]

READ: Final = "read"
WRITE: Final = "ledger:write"
CANCEL: Final = "ledger:cancel"
ADMIN: Final = "admin"

MAX_KEY: Final = 255
MAX_ACTOR: Final = 255


class Exchange(NamedTuple):
    """What the checks need of a request; the names of the headers are in lower case."""

    context: Context
    headers: Mapping[str, str]


class Visitor(NamedTuple):
    """The user who calls. `user` is None when the user token is an API key."""

    tenant: int
    programs: frozenset[int]
    scopes: frozenset[str]
    limits: frozenset[Limit]
    user: User | None
    actor: str | None

    def may(self, scope: str) -> bool:
        return scope in self.scopes or ADMIN in self.scopes

    def ask(self, amount: int = 0) -> Ask:
        """What the visitor wants of a bill, and may do to it."""
        return Ask(amount, actor=self.actor, may_give_back=self.may(CANCEL))

    def in_chain(self, program: int) -> bool:
        """Whether he has rights in the whole chain."""
        if self.programs and program not in self.programs:
            return False
        return not self.limits or Limit(program) in self.limits

    def near(self, program: int) -> bool:
        """Whether he has rights in the chain or in any of its locations."""
        if self.programs and program not in self.programs:
            return False
        return not self.limits or any(limit.program == program for limit in self.limits)

    def in_location(self, location: Location) -> bool:
        """Whether he has rights in the location, by itself or with its chain."""
        if self.programs and location.program not in self.programs:
            return False
        return self.in_chain(location.program) or (
            Limit(location.program, location.number) in self.limits
        )


def context_of(request: AnyRequest) -> Context:
    found: Context = request.app.state.context
    return found


def address_of(request: AnyRequest) -> str:
    """The address from which the request comes; of a proxy, if one is in front."""
    return request.client.host if request.client is not None else ""


def exchange_of(request: AnyRequest) -> Exchange:
    return Exchange(context_of(request), request.headers)


async def partner_of(request: AnyRequest) -> Caller:
    """The partner whose token the request bears: an API key. Raises Fault (401)."""
    return await _partner(exchange_of(request))


async def _partner(exchange: Exchange) -> Caller:
    secret, _ = tokens(exchange.headers.get("authorization", ""))
    partner = await exchange.context.callers.by_secret(secret) if secret else None
    if partner is None:
        raise unauthenticated()
    return partner


async def visitor_of(request: AnyRequest) -> Visitor:
    """The user for whom the partner calls. Raises Fault (401)."""
    return await find_visitor(exchange_of(request))


async def find_visitor(exchange: Exchange) -> Visitor:
    """The user for whom the partner calls. Raises Fault (401)."""
    partner = await _partner(exchange)
    context = exchange.context
    _, token = tokens(exchange.headers.get("authorization", ""))
    if token is None:
        raise unauthenticated()
    person = context.people.remembered(token, tenant=partner.tenant)
    if person is None:
        key = await context.callers.by_secret(token)
        if key is not None and key.tenant == partner.tenant:
            return _with_key(exchange, partner, key)
        person = await context.people.by_token(token, tenant=partner.tenant)
    if person is None:
        raise unauthenticated()
    return _with_user(exchange, partner, person)


def remembered_visitor(exchange: Exchange) -> Visitor | None:
    """The user, if all that tells it is remembered. Raises Fault (403)."""
    context = exchange.context
    secret, token = tokens(exchange.headers.get("authorization", ""))
    partner = context.callers.remembered(secret) if secret and token else None
    if partner is None or token is None:
        return None
    person = context.people.remembered(token, tenant=partner.tenant)
    if person is not None:
        return _with_user(exchange, partner, person)
    key = context.callers.remembered(token)
    if key is None or key.tenant != partner.tenant:
        return None
    return _with_key(exchange, partner, key)


def _with_key(exchange: Exchange, partner: Caller, key: Caller) -> Visitor:
    bounds = frozenset(each for each in (partner.program, key.program) if each is not None)
    if len(bounds) > 1:
        raise denied()
    return Visitor(key.tenant, bounds, key.scopes, frozenset(), None, _actor(exchange))


def _with_user(exchange: Exchange, partner: Caller, person: Person) -> Visitor:
    user = person.user
    return Visitor(
        user.tenant_id,
        frozenset(() if partner.program is None else (partner.program,)),
        user.scopes,
        person.limits,
        user,
        _actor(exchange) or user.login,
    )


def _actor(exchange: Exchange) -> str | None:
    """Who pressed the button, if the caller tells (an extension of ours)."""
    name = exchange.headers.get("stampbook-actor", "")[:MAX_ACTOR]
    return name if name and name.isprintable() else None


def require(visitor: Visitor, scope: str) -> None:
    """Raises Fault (403) unless the visitor has the scope."""
    if not visitor.may(scope):
        raise denied()


async def location_of(request: AnyRequest, visitor: Visitor, text: str, scope: str) -> Location:
    """The location of a path, and the right in it. Raises Fault (403, 404)."""
    return await find_location(context_of(request), visitor, text, scope)


async def find_location(context: Context, visitor: Visitor, text: str, scope: str) -> Location:
    """The location that a text names, and the right in it. Raises Fault (403, 404)."""
    require(visitor, scope)
    number = id_in_path(text)
    found = None
    if number is not None:
        found = await locations.get(context.store, number, tenant=visitor.tenant)
    if found is None:
        raise not_found()
    if not visitor.in_location(found):
        raise denied()
    context.places.note(found)
    return found


async def chain_of(request: AnyRequest, visitor: Visitor, text: str, scope: str) -> Program:
    """The chain of a path, and the right in it. Raises Fault (403, 404)."""
    require(visitor, scope)
    found = await find_chain(request, visitor, text)
    if not visitor.in_chain(found.program_id):
        raise denied()
    return found


async def find_chain(request: AnyRequest, visitor: Visitor, text: str) -> Program:
    """The chain of a path, whatever the visitor's rights in it. Raises Fault (404)."""
    number = id_in_path(text)
    found = None
    if number is not None:
        found = await chains.get(context_of(request).store, number, tenant=visitor.tenant)
    if found is None:
        raise not_found()
    return found


async def card_of(request: AnyRequest, visitor: Visitor, text: str) -> Account:
    """The card of a path, unless it is closed. Raises Fault (404)."""
    return unless_closed(await any_card_of(request, visitor, text))


async def any_card_of(request: AnyRequest, visitor: Visitor, text: str) -> Account:
    """The card of a path, also a closed one. Raises Fault (404)."""
    return await named_card(context_of(request), visitor, text)


async def named_card(context: Context, visitor: Visitor, text: str) -> Account:
    """The card that a text names, also a closed one. Raises Fault (404)."""
    number = id_in_path(text)
    if number is None:
        raise not_found()
    return await _card(context, visitor, number)


async def find_card(request: AnyRequest, visitor: Visitor, number: int) -> Account:
    """The card of that number: an account that can pay for visits. Raises Fault (404)."""
    return await _card(context_of(request), visitor, number)


async def _card(context: Context, visitor: Visitor, number: int) -> Account:
    found = await accounts.get(context.store, number, tenant=visitor.tenant)
    denomination = None if found is None else await context.ledger.denominations.of(number)
    if found is None or denomination is None or denomination.scale > SCALE:
        raise not_found()
    return found


async def digits_of(context: Context, card: Account) -> int:
    """The decimals of the card's points: 0 to 2."""
    denomination = await context.ledger.denominations.of(card.account_id)
    assert denomination is not None, "the card was found"
    return denomination.scale


def unless_closed(card: Account) -> Account:
    """The card itself. Raises Fault (404) for one that was removed."""
    if card.status is AccountStatus.CLOSED:
        raise not_found()
    return card


def idempotency_key(request: AnyRequest) -> str | None:
    """The caller's key for this request, an extension of ours. Raises Fault (422)."""
    return key_of(exchange_of(request))


def key_of(exchange: Exchange) -> str | None:
    """The caller's key for this request, an extension of ours. Raises Fault (422)."""
    key = exchange.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise invalid(("Idempotency-Key", "key"))
    return key
