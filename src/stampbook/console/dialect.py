"""The console as a dialect: sessions in a cookie, forms that prove whose they are, pages.

Cookies open nothing but the console, and API keys do not open it. What is not allowed, not there
or broken has a page, too; a part of an open page is answered 401 and where to sign in.
"""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from stampbook.console import confirming, cookies
from stampbook.console.api import Problem
from stampbook.console.faults import (
    Confirmed,
    Forbidden,
    NotFound,
    SignedOut,
    Unconfirmed,
    Unreadable,
)
from stampbook.console.rendering import render
from stampbook.console.results import Goto, Nothing, Sent, Shown
from stampbook.console.routes import OPERATIONS
from stampbook.console.view import View
from stampbook.console.webhooks.stopped import stopped
from stampbook.edge.answers import Answer, HeaderPair, Streamed
from stampbook.edge.context import Context
from stampbook.edge.credentials.people import SignedIn
from stampbook.edge.operations import Operation
from stampbook.edge.requests import Request
from stampbook.ledger.origin import current
from stampbook.programs.people.sessions import CONFIRMED_S, CONSOLE_PREFIX

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

SAFE: Final[tuple[HeaderPair, ...]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

PAGE: Final[tuple[HeaderPair, ...]] = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    *SAFE,
)

HOME: Final = "/console"
LOGIN_PATH: Final = "/console/login"

KEPT: Final = "/?&=%+,;:@!$'()*~[]#"
"""Characters of addresses that are sent as they are. What else is typed into one, such as the end
of a line, cannot become a header."""


class Console:
    """See the module, and edge/requests.py."""

    name = "console"
    operations: Sequence[Operation] = OPERATIONS
    refusals: tuple[type[Exception], ...] = (
        SignedOut,
        Unconfirmed,
        Confirmed,
        Forbidden,
        NotFound,
        Unreadable,
        Problem,
    )
    forgives_slashes = False

    def owns(self, path: str) -> bool:
        return path == HOME or path.startswith(HOME + "/")

    def is_spoken(self, request: Request) -> bool:
        return False

    async def open(self, context: Context, request: Request) -> View:
        """The request of somebody who may make it, by a form of ours if it writes.

        Raises SignedOut, Forbidden, Unconfirmed, Confirmed, Unreadable.
        """
        assert request.route is not None
        operation = request.route.operation
        view = View(context, request, await _signed_in(context, request))
        request.state = view
        view.read()
        if request.stream is not None:  # nothing is read from strangers
            _check_right(view, operation)
            await view.receive()
        if request.method not in ("GET", "HEAD"):
            _check_form(view)
        if operation.public:
            return view
        await _renew(view, _check_right(view, operation))
        if operation.extra.confirmed:
            await confirming.confirm(view)
        if not view.is_fragment:
            view.stopped = await stopped(view)
        return view

    def print(self, call: View, result: Any) -> Answer | Streamed:
        headers = tuple(call.headers)
        match result:
            case Shown(template=template, values=values, status=status, headers=more):
                body = render(call, template, values)
                if call.flash is not None and not call.is_fragment:
                    headers += (cookies.remove(call.request, cookies.FLASH),)
                return Answer(status, body, (*PAGE, *headers, *more))
            case Goto(path=path, flash=flash, headers=more):
                if flash is not None:
                    said = cookies.write_flash(flash._asdict())
                    age = cookies.FLASH_S
                    headers += (cookies.put(call.request, cookies.FLASH, said, max_age_s=age),)
                location = quote(path, safe=KEPT).encode()
                return Answer(303, b"", ((b"location", location), *PAGE, *headers, *more))
            case Nothing():
                return Answer(204, b"", (*PAGE, *headers))
            case Sent(content=content, media_type=media_type, headers=more):
                named = (b"content-type", media_type.encode())
                return Answer(200, content, (named, *SAFE, *headers, *more))
            case Streamed(headers=more):
                kept = (b"cache-control", b"no-store")
                return result._replace(headers=(*more, kept, *SAFE, *headers))
            case _:
                assert isinstance(result, Answer)
                return result

    def refuse(self, request: Request, refusal: Exception) -> Answer:
        view: View = request.state
        match refusal:
            case SignedOut():
                return self._signed_out(view)
            case Unconfirmed():
                return self._unconfirmed(view, refusal)
            case Confirmed():
                return self._page(view, Goto(view.url))
            case Forbidden(code=code):
                return self._fault(view, 403, "forbidden", code)
            case NotFound():
                return self._fault(view, 404, "not-found", "not_found")
            case Problem(status=404):
                return self._fault(view, 404, "not-found", "not_found")
            case Problem(status=403, code=code):
                return self._fault(view, 403, "forbidden", code)
            case Problem(status=status, code=code):
                return self._fault(view, status, "error", code)
            case _:
                return self._fault(view, 422, "error", "invalid_request")

    def fail(self, request: Request, status: int, detail: str) -> Answer:
        view = request.state
        if not isinstance(view, View):
            view = View(None, request, None)
        name = "not-found" if status == 404 else "error"
        return self._fault(view, status, name, CODES.get(status, "internal_error"))

    async def postpone(
        self, context: Context, request: Request, refusal: Exception
    ) -> Answer | None:
        """The native API has done it already, for the request that the page made."""
        return None

    def preflight(self, request: Request) -> Sequence[HeaderPair]:
        return ()

    def _page(self, view: View, result: Shown | Goto) -> Answer:
        answer = self.print(view, result)
        assert isinstance(answer, Answer)
        return answer

    def _signed_out(self, view: View) -> Answer:
        is_page = view.request.method in ("GET", "HEAD") and not view.is_fragment
        sought = view.url if is_page else _came_from(view)
        following = "" if sought == HOME else f"?{urlencode({'next': sought})}"
        target = f"{LOGIN_PATH}{following}"
        forgotten = (cookies.remove(view.request, cookies.SESSION),)
        if view.is_fragment:
            return Answer(401, b"", (*PAGE, (b"hx-redirect", target.encode()), *forgotten))
        return Answer(303, b"", ((b"location", target.encode()), *PAGE, *forgotten))

    def _unconfirmed(self, view: View, refusal: Unconfirmed) -> Answer:
        """The page that asks for the password. It is no refusal where somebody only looks."""
        status = 422 if view.posts else 200
        headers: tuple[HeaderPair, ...] = ()
        if refusal.wait_s:
            status, headers = 429, ((b"retry-after", b"%d" % refusal.wait_s),)
        values = {
            "typed": refusal.typed,
            "error": refusal.error,
            "wait_s": refusal.wait_s,
            "minutes": CONFIRMED_S // 60,
        }
        return self._page(view, Shown("front/confirm.html", values, status, headers))

    def _fault(self, view: View, status: int, name: str, code: str) -> Answer:
        values = {"name": name, "status": status, "code": code}
        body = render(view, "front/fault.html", values)
        return Answer(status, body, (*PAGE, *view.headers))


