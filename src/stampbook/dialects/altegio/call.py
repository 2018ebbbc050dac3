"""A request becomes a call here: the caller and their rights, steps 1 to 5 of the order of checks
(docs/reference/altegio.md); and the shapes in which a handler may answer it.

Scopes are the rights of keys: `read` for every GET, `ledger:write` to apply and to pay,
`ledger:cancel` to take back, `admin` for cards and programs; users have roles (programs/roles.py).
A user may be limited to programs or to single locations (visits.locations), and sees nothing else;
a right in a location is none in its chain.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stampbook.dialects.altegio.faults import denied, unauthenticated
from stampbook.dialects.altegio.texts import language
from stampbook.dialects.altegio.wire.fields import Fields, fields_of, to_id
from stampbook.dialects.altegio.wire.query import Query
from stampbook.dialects.altegio.wire.tokens import tokens
from stampbook.edge import once
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.credentials.people import Person
from stampbook.edge.pace.pace import TooFast
from stampbook.edge.pace.quota import Quota
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.networks import caller_of
from stampbook.programs.roles import ADMIN, CANCEL, READ, WRITE, Role
from stampbook.programs.users import User
from stampbook.visits.locations import Limit
from stampbook.visits.model import Location
from stampbook.visits.withdrawing import Ask

MAX_ACTOR: Final = 255
ACTOR: Final = b"stampbook-actor"

MAX_VISITORS: Final = 1_024
"""Visitors kept as they were made of what the credentials say."""

MINUTE_S: Final = 60
SECONDS_SHARE: Final = 40
"""The part of a minute's calls that may be made in one second: 5 of the vendor's 200."""

PACE: Final = "altegio pace"

NO_META: Final[list[Any]] = []


class Visitor(NamedTuple):
    """The user for whom a partner calls. `user` is None when the user token is an API key.

    `scopes` are all that they have; to `admin` belong all of them. Users have a `role`, too. `ask`
    is what they ask of a bill, before an amount: who they are, and whether they may give points
    back.
    """

    partner: Caller
    tenant: int
    programs: frozenset[int]
    scopes: frozenset[str]
    limits: frozenset[Limit]
    user: User | None
    ask: Ask
    role: Role | None = None

    @property
    def manages(self) -> bool:
        """Whether they may change cards and programs."""
        return ADMIN in self.scopes if self.role is None else self.role.covers(Role.MANAGER)

    def in_chain(self, program: int) -> bool:
        """Whether they have rights in the whole chain."""
        if self.programs and program not in self.programs:
            return False
        return not self.limits or Limit(program) in self.limits

    def near(self, program: int) -> bool:
        """Whether they have rights in the chain or in any of its locations."""
        if self.programs and program not in self.programs:
            return False
        return not self.limits or any(limit.program == program for limit in self.limits)

    def in_location(self, location: Location) -> bool:
        """Whether they have rights in the location, by itself or with its chain."""
        program, limits = location.program, self.limits
        if location.tenant != self.tenant or (self.programs and program not in self.programs):
            return False
        return not limits or Limit(program) in limits or Limit(program, location.number) in limits


class Call(NamedTuple):
    """One request: who makes it, and what it asks for. Handlers leave `request` alone.

    `path` are the variable parts of its path. `is_keyed`: it has an idempotency key.
    """

    context: Context
    visitor: Visitor
    request: Request
    path: Mapping[str, str]
    body: bytes
    is_keyed: bool

    @property
    def now(self) -> int:
        return self.context.clock()

    @property
    def key(self) -> str | None:
        """The idempotency key, an extension of ours. Raises BadKey."""
        return once.read_key(self.request) if self.is_keyed else None

    @property
    def address(self) -> str:
        """The address from which the request comes; of a proxy, if one is in front."""
        return self.request.address

    @property
    def language(self) -> str:
        return language_of(self.request)

    def text(self, name: str) -> str:
        """A part of the path."""
        return self.path[name]

    def id(self, name: str) -> int | None:
        """The id that a part of the path spells; None if it is none."""
        return to_id(self.path[name])

    def query(self) -> Query:
        """The query's parameters, to be read by name."""
        return Query(self.request.query)

    def fields(self) -> Fields:
        """The body's fields, to be read by name. Raises Fault (422) unless it is an object."""
        return fields_of(self.body)


class Answered(NamedTuple):
    """Data with something of its own in `meta`, or another status than the operation's."""

    data: Any
    meta: Any = NO_META
    status: int | None = None


