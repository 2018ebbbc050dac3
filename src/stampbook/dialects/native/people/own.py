"""`/session`: what people change about themselves, whatever their role.

It needs a session that was confirmed a short time ago, by the sign-in or by giving the password
again: so a session that somebody else has got hold of cannot keep its owner out.
"""

from msgspec.json import Decoder

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.call import Call, Reply, read
from stampbook.dialects.native.people.describing import shown_user
from stampbook.dialects.native.people.sessions import not_signed_in, own_session
from stampbook.dialects.native.problems import Failure
from stampbook.dialects.native.wire.people import (
    ConfirmationBody,
    ConfirmedShape,
    PasswordBody,
    SignedInShape,
    TotpShape,
    UserShape,
)
from stampbook.dialects.native.writing import write_once
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.credentials.signing_in import Claim, NotSignedIn
from stampbook.ledger.origin import current
from stampbook.programs import users
from stampbook.programs.people import passwords, second_factor, sessions
from stampbook.programs.people.attempts import TooSoon
from stampbook.programs.people.sessions import CONFIRMED_S, Session
from stampbook.programs.users import User
from stampbook.storage.store import Transacting

_confirmation_body = Decoder(ConfirmationBody)
_password_body = Decoder(PasswordBody)


async def confirm_session(call: Call) -> ConfirmedShape:
    """The session counts as confirmed from now on. A wrong password counts as a failed sign-in."""
    body = read(_confirmation_body, call.body)
    context = call.context
    session = await own_session(call, context.store)
    user = await _person(call, context.store)
    now = context.clock()

    async def write(writing: Transacting) -> bool:
        return await sessions.confirm(writing, session, now=now)

    address = current().address or ""
    claim = Claim(user.login, body.password, None, address, tenant=user.tenant_id)
    try:
        await context.signing_in.confirm(claim, write)
    except (TooSoon, NotSignedIn) as refusal:
        raise not_signed_in(refusal) from None
    context.people.forget_all()
    return ConfirmedShape(instants.write(now + CONFIRMED_S * MICROSECONDS))


async def change_own_password(call: Call) -> Reply:
    """Ends every other session and token; this session goes on under the token of the answer."""
    body = read(_password_body, call.body)
    user = await _person(call, call.context.store)
    password_hash = await passwords.hash_password(body.password, login=user.login)

    async def write(writing: Transacting) -> SignedInShape:
        session, now = await _confirmed(call, writing), call.context.clock()
        changed = await users.set_password(
            writing, user, password_hash, now=now, kept_session=session.session_id
        )
        token = await sessions.renew(writing, session, call.secret)
        if token is None:  # the token was renewed by another request meanwhile
            raise Failure(401, "unauthenticated", "the session has another token")
        return SignedInShape(
            token=token,
            id=ids.write(ids.SESSION, session.session_id),
            expires_at=instants.write(session.expires_at(call.context.people.lifetime)),
            user=await shown_user(writing, changed, now=now),
        )

    # As of every password: a key would keep a fast hash of it. The token is answered once.
    reply = await write_once(call._replace(key=None), write)
    call.context.people.forget_all()
    return reply


async def create_own_totp(call: Call) -> TotpShape:
    """As of others (people/users.py): the secret is shown once; asking again makes another one."""
    secret = second_factor.new_secret()
    user = await _set_totp(call, secret)
    return TotpShape(secret, second_factor.uri_of(secret, user.login))


async def delete_own_totp(call: Call) -> UserShape:
    """Signing in needs no second factor any more."""
    user = await _set_totp(call, None)
    return await shown_user(call.context.store, user, now=call.context.clock())


async def _set_totp(call: Call, secret: str | None) -> User:
    async def write(writing: Transacting) -> User:
        await _confirmed(call, writing)
        user = await _person(call, writing)
        return await users.set_totp(writing, user, secret, now=call.context.clock())

    # A key would keep the secret.
    reply = await write_once(call._replace(key=None), write)
    call.context.people.forget_all()
    user: User = reply.value
    return user


async def _person(call: Call, db: Transacting) -> User:
    session = await own_session(call, db)
    user = await users.get(db, session.user_id, tenant=call.caller.tenant)
    assert user is not None  # nobody is ever deleted
    return user


async def _confirmed(call: Call, db: Transacting) -> Session:
    """The caller's session. Raises Failure (403) where it was not confirmed lately."""
    session = await own_session(call, db)
    if not session.is_confirmed(call.context.clock()):
        detail = "give the password again first: POST /v1/session/confirmation"
        raise Failure(403, "confirmation_required", detail)
    return session
