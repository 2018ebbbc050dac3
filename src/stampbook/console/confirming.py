"""The password again, before what only the person themselves should do.

A row of the table that is marked `confirmed` is opened only in a session whose person gave their
password a short time ago; signing in counts. Otherwise the page asks for it, at the same address,
and keeps what was typed: with the right password that is carried out as if it had been sent then.
Passwords are never written into a page, so those alone have to be typed again.
"""

from typing import Final
from urllib.parse import urlencode

from stampbook.console.api import Problem
from stampbook.console.faults import Confirmed, Unconfirmed
from stampbook.console.forms import read_form
from stampbook.console.view import View

TYPED: Final = "typed"
"""The field of the form for the password that has all others, as a form sends them."""

LEFT_OUT: Final = frozenset({"password", "csrf_token"})


async def confirm(view: View) -> None:
    """Let the request pass, as it was typed. Raises Unconfirmed, Confirmed."""
    person, form = view.person, view.form
    assert person is not None
    is_answer = TYPED in form
    session = person.session
    if session is None or not session.is_confirmed(view.now):
        if not is_answer:
            raise Unconfirmed(_typed(view))
        await _give_password(view)
    if is_answer:
        typed = form.exact(TYPED)
        if not typed:
            raise Confirmed
        view.form = read_form(typed.encode("ascii", "ignore"))


async def _give_password(view: View) -> None:
    typed = view.form.exact(TYPED)
    try:
        password = view.form.exact("password")
        await view.api.post("/v1/session/confirmation", {"password": password})
    except Problem as problem:
        if problem.status == 422:  # longer than any password
            raise Unconfirmed(typed, "invalid_credentials") from None
        if problem.status not in (401, 429):
            raise
        raise Unconfirmed(typed, problem.code, problem.retry_after_s) from None


def _typed(view: View) -> str:
    """What the form had, as it can be read again; "" where it was no form."""
    if not view.posts:
        return ""
    return urlencode(
        [
            (name, each)
            for name in view.form
            if name not in LEFT_OUT
            for each in view.form.every(name)
        ]
        or [("", "")]
    )
