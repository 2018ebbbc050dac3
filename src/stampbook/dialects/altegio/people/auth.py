"""Signing in: login and password become a user token."""

from typing import Any

from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import Fault, invalid
from stampbook.edge.context import Context
from stampbook.edge.credentials.attempts import TooSoon
from stampbook.edge.credentials.caller import Caller
from stampbook.programs import users
from stampbook.programs.users import User

SECRETS = ("login", "password")


async def sign_in(call: Call) -> Any:
    """A token for the user. It lasts until the password changes."""
    query = call.query()
    in_query = [(name, "in_query") for name in SECRETS if query.has(name)]
    if in_query:
        raise invalid(*in_query)
    fields = call.fields()
    login = fields.text("login", longest=320)
    password = fields.text("password", longest=users.MAX_PASSWORD)
    fields.check()
    context = call.context
    partner = call.visitor.partner
    user = await _authenticate(context, partner, login, password, call.address)
    if user is None:
        raise Fault(401, "credentials")
    async with context.store.transaction() as writing:
        token = await users.issue_token(writing, user.user_id, now=call.now)
    context.people.forget_all()  # the user's oldest token may have ended
    return _signed_in(user, token)


async def _authenticate(
    context: Context, partner: Caller, login: str, password: str, address: str
) -> User | None:
    """The user of that login and password. Raises Fault (429) for a try that comes too soon."""
    try:
        with context.attempts.attempt(
            key=partner.api_key_id,
            login=users.login_key(login),
            address=address,
            now=context.clock(),
        ) as attempt:
            user = await users.authenticate(
                context.store, login=login, password=password, tenant=partner.tenant
            )
            if user is not None:
                attempt.succeeded()
            return user
    except TooSoon as early:
        raise Fault(429, "too_many", retry_after_s=early.wait_s) from None


def _signed_in(user: User, token: str) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "user_token": token,
        "name": user.name or "",
        "phone": user.phone or "",
        "login": user.login,
        "email": user.email or "",
        "avatar": "",
        "is_approved": True,
        "is_email_confirmed": user.email is not None,
    }
