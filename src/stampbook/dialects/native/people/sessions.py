"""`/sessions` and `/session`: signing in and out, and what is open."""

from msgspec.json import Decoder

from stampbook.dialects import instants
from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.people.describing import shown_user
from stampbook.dialects.native.problems import Failure, not_found
from stampbook.dialects.native.wire.pages import Page, page_of
from stampbook.dialects.native.wire.people import (
    OwnSessionShape,
    SessionShape,
    SignedInShape,
    SignInBody,
    session_fields,
    session_shape,
)
from stampbook.dialects.native.writing import write_once
from stampbook.edge.credentials.signing_in import Claim, NotSignedIn
from stampbook.ledger.origin import current
from stampbook.programs import users
from stampbook.programs.people import sessions
from stampbook.programs.people.attempts import TooSoon
from stampbook.programs.people.sessions import Session
from stampbook.programs.roles import Role
from stampbook.programs.users import User
from stampbook.storage.store import Transacting

_sign_in_body = Decoder(SignInBody)


async def create_session(call: Call) -> SignedInShape:
    """Sign in. Needs no credential; the token of the answer is one, for `Authorization: Bearer`."""
    body = read(_sign_in_body, call.body)
    context = call.context
    lifetime, address = context.people.lifetime, current().address or ""

    async def prove(writing: Transacting, user: User) -> tuple[Session, str]:
        return await sessions.start(
            writing,
            user.user_id,
            now=context.clock(),
            lifetime=lifetime,
            address=address or None,
            user_agent=call.user_agent,
        )

    claim = Claim(body.login, body.password, body.totp, address)
    try:
        user, (session, token) = await context.signing_in.sign_in(claim, prove)
    except (TooSoon, NotSignedIn) as refusal:
        raise not_signed_in(refusal) from None
    context.pace.prove(token)
    return SignedInShape(
        token=token,
        id=ids.write(ids.SESSION, session.session_id),
        expires_at=instants.write(session.expires_at(lifetime)),
        user=await shown_user(context.store, user, now=call.context.clock()),
    )


def not_signed_in(refusal: TooSoon | NotSignedIn) -> Failure:
    """What somebody is answered whose password was not looked at, or was wrong."""
    if isinstance(refusal, TooSoon):
        detail = f"too many failed sign-ins; try again in {refusal.wait_s} s"
        return Failure(429, refusal.reason, detail, retry_after_s=refusal.wait_s)
    if refusal.needs_totp:
        return Failure(401, "totp_required", "totp must be the present code")
    return Failure(401, "invalid_credentials", "login or password is wrong")


async def get_session(call: Call) -> OwnSessionShape:
    """The session by which the caller is known, and who that is."""
    return await _shown(call, call.context.store, await own_session(call, call.context.store))


async def delete_session(call: Call) -> Reply:
    """Sign out."""

    async def write(writing: Transacting) -> OwnSessionShape:
        session = await own_session(call, writing)
        shown = await _shown(call, writing, session)
        await sessions.end(writing, session, tenant=call.caller.tenant, now=call.context.clock())
        return shown

    ended = await write_once(call._replace(key=None), write)
    call.context.people.forget_all()
    return ended


async def list_sessions(call: Call) -> Page[SessionShape]:
    """A person's sessions that have not ended, newest first; one's own, or as an administrator."""
    number, caller, store = call.id(ids.USER), call.caller, call.context.store
    if number != caller.user:
        _require_admin(call)
    if await users.get(store, number, tenant=caller.tenant) is None:
        raise not_found("there is no such user")
    limit, lifetime = finding.limit(call), call.context.people.lifetime
    found = await sessions.page(
        store,
        number,
        now=call.context.clock(),
        lifetime=lifetime,
        before=finding.cursor(call, ids.SESSION),
        limit=limit + 1,
    )
    return page_of([session_shape(each, lifetime) for each in found], limit)


async def end_session(call: Call) -> Reply:
    """End a session: one's own, or as an administrator anybody's."""

    async def write(writing: Transacting) -> SessionShape:
        number, caller = call.id(ids.SESSION), call.caller
        session = await sessions.get(writing, number, tenant=caller.tenant)
        if session is None or session.user_id != caller.user:
            _require_admin(call)
        if session is None:
            raise not_found("there is no such session")
        await sessions.end(writing, session, tenant=call.caller.tenant, now=call.context.clock())
        return session_shape(session, call.context.people.lifetime)

    ended = await write_once(call, write, by_caller=True)
    call.context.people.forget_all()
    return ended


async def own_session(call: Call, db: Transacting) -> Session:
    """The session by which the caller is known. Raises Failure (404): API keys have none."""
    number = call.caller.session
    session = None
    if number is not None:
        session = await sessions.get(db, number, tenant=call.caller.tenant)
    if session is None:
        raise not_found("an API key has no session")
    return session


async def _shown(call: Call, db: Transacting, session: Session) -> OwnSessionShape:
    user = await users.get(db, session.user_id, tenant=call.caller.tenant)
    assert user is not None  # nobody is ever deleted
    return OwnSessionShape(
        user=await shown_user(db, user, now=call.context.clock()),
        **session_fields(session, call.context.people.lifetime),
    )


def _require_admin(call: Call) -> None:
    """Sessions of others are for administrators of the whole tenant. Raises Failure (403)."""
    caller = call.caller
    is_admin = caller.may("admin") if caller.role is None else caller.role is Role.ADMIN
    if not is_admin:
        raise Failure(403, "forbidden", "sessions of others are for administrators")
    finding.unbound(call)
