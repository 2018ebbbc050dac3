"""People at the console, by plain HTTP: what they see, what they fill in, what they press."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from lxml import html

from stampbook.demonstration.facts import Facts, facts_of
from stampbook.demonstration.guide import guide_for
from stampbook.demonstration.seeding import Demo, seed
from stampbook.dialects.native.files.telling import words_of
from stampbook.edge.context import Context
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.ledger.guarding import Guardians
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.rewards.guarding import PurchaseGuardian
from stampbook.programs import users
from stampbook.programs.people import passwords, sessions
from stampbook.programs.people.sessions import CONSOLE_PREFIX, Lifetime
from stampbook.programs.roles import Role
from stampbook.settings import Settings
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from stampbook.worker.carrying import Carrier
from tests.emptying import States
from tests.http.in_process import InProcess, application

NOON = 1_795_867_200_000_000
"""2026-11-28 12:00 UTC."""

PASSWORD = "correct horse"

BASE = "http://desk.test"

ONE_STORE = pytest.mark.parametrize("store_address", ["sqlite"], indirect=True)
"""For a test of pages that no database makes a difference to."""


class Page:
    """An answer of the console, parsed."""

    def __init__(self, clerk: Clerk, answer: httpx.Response) -> None:
        self.clerk = clerk
        self.answer = answer
        self.status = answer.status_code
        self.text = answer.text
        self.root: Any = (
            html.fromstring(answer.text) if answer.text.strip() else html.Element("html")
        )

    @property
    def name(self) -> str:
        (main,) = self.all("page")
        return str(main.get("data-page"))

    @property
    def path(self) -> str:
        return str(self.answer.request.url.raw_path.decode())

    def all(self, testid: str) -> list[Any]:
        return [each for each in self.root.iter() if each.get("data-testid") == testid]

    def has(self, testid: str) -> bool:
        return bool(self.all(testid))

    def one(self, testid: str) -> Any:
        found = self.all(testid)
        assert len(found) == 1, (testid, len(found), self.path, self.status)
        return found[0]

    def said(self, testid: str) -> str:
        """The text of the one element, with single spaces."""
        return " ".join(self.one(testid).text_content().split())

    def value(self, testid: str) -> str:
        """The exact value of the one amount."""
        return str(self.one(testid).get("value"))

    def values(self, testid: str) -> list[str]:
        return [str(each.get("value")) for each in self.all(testid)]

    async def follow(self, testid: str) -> Page:
        """Follow the one link."""
        return await self.clerk.get(self.one(testid).get("href"))

    async def press(self, testid: str, **typed: str | list[str]) -> Page:
        """Press the one button of a form that was filled in like this; see what follows."""
        button = self.one(testid)
        form = next(each for each in button.iterancestors() if each.tag == "form")
        fields: dict[str, Any] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        if button.get("name"):
            fields[button.get("name")] = button.get("value", "")
        fields.update({name.replace("__", "-"): value for name, value in typed.items()})
        target = urljoin(self.path, button.get("formaction") or form.get("action") or self.path)
        if (form.get("method") or "get").lower() == "get":
            return Page(self.clerk, await self.clerk.client.get(target, params=fields))
        files = None
        if form.get("enctype") == "multipart/form-data":
            files = {"file": ("file.csv", str(fields.pop("file")).encode())}
        answer = await self.clerk.client.post(target, data=fields, files=files)
        return Page(self.clerk, answer)


class Clerk:
    """Somebody with a browser of their own; `role` None: not signed in."""

    def __init__(self, client: httpx.AsyncClient, user: int | None) -> None:
        self.client = client
        self.user = user

    async def get(self, path: str, **headers: str) -> Page:
        return Page(self, await self.client.get(path, headers=headers))


class Desk:
    """A server on a store, with the demo's data: `demo` and `facts`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOON
        guardian = Guardians(VisitGuardian(store), OrderGuardian(store), PurchaseGuardian(store))
        self.ledger = Ledger(store, clock=lambda: self.now, guardian=guardian)
        self._files = TemporaryDirectory(prefix="desk-")
        settings = Settings(files_folder=self._files.name)
        self.context = Context(store, self.ledger, lambda: self.now, settings)
        self.carrier = Carrier(self.ledger, folder_of(settings), words_of(settings))
        self.edge = application(self.context)
        self.demo: Demo
        self.facts: Facts
        self._clients: list[httpx.AsyncClient] = []

    async def open(self, states: States | None = None) -> None:
        """On an empty store; with `states` the data are written once a session."""
        await self.ledger.start()
        if states is None:
            self.demo = await self.seed()
        else:
            self.demo = await states.known("demo", self.seed)
        self.facts = facts_of(self.demo, BASE)

    async def seed(self) -> Demo:
        return await seed(self.ledger)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        self.carrier.stop()
        await self.carrier.run()
        await self.ledger.stop()
        self._files.cleanup()

    def is_demo(self) -> None:
        """From now on the console shows the demo's guide."""
        self.context.kept["console"] = guide_for(self.demo, self.facts)

    def browser(self, **headers: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=InProcess(self.edge), base_url=BASE, follow_redirects=True, headers=headers
        )
        self._clients.append(client)
        return client

    def stranger(self, **headers: str) -> Clerk:
        """Somebody who has not signed in."""
        return Clerk(self.browser(**headers), None)

    async def clerk(self, role: Role | str = Role.ADMIN, login: str | None = None) -> Clerk:
        """Somebody who has, with a password to type."""
        login = login or f"{role}@desk.example"
        async with self.store.transaction() as writing:
            user = await users.create(
                writing,
                tenant=1,
                login=login,
                password_hash=await passwords.hash_password(PASSWORD, login=login),
                role=Role(role),
                name=login.partition("@")[0].title(),
                now=self.now,
            )
        return await self.at_desk(user.user_id)

    async def at_desk(self, user: int) -> Clerk:
        """A new session of a person who is known."""
        async with self.store.transaction() as writing:
            _, token = await sessions.start(
                writing,
                user,
                now=self.now,
                lifetime=Lifetime(),
                address=None,
                user_agent=None,
                prefix=CONSOLE_PREFIX,
            )
        client = self.browser()
        client.cookies.set("stampbook_session", token, domain="desk.test", path="/console")
        return Clerk(client, user)

    async def api(self, method: str, path: str, body: Any = None) -> Any:
        """The native API with the demo's key: what it answers to a request that must succeed."""
        client = self.browser(authorization=f"Bearer {self.facts['api_key']}")
        answer = await client.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


@asynccontextmanager
async def opened_desk(store: Store, states: States | None = None) -> AsyncIterator[Desk]:
    desk = Desk(store)
    await desk.open(states)
    try:
        yield desk
    finally:
        await desk.close()


def token_of(page: Page) -> str:
    """The token of the forms on the page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
