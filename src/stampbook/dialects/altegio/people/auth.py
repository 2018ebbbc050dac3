"""Signing in: login and password become a user token."""

from typing import Any

from stampbook.dialects.altegio.call import Call
from stampbook.dialects.altegio.faults import Fault, invalid
from stampbook.edge.credentials.signing_in import Claim, NotSignedIn
from stampbook.programs.people import passwords, sessions
from stampbook.programs.people.attempts import TooSoon
from stampbook.programs.users import User
from stampbook.storage.store import Transacting

SECRETS = ("login", "password")


async def sign_in(call: Call) -> Any:
    """A token for the user. It lasts until the password or the status changes."""
    query = call.query()
    in_query = [(name, "in_query") for name in SECRETS if query.has(name)]
    if in_query:
        raise invalid(*in_query)
    fields = call.fields()
    login = fields.text("login", longest=320)
    password = fields.text("password", longest=passwords.MAX_PASSWORD)
    totp = fields.text("totp", longest=16) if fields.has("totp") else None
    fields.check()
    context = call.context

    async def prove(writing: Transacting, user: User) -> str:
        return await sessions.issue_token(writing, user.user_id, now=call.now)

    claim = Claim(login, password, totp, call.address, call.visitor.partner.tenant)
    try:
        user, token = await context.signing_in.sign_in(claim, prove)
    except TooSoon as early:
        raise Fault(429, "too_many", retry_after_s=early.wait_s) from None
    except NotSignedIn as refusal:
        raise Fault(401, "totp" if refusal.needs_totp else "credentials") from None
    context.pace.prove(token)
    context.people.forget_all()  # the user's oldest token may have ended
    return _signed_in(user, token)


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
