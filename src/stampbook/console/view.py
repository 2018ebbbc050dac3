"""One request for a page, and all that its handler needs."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from stampbook.console.api import Api, Json
from stampbook.console.cookies import (
    FLASH,
    LANGUAGE,
    LOGIN,
    SESSION,
    THEME,
    cookies_of,
    form_token,
    new_secret,
    put,
    read_flash,
)
from stampbook.console.faults import Forbidden, Unreadable
from stampbook.console.forms import Form, read_form
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.values import instant_of
from stampbook.edge.answers import HeaderPair
from stampbook.edge.context import Context
from stampbook.edge.credentials.people import Acting, Person, SignedIn
from stampbook.edge.requests import Request
from stampbook.edge.uploads.parts import BadForm, Parts, boundary_of
from stampbook.programs.roles import Role
from stampbook.speaking.languages import Language, is_language, language_of
from stampbook.speaking.speech import Speech, plain

UTC: Final = ZoneInfo("UTC")

THEMES: Final = ("auto", "light", "dark")

KEY: Final = "idempotency_key"

PROGRAMS: Final = 200
"""Programs whose zones are compared."""

LIVE: Final = "/live"
"""How the address of a part ends that is asked for again and again while its page is open."""

FOLLOWED: Final = ("since", "seen")
"""Parameters of such an address: what the page shows, and what it showed when it was opened."""


class View:
    """See the module.

    `person` is None only on pages that need nobody. `path` are the variable parts of the address,
    `query` what follows it, `form` what was sent, perhaps with a `file`. `speech` has the person's
    language and the zone of the program that the page is about (`in_zone`), whose name is `zone`;
    `now` is the instant of the request. `shows_times`: an instant was printed, so that the page
    says whose clocks it means.
    `as_of`: a replica gave figures of the page, which are as of this instant.
    `stopped` are webhooks that the server has disabled, for pages to say so.
    """

    def __init__(
        self, context: Context | None, request: Request, signed_in: SignedIn | None
    ) -> None:
        self._context = context
        self.request = request
        self.path: Mapping[str, str] = request.parameters
        self.cookies = cookies_of(request)
        self.signed_in = signed_in
        self.query = Form({})
        self.form = Form({})
        self.file: Parts | None = None
        self.headers: list[HeaderPair] = []
        self.secret = self.cookies.get(SESSION if signed_in else LOGIN) or new_secret()
        self.speech = Speech(self._language(), UTC)
        self.zone = ""
        self.shows_times = False
        self.as_of: str | None = None
        said = self.cookies.get(FLASH)
        self.stopped: Sequence[Json] = ()
        self.flash = None if said is None else read_flash(said)

    @property
    def context(self) -> Context:
        assert self._context is not None  # it is missing only where no page was found
        return self._context

    @cached_property
    def now(self) -> int:
        return self.context.clock()

    # -- who asks ------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        return None if self.signed_in is None else self.signed_in.person

    @property
    def role(self) -> Role | None:
        person = self.person
        return None if person is None else person.user.role

    @property
    def tenant(self) -> int:
        """The tenant that the person belongs to; only on pages that need somebody."""
        assert self.signed_in is not None
        return self.signed_in.caller.tenant

    def can(self, role: str) -> bool:
        """Whether the person has that role's rights."""
        own = self.role
        return own is not None and own.covers(Role(role))

    def keep_session(self, token: str) -> None:
        """The session has this token from now on: the browser keeps it in its cookie."""
        age = self.context.people.lifetime.max_s
        self.headers.append(put(self.request, SESSION, token, max_age_s=age))
        self.secret = token

    @property
    def is_bound(self) -> bool:
        """Whether the person sees some programs only."""
        return self.person is not None and bool(self.person.limits)

    def need(self, role: str) -> None:
        """Raises Forbidden."""
        if not self.can(role):
            raise Forbidden

    @property
    def api(self) -> Api:
        """The native API for the person who has signed in."""
        assert self.signed_in is not None
        person, caller = self.signed_in
        acting = Acting(caller, person.overseer, self.secret)
        return Api(self.context.within, acting, self.request.client, self.speech, self._age)

    def _age(self, as_of: str) -> None:
        """A replica gave figures that are as of this instant; the page says so of the oldest."""
        self.as_of = min((as_of, self.as_of or as_of), key=instant_of)

    # -- what was asked ------------------------------------------------------------------

    def read(self) -> None:
        """Read query and form. Raises Unreadable."""
        self.query = read_form(self.request.query)
        if self.request.method not in ("GET", "HEAD"):
            self.form = read_form(self.request.body)

    async def receive(self) -> None:
        """Read the fields of a form with a file, which is what remains. Raises Unreadable."""
        assert self.request.stream is not None
        try:
            boundary = boundary_of(self.request.header(b"content-type"))
            if boundary is None:
                raise Unreadable
            self.file = Parts(self.request.stream, boundary)
            fields = await self.file.fields()
        except BadForm:
            raise Unreadable from None
        self.form = Form({name: [value] for name, value in fields.items()})

    @property
    def posts(self) -> bool:
        """Whether something is to be written."""
        return self.request.method == "POST"

    @property
    def is_fragment(self) -> bool:
        """Whether a part of an open page is asked for, and no page."""
        headers = self.request.headers
        return b"hx-request" in headers and headers.get(b"hx-request-type") != b"full"

    def is_at(self, path: str) -> bool:
        """Whether the page is the one at this path, or one below it."""
        own = self.request.path.rstrip("/")
        return own == path or (path != "/console" and own.startswith(path + "/"))

    @cached_property
    def key(self) -> str:
        """The idempotency key of the form that was sent, or of the one that will be shown."""
        return self.form.text(KEY)[:200] or new_secret()

    @property
    def csrf_token(self) -> str:
        return form_token(self.secret)

    @property
    def url(self) -> str:
        """The address of this page, with its query."""
        path, query = self.request.raw_path.decode("latin-1"), self.request.query.decode("latin-1")
        return f"{path}?{query}" if query else path

    @property
    def own_path(self) -> str:
        """The path of this page, without its query; of a part that follows changes, the path of
        its page: links in it lead to pages."""
        return self.request.raw_path.decode("latin-1").removesuffix(LIVE)

    def with_query(self, **changed: str | None) -> str:
        """The address of this page with other parameters; None takes one away."""
        return self.at(self.own_path, **changed)

    def at(self, path: str, **changed: str | None) -> str:
        """The address of a page with this one's parameters and others; None takes one away. What
        an open page has seen is no parameter of another."""
        kept = {
            name: self.query.text(name)
            for name in self.query
            if name not in changed and name not in FOLLOWED and self.query.text(name)
        }
        kept.update({name: value for name, value in changed.items() if value is not None})
        return f"{path}?{urlencode(kept)}" if kept else path

    def plain(self, units: int, currency: Json) -> str:
        """An amount of the currency's smallest unit as the native API writes it."""
        return plain(units, currency["scale"])

    # -- how it is shown -----------------------------------------------------------------

    def in_zone(self, program: Json) -> None:
        """The page is about this program: days and hours are those of its zone."""
        self.zone = program["timezone"]
        self.speech = Speech(self.speech.language, ZoneInfo(self.zone))

    async def in_common_zone(self) -> None:
        """The page is about no program: days and hours are those of the zone that all programs of
        the person have, if it is one; otherwise UTC, and the page says so."""
        programs = (await self.api.get("/v1/programs", limit=PROGRAMS))["data"]
        if len({each["timezone"] for each in programs}) == 1:
            self.in_zone(programs[0])

    @property
    def theme(self) -> str:
        chosen = self.cookies.get(THEME, "")
        return chosen if chosen in THEMES else "auto"

    def _language(self) -> Language:
        chosen = self.cookies.get(LANGUAGE, "")
        if is_language(chosen):
            return chosen
        return language_of(self.request.header(b"accept-language"))

    def say(self, text: str, /, **values: object) -> str:
        """A text in the person's language."""
        return self.speech.gettext(text, **values)

    def show(self, template: str, status: int = 200, /, **values: object) -> Shown:
        """Answer with a template below `templates/`."""
        return Shown(template, values, status)

    def go(self, path: str, flash: Flash | None = None) -> Goto:
        """Answer that the result is at another path."""
        return Goto(path, flash)