class Page(NamedTuple):
    """A page of a list. `total`: the number of all matches."""

    rows: list[Any]
    total: int
    meta: Mapping[str, Any] = {}


async def open_call(context: Context, request: Request) -> Call:
    """The request of a known visitor, who may make it; those of a moment ago are known from memory,
    without suspending.

    Raises TooFast, Fault (401; 403, also if partner and user are bound to different programs).
    """
    assert request.route is not None
    operation, headers, callers = request.route.operation, request.headers, context.callers
    per_minute: int = getattr(context.settings, "altegio_rate_limit", 0)
    if per_minute:
        keep_pace(context, request.address, per_minute)
    secret, token = tokens(headers.get(b"authorization", b""))
    partner = await callers.admit(request, secret)
    if partner is None:
        raise unauthenticated()
    asked, is_keyed = (request, request.parameters, request.body), once.HEADER in headers
    if operation.public:  # signing in
        return Call(context, _with_key(partner, partner), *asked, is_keyed)
    if token is None:
        context.pace.take_wrong(request)
        raise unauthenticated()
    person = context.people.remembered((token, partner.tenant))
    key = None if person is not None else await callers.admit(request, token, counts=False)
    if key is not None and key.tenant == partner.tenant:
        visitor = _with_key(partner, key)
    else:
        person = person or await _person_of(context, request, token, partner.tenant)
        visitor = _with_user(partner, person)
    origin, role = current(), visitor.role
    origin.api_key_id = partner.api_key_id
    if person is not None:
        origin.prove(person.user.user_id, person.overseer)
    if ACTOR in headers:
        actor = actor_of(request) or visitor.ask.actor
        visitor = visitor._replace(ask=visitor.ask._replace(actor=actor))
    if role is None:
        if operation.scope not in visitor.scopes:
            raise denied()
    elif operation.right is not None and not role.covers(operation.right):
        raise denied()
    return Call(context, visitor, *asked, is_keyed)


async def _person_of(context: Context, request: Request, token: str, tenant: int) -> Person:
    """The user whose token it is. Raises Fault (401)."""
    person = await context.people.by_token(token, tenant=tenant)
    if person is None:
        context.pace.take_wrong(request)
        raise unauthenticated()
    context.pace.prove(token)
    return person


@lru_cache(maxsize=MAX_VISITORS)
def _with_key(partner: Caller, key: Caller) -> Visitor:
    bounds = frozenset(each for each in (partner.program, key.program) if each is not None)
    if len(bounds) > 1:
        raise denied()
    scopes = _all(key.scopes)
    ask = Ask(0, may_give_back=CANCEL in scopes)
    return Visitor(partner, key.tenant, bounds, scopes, frozenset(), None, ask)


@lru_cache(maxsize=MAX_VISITORS)
def _with_user(partner: Caller, person: Person) -> Visitor:
    user = person.user
    bounds = frozenset(() if partner.program is None else (partner.program,))
    scopes = _all(user.scopes)
    ask = Ask(0, actor=user.login, may_give_back=CANCEL in scopes)
    return Visitor(partner, user.tenant_id, bounds, scopes, person.limits, user, ask, user.role)


def _all(scopes: frozenset[str]) -> frozenset[str]:
    return scopes | {READ, WRITE, CANCEL} if ADMIN in scopes else scopes


def keep_pace(context: Context, address: str, per_minute: int) -> None:
    """Count a call from the address, in this minute and in this second. Raises TooFast."""
    quotas: tuple[Quota, ...] | None = context.kept.get(PACE)
    if quotas is None:
        a_second = max(1, per_minute // SECONDS_SHARE)
        quotas = Quota(per_minute, window_s=MINUTE_S), Quota(a_second, window_s=1)
        context.kept[PACE] = quotas
    now, who = context.clock(), caller_of(address)
    waits_s = [each.wait_s(now) for each in quotas if each.take(who, now=now) is None]
    if waits_s:
        raise TooFast("address", max(waits_s))


def actor_of(request: Request) -> str | None:
    """Who pressed the button, if the caller says so (an extension of ours)."""
    name = (request.header(ACTOR) or "")[:MAX_ACTOR]
    return name if name and name.isprintable() else None


def accept_of(request: Request) -> str:
    return request.header(b"accept") or ""


def language_of(request: Request) -> str:
    """The language that the headers ask for."""
    return language(accept_of(request), request.header(b"accept-language") or "")


def is_of_twin(call: Call) -> bool:
    """Whether the caller is written for the Russian twin."""
    return "vnd.yclients" in accept_of(call.request)
