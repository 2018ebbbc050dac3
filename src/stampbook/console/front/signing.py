"""Signing in and out."""

from typing import Any

from stampbook.console import cookies
from stampbook.console.forms import next_path
from stampbook.console.front.guide import guide_of
from stampbook.console.results import Goto, Shown
from stampbook.console.view import View
from stampbook.edge.credentials.signing_in import Claim, NotSignedIn
from stampbook.programs import users
from stampbook.programs.people import sessions
from stampbook.programs.people.attempts import TooSoon
from stampbook.programs.people.sessions import Session
from stampbook.programs.tenants import DEFAULT_TENANT
from stampbook.programs.users import User
from stampbook.speaking.languages import DEFAULT
from stampbook.storage.store import Transacting


async def login(view: View) -> Shown | Goto:
    """The page to sign in, and what it sends."""
    sought = next_path(view.form.text("next") or view.query.text("next"))
    if view.signed_in is not None:
        return view.go(sought)
    if view.posts:
        return await _sign_in(view, sought)
    return await login_page(view, sought)


async def login_page(view: View, sought: str, status: int = 200, /, **values: Any) -> Shown:
    """The page with its form, which is bound to a cookie of its own."""
    secret, age = view.secret, cookies.LOGIN_S
    view.headers.append(cookies.put(view.request, cookies.LOGIN, secret, max_age_s=age))
    shown = {
        "next": sought,
        "guide": guide_of(view.context),
        "nobody": not await users.count(view.context.store, tenant=DEFAULT_TENANT),
        "error": None,
        "wait_s": None,
        "needs_totp": False,
        **values,
    }
    return view.show("front/login.html", status, **shown)


async def _sign_in(view: View, sought: str) -> Shown | Goto:
    context, request, form = view.context, view.request, view.form
    lifetime, address = context.people.lifetime, request.address

    async def prove(writing: Transacting, user: User) -> tuple[Session, str]:
        return await sessions.start(
            writing,
            user.user_id,
            now=context.clock(),
            lifetime=lifetime,
            address=address or None,
            user_agent=request.text(b"user-agent"),
            prefix=sessions.CONSOLE_PREFIX,
        )

    claim = Claim(form.text("login"), form.exact("password"), form.maybe("totp"), address)
    try:
        user, (_, token) = await context.signing_in.sign_in(claim, prove)
    except TooSoon as early:
        shown = await login_page(view, sought, 429, error=early.reason, wait_s=early.wait_s)
        view.headers.append((b"retry-after", b"%d" % early.wait_s))
        return shown
    except NotSignedIn as refusal:
        code = "totp_required" if refusal.needs_totp else "invalid_credentials"
        needs_totp = refusal.needs_totp or bool(form.text("totp"))
        return await login_page(view, sought, 422, error=code, needs_totp=needs_totp)
    view.keep_session(token)
    view.headers.append(cookies.remove(request, cookies.LOGIN))
    if cookies.LANGUAGE not in view.cookies and user.language != DEFAULT:
        view.headers.append(
            cookies.put(request, cookies.LANGUAGE, user.language, max_age_s=cookies.CHOICE_S)
        )
    return view.go(sought)


async def logout(view: View) -> Goto:
    """End the session; pages of it that are open can do nothing any more."""
    if view.signed_in is not None:
        await view.api.write("DELETE", "/v1/session")
        view.context.people.forget_all()
    view.headers.append(cookies.remove(view.request, cookies.SESSION))
    return view.go("/console/login")