CODES: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    503: "overloaded",
}
"""The codes of what never reached a page, or broke there."""


async def _signed_in(context: Context, request: Request) -> SignedIn | None:
    """Whose session the cookie names, now proven to all that is below. Raises TooFast."""
    token = cookies.cookies_of(request).get(cookies.SESSION, "")
    if not token.startswith(CONSOLE_PREFIX):
        return None
    found = context.people.in_session(token)
    if found is None:
        context.pace.check(request, token)
        found = await context.people.by_session(token)
        if found is None:
            context.pace.take_wrong(request)
            return None
        context.pace.prove(token)
    person = found.person
    current().prove(person.user.user_id, person.overseer)
    return found


async def _renew(view: View, signed_in: SignedIn) -> None:
    """After a change of the person's rights their session goes on under another token. Parts of
    open pages leave that to the next page, so that no two requests take the token from each other.
    """
    session = signed_in.person.session
    if session is None or not session.is_stale or view.is_fragment:
        return
    token = await view.context.people.renew(session, view.secret)
    if token is not None:
        view.keep_session(token)


def _came_from(view: View) -> str:
    """The page that a form or a part of it was asked from, as the browser names it: there one goes
    on after signing in. The first page if it is none of ours; the form is not sent again."""
    request = view.request
    found = urlsplit(request.header(b"hx-current-url") or request.header(b"referer") or "")
    path = f"{found.path}?{found.query}" if found.query else found.path
    return path if path.startswith(f"{HOME}/") else HOME


def _check_right(view: View, operation: Operation) -> SignedIn:
    """Who has signed in, and may do this. Raises SignedOut, Forbidden."""
    if view.signed_in is None:
        raise SignedOut
    if operation.right is not None:
        view.need(operation.right)
    return view.signed_in


def _check_form(view: View) -> None:
    """A write comes from a form that we have made for this session, on a page of ours.

    Raises Forbidden; SignedOut if the session is over, for whose forms the token cannot be right.
    """
    header = view.request.header(b"x-csrf-token")
    given = view.form.text("csrf_token") or header or ""
    if cookies.is_same_origin(view.request) and cookies.is_form_token(given, view.secret):
        return
    if view.signed_in is None and view.request.path != LOGIN_PATH:
        raise SignedOut
    raise Forbidden("csrf")


CONSOLE: Final = Console()
