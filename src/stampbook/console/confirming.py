"""The password is asked for again before what would give an intruder lasting power."""

from typing import Final

from stampbook.console.api import Problem
from stampbook.console.view import View
from stampbook.edge.credentials.signing_in import Claim, NotSignedIn
from stampbook.programs.people import sessions
from stampbook.programs.people.attempts import TooSoon
from stampbook.programs.users import User
from stampbook.storage.store import Transacting

FIELD: Final = "confirm-password"


def needs_password(view: View) -> bool:
    """Whether the form must ask for the password."""
    person = view.person
    session = None if person is None else person.session
    return session is None or not session.is_confirmed(now=view.now)


async def confirm(view: View) -> None:
    """Check the password that was typed, if it is needed. Raises Problem, with a fault of FIELD."""
    if not needs_password(view):
        return
    person = view.person
    assert person is not None
    assert person.session is not None
    session = person.session

    async def prove(writing: Transacting, user: User) -> None:
        await sessions.confirm(writing, session, now=view.now)

    password, address = view.form.exact(FIELD), view.request.address
    claim = Claim(person.user.login, password, None, address, person.user.tenant_id)
    try:
        await view.context.signing_in.sign_in(claim, prove)
    except TooSoon as early:
        text = view.say("Too many attempts. Try again in %(wait)s s.", wait=early.wait_s)
        raise _problem(429, str(early.reason), text) from None
    except NotSignedIn as refusal:
        if not refusal.needs_totp:  # else the password was right, and the code was given before
            text = view.say("This is not your password.")
            raise _problem(422, "invalid_credentials", text) from None
        async with view.context.store.transaction() as writing:
            await prove(writing, person.user)
    view.context.people.forget_all()


def _problem(status: int, code: str, text: str) -> Problem:
    errors = [{"pointer": f"/{FIELD}", "detail": text}]
    return Problem(status, {"code": code, "detail": text, "errors": errors})
