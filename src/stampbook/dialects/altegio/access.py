"""The caller and their rights: steps 2 to 5 of the order of checks (docs/reference/altegio.md).

Scopes are the rights of keys: `read` for every GET, `ledger:write` to apply and to pay,
`ledger:cancel` to take back, `admin` for cards and programs; users have roles (programs/roles.py).
A user may be limited to programs or to single locations (visits.locations), and sees nothing else;
a right in a location is none in its chain.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from stampbook.dialects.altegio.faults import denied, unauthenticated
from stampbook.dialects.altegio.wire.tokens import tokens
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Caller
from stampbook.edge.credentials.people import Person
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.programs.roles import ADMIN, CANCEL, READ, WRITE, Role
from stampbook.programs.users import User
from stampbook.visits.locations import Limit
from stampbook.visits.model import Location
from stampbook.visits.withdrawing import Ask

MAX_ACTOR: Final = 255
ACTOR: Final = b"stampbook-actor"

MAX_VISITORS: Final = 1_024
"""Visitors kept as they were made of what the credentials say."""


class Visitor(NamedTuple):
    """The user for whom a partner calls. `user` is None when the user token is an API key.

    `scopes` are all that they have; to `admin` belong all of them. Users have a `role`, too.
    """

    partner: Caller
    tenant: int
    programs: frozenset[int]
    scopes: frozenset[str]
    limits: frozenset[Limit]
    user: User | None
    actor: str | None
    role: Role | None = None

    @property
    def manages(self) -> bool:
        """Whether they may change cards and programs."""
        return ADMIN in self.scopes if self.role is None else self.role.covers(Role.MANAGER)

    def ask(self, amount: int = 0) -> Ask:
        """What the visitor wants of a bill, and may do to it."""
        return Ask(amount, actor=self.actor, may_give_back=CANCEL in self.scopes)

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
        if self.programs and program not in self.programs:
            return False
        return not limits or Limit(program) in limits or Limit(program, location.number) in limits


async def find_partner(context: Context, request: Request) -> Visitor:
    """The partner alone, before anybody has signed in. Raises Fault (401)."""
    secret, _ = tokens(request.headers.get(b"authorization", b""))
    partner = await context.callers.admit(request, secret)
    if partner is None:
        raise unauthenticated()
    return _with_key(partner, partner)


async def find_visitor(context: Context, request: Request) -> Visitor:
    """The user for whom the partner calls: those of a moment ago from memory, without suspending.

    Raises Fault (401; 403 if the keys are bound to different programs).
    """
    secret, token = tokens(request.headers.get(b"authorization", b""))
    callers, people = context.callers, context.people
    partner = await callers.admit(request, secret)
    if partner is None:
        raise unauthenticated()
    if token is None:
        context.pace.take_wrong(request)
        raise unauthenticated()
    tenant = partner.tenant
    person = people.remembered((token, tenant))
    key = None if person is not None else await callers.find(request, token)
    if key is not None and key.tenant == tenant:
        visitor = _with_key(partner, key)
    else:
        if person is None:
            person = await people.by_token(token, tenant=tenant)
            if person is None:
                context.pace.take_wrong(request)
                raise unauthenticated()
            context.pace.prove(token)
        visitor = _with_user(partner, person)
    origin = current()
    origin.api_key_id = partner.api_key_id
    if person is not None:
        origin.prove(person.user.user_id, person.overseer)
    if ACTOR in request.headers:
        visitor = visitor._replace(actor=actor_of(request) or visitor.actor)
    return visitor


@lru_cache(maxsize=MAX_VISITORS)
def _with_key(partner: Caller, key: Caller) -> Visitor:
    bounds = frozenset(each for each in (partner.program, key.program) if each is not None)
    if len(bounds) > 1:
        raise denied()
    return Visitor(partner, key.tenant, bounds, _all(key.scopes), frozenset(), None, None)


@lru_cache(maxsize=MAX_VISITORS)
def _with_user(partner: Caller, person: Person) -> Visitor:
    user = person.user
    bounds = frozenset(() if partner.program is None else (partner.program,))
    scopes = _all(user.scopes)
    limits, role = person.limits, user.role
    return Visitor(partner, user.tenant_id, bounds, scopes, limits, user, user.login, role)


def _all(scopes: frozenset[str]) -> frozenset[str]:
    return scopes | {READ, WRITE, CANCEL} if ADMIN in scopes else scopes


def actor_of(request: Request) -> str | None:
    """Who pressed the button, if the caller says so (an extension of ours)."""
    name = (request.header(ACTOR) or "")[:MAX_ACTOR]
    return name if name and name.isprintable() else None
