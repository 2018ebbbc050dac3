"""A house with one program, on a store of its own, behind the whole application."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from html import escape
from typing import Any
from xml.etree import ElementTree

import httpx

from stampbook.dialects import instants
from stampbook.edge.answers import Answer
from stampbook.edge.context import Context
from stampbook.edge.credentials.caller import Callers
from stampbook.edge.requests import Request
from stampbook.edge.serving import Edge
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys, currencies, members, programs
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.storage.store import Store
from stampbook.visits.movements.restoring import VisitGuardian
from tests.emptying import States
from tests.http.in_process import InProcess, application

TOKEN = "sbk_altcraft-tests"
START = instants.read("2026-01-01T00:00:00Z")
SECOND = 1_000_000
DAY = 86_400 * SECOND

Json = dict[str, Any]


class House:
    """The application, its clock, and one program with a currency of scale 2."""

    def __init__(self, store: Store) -> None:
        self.now = START
        self.store = store
        self.ledger = Ledger(store, clock=lambda: self.now, guardian=VisitGuardian(store))
        self.context = Context(store, self.ledger, lambda: self.now)
        self.context.callers = Callers(store, self.context.pace, now_s=lambda: self.now / SECOND)
        self.edge = application(self.context)
        self.client = httpx.AsyncClient(
            transport=InProcess(self.edge),
            base_url="http://stampbook.test",
        )
        self.program: Program
        self.currency: Currency

    async def found(self) -> tuple[Program, Currency]:
        """Write a program, its currency and a key that may do everything to an empty store."""
        program = await self.new_program("Coffee")
        currency = await self.new_currency(program, "Points")
        await self.new_key(TOKEN, "admin")
        return program, currency

    async def new_program(self, name: str, *, tenant: int = 1) -> Program:
        async with self.store.transaction() as writing:
            return await programs.create(writing, tenant=tenant, name=name, now=self.now)

    async def new_currency(
        self, program: Program, name: str, *, scale: int = 2, terms: Terms | None = None
    ) -> Currency:
        async with self.store.transaction() as writing:
            return await currencies.create(
                writing, program, name=name, scale=scale, terms=terms, now=self.now
            )

    async def new_key(
        self, secret: str, *scopes: str, tenant: int = 1, program: int | None = None
    ) -> None:
        async with self.store.transaction() as writing:
            await api_keys.create(
                writing,
                tenant=tenant,
                program=program,
                name=secret,
                scopes=scopes,
                secret=secret,
                now=self.now,
            )

    async def new_member(self, email: str = "a@example.com", **labels: Any) -> Member:
        async with self.store.transaction() as writing:
            return await members.create(writing, self.program, email=email, now=self.now, **labels)

    async def set_terms(self, currency: Currency, terms: Terms) -> Currency:
        async with self.store.transaction() as writing:
            return await currencies.update(writing, currency, terms=terms, now=self.now)

    async def post(
        self, method: str, content: bytes, *, token: str | None = TOKEN, **headers: str
    ) -> httpx.Response:
        """A request as bytes; header names with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        return await self.client.post(f"/api/v1.1/{method}", content=content, headers=sent)

    async def call(
        self,
        method: str,
        body: Json,
        *,
        form: str = "json",
        token: str | None = TOKEN,
        **headers: str,
    ) -> Json:
        """The envelope of a handled request, as JSON writes it; of XML as texts."""
        answer = await self.post(
            method,
            self.encoded(body, form),
            token=token,
            content_type=f"application/{form}",
            **headers,
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == f"application/{form}; charset=utf-8"
        return self.decoded(answer.content, form)

    @staticmethod
    def encoded(body: Json, form: str) -> bytes:
        return to_xml(body) if form == "xml" else json.dumps(body).encode()

    @staticmethod
    def decoded(content: bytes, form: str) -> Json:
        return from_xml(content) if form == "xml" else dict(json.loads(content))

    async def done(self, method: str, body: Json, **more: Any) -> Json:
        """The data of a success."""
        envelope = await self.call(method, body, **more)
        assert str(envelope["error"]) == "0", envelope
        assert envelope["error_text"] == "Successful operation"
        return dict(envelope["data"]) if envelope.get("data") else envelope

    async def refused(self, method: str, body: Json, **more: Any) -> tuple[int, str]:
        """The number and text of an error."""
        envelope = await self.call(method, body, **more)
        assert str(envelope["error"]) != "0", envelope
        return int(envelope["error"]), envelope["error_text"]

    def who(self, email: str = "a@example.com") -> Json:
        return {
            "loyalty_program_id": self.program.program_id,
            "matching": "email",
            "email": email,
        }

    async def accrue(self, amount: str, **more: Any) -> Json:
        return await self.done("loyalty/accrue_points", {**self.who(), "amount": amount, **more})

    async def redeem(self, amount: str, **more: Any) -> Json:
        return await self.done("loyalty/redeeme_points", {**self.who(), "amount": amount, **more})

    async def balance(self, email: str = "a@example.com") -> tuple[str, str]:
        """Active and total."""
        data = await self.done("loyalty/account/balance", self.who(email))
        return data["active_balance"], data["total_balance"]


@asynccontextmanager
async def opened(store: Store, states: States | None = None) -> AsyncIterator[House]:
    """A house on an empty store; with `states` it is written once a session."""
    house = House(store)
    await house.ledger.start()
    try:
        if states is None:
            house.program, house.currency = await house.found()
        else:
            known = await states.known("altcraft_house", house.found)
            house.program, house.currency = known
        yield house
    finally:
        await house.context.jobs.stop()
        await house.client.aclose()
        await house.ledger.stop()


async def answered(
    edge: Edge,
    method: str,
    headers: Sequence[tuple[bytes, bytes]],
    content: bytes,
    query: bytes = b"",
) -> Answer:
    """What the edge answers, without a connection: for requests by the thousand. Of headers of
    one name the first counts."""
    path = f"/api/v1.1/loyalty/{method}".encode()
    named = [(b"x-request-id", b"req_1"), *headers]
    request = Request("POST", path, query, dict(reversed(named)), content)
    edge.route(request)
    answer = await edge.answer(request)
    assert isinstance(answer, Answer)
    return answer


def to_xml(body: Json) -> bytes:
    """A request as the vendor's XML."""
    return f"<xml>{_children(body)}</xml>".encode()


def _children(body: Json) -> str:
    return "".join(_element(name, value) for name, value in body.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        return f"<{name}>{_children(value)}</{name}>"
    if value is None:
        return f"<{name}/>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


LISTS = {"redeem_rules", "accrual_rules"}


def from_xml(content: bytes) -> Json:
    """An answer as nested dicts of texts; empty elements are None."""
    assert b"<?xml" not in content
    root = ElementTree.fromstring(content)  # noqa: S314 - our own answer
    assert root.tag == "xml"
    assert not root.attrib
    return _read(root)


def _read(element: ElementTree.Element) -> Json:
    found: Json = {}
    for child in element:
        value: Any = _read(child) if len(child) else child.text
        if child.tag in found:
            before = found[child.tag]
            found[child.tag] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[child.tag] = value
    return found


def as_xml_reads(answer: Any) -> Any:
    """A JSON answer in the form of `from_xml`: texts; no empty lists, no lists of one."""
    if isinstance(answer, dict):
        plain = {name: as_xml_reads(value) for name, value in answer.items()}
        return {name: value for name, value in plain.items() if value != []}
    if isinstance(answer, list):
        values = [as_xml_reads(each) for each in answer]
        return values[0] if len(values) == 1 else values
    if isinstance(answer, bool):
        return str(answer).lower()
    return None if answer in (None, "") else str(answer)
