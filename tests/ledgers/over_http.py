"""The native API, asked over ASGI: a command's way from the wire to the store and back."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.dialects import instants
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
)
from stampbook.domain.model import FOREVER, WIRE_KINDS, Kind, split_number, transaction_number
from stampbook.domain.refusals import Code
from stampbook.edge.context import Context
from stampbook.programs import api_keys
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Answer, Balance, Lot, Plan, Row, View

Json = dict[str, Any]

ACTIONS = {
    Commit: "commit",
    Release: "release",
    Activate: "activate",
    Expire: "expire",
    Cancel: "cancel",
}
LINKS = ("cancels", "commits", "releases", "activates", "expires")
PAID = ("held", "spent", "owed")


class NativeLedger(StoreLedger):
    """Implements tests.ledgers.seen.Ledger: founded in the store, from then on all over HTTP.

    What has no place on this wire: `only_pending`, and accounts or policies changed in ways that
    a test does by SQL.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        transport = InProcess(application(Context(store, self.engine, lambda: self.now)))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://test/v1")
        self.scales: dict[str, int] = {}

    async def found(self, plan: Plan) -> None:
        await super().found(plan)
        for name, each in plan.accounts.items():
            self.scales[name] = plan.currencies[each.currency].scale
        secret = api_keys.new_secret()
        async with self.store.transaction() as writing:
            await api_keys.create(
                writing,
                tenant=self.tenant,
                name="a till",
                scopes=("admin",),
                secret=secret,
                now=0,
                program=None,
            )
        self.client.headers["Authorization"] = f"Bearer {secret}"

    async def finish(self) -> None:
        await self.client.aclose()
        await super().finish()

    async def submit(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        path, body = self._request(account, command)
        note: Note = getattr(command, "note")  # noqa: B009 - Settle is never submitted
        body |= self._noted(note)
        answered = await self._post(path, body, note, key=key, dry_run=dry_run)
        return self._worded(answered, [answered.json()])

    async def transfer(
        self,
        source: str,
        receiver: str,
        amount: int,
        *,
        note: Note,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Answer:
        body = {
            "from_account_id": self._account_id(source),
            "to_account_id": self._account_id(receiver),
            "amount": written(amount, self.scales[source]),
        } | self._noted(note)
        answered = await self._post("/transfers", body, note, key=key, dry_run=dry_run)
        legs = answered.json()
        return self._worded(answered, [legs.get("from"), legs.get("to")])

    async def find(self, external_id: str) -> tuple[str, int] | None:
        answered = await self.client.get(
            "/transactions",
            params={"external_id": external_id, "program_id": f"prg_{self.program:x}"},
        )
        if answered.status_code == 404:
            return None
        answered.raise_for_status()
        row = self._row(answered.json())
        return row.account, row.seq

    async def balance(self, account: str, at: int | None = None) -> Balance:
        params = {} if at is None else {"as_of": instants.write(at)}
        found = await self._get(f"/accounts/{self._account_id(account)}/balance", **params)
        scale = self.scales[account]
        figures = {
            word: read(found[word], scale)
            for word in ("active", "pending", "held", "total", "deficit")
        }
        return Balance(
            **figures,
            **{word: read(text, scale) for word, text in found["lifetime"].items()},
            expiring=upcoming(found["next_expiration"], scale),
            activating=upcoming(found["next_activation"], scale),
        )

    async def everything(self, account: str) -> View:
        scale = self.scales[account]
        listed = await self._pages(f"/accounts/{self._account_id(account)}/transactions")
        lots = await self._pages(f"/accounts/{self._account_id(account)}/lots")
        single = [await self._get(f"/transactions/{each['id']}") for each in listed]
        allocations: dict[int, dict[int, int]] = {
            each["seq"]: {}
            for each in reversed(single)
            if each["type"] in ("redeem", "hold", "transfer_out")
            or (each["type"] == "adjust" and each["effect"].startswith("-"))
        }
        for each in reversed(single):
            for posting in each["postings"]:
                add_posting(allocations, posting, scale)
        return View(
            await self.balance(account),
            [lot_of(each, scale) for each in reversed(lots)],
            [self._row(each) for each in reversed(single)],
            allocations,
        )

    # -- the wire --------------------------------------------------------------------------

    def _request(self, account: str, command: Command) -> tuple[str, Json]:
        """Path and body of a command."""
        scale = self.scales[account]
        path = f"/accounts/{self._account_id(account)}/transactions"
        match command:
            case Accrue():
                return path, self._accrual(account, command)
            case Redeem():
                debit = command.kind is Kind.ADJUST_DEBIT
                return path, {
                    "type": "adjust" if debit else "redeem",
                    "amount": written(-command.amount if debit else command.amount, scale),
                }
            case Hold():
                body: Json = {"type": "hold", "amount": written(command.amount, scale)}
                return path, with_some(body, timeout_s=command.timeout_s)
            case Commit() | Release() | Activate() | Expire() | Cancel():
                assert not getattr(command, "only_pending", False), "not on this wire"
                number = transaction_number(account=self.accounts[account], seq=command.target)
                amount = getattr(command, "amount", None)
                text = None if amount is None else written(amount, scale)
                path = f"/transactions/txn_{number:x}/{ACTIONS[type(command)]}"
                return path, with_some({}, amount=text)
        raise AssertionError(f"not on this wire: {command}")

    def _accrual(self, account: str, command: Accrue) -> Json:
        lot = None
        if command.kind is Kind.REINSTATE:
            number = transaction_number(account=self.accounts[account], seq=command.reinstates)
            lot = f"lot_{number:x}"
        return with_some(
            {
                "type": "accrue" if command.kind is Kind.ACCRUE else "adjust",
                "amount": written(command.amount, self.scales[account]),
                "temporary": command.temporary,
            },
            lot_id=lot,
            timeout_s=command.timeout_s,
            activates_at=dated(command.activates_at, "event"),
            expires_at=dated(command.expires_at, "never"),
            reason=None if command.kind is Kind.ACCRUE else command.note.reason or "a test's",
        )

    def _noted(self, note: Note) -> Json:
        return with_some(
            {},
            external_id=note.external_id,
            reason=note.reason,
            effective_at=dated(note.effective_at, ""),
        )

    async def _post(
        self, path: str, body: Json, note: Note, *, key: str | None, dry_run: bool
    ) -> httpx.Response:
        headers = with_some({}, **{"Stampbook-Actor": note.actor})
        if key is not None:
            headers["Idempotency-Key"] = str(self._key(key))
        if body.get("type") == "adjust":
            body.setdefault("reason", "a test's")
        params = {"dry_run": "true"} if dry_run else {}
        return await self.client.post(path, json=body, headers=headers, params=params)

    async def _get(self, path: str, **params: str) -> Json:
        answered = await self.client.get(path, params=params)
        answered.raise_for_status()
        found: Json = answered.json()
        return found

    async def _pages(self, path: str) -> list[Json]:
        """All of a list, newest first."""
        found: list[Json] = []
        page = await self._get(path, limit="200")
        found += page["data"]
        while page["next_cursor"]:
            page = await self._get(path, limit="200", cursor=page["next_cursor"])
            found += page["data"]
        return found

    def _worded(self, answered: httpx.Response, rows: list[Json]) -> Answer:
        if answered.status_code >= 400:
            problem = answered.json()
            assert answered.headers["content-type"] == "application/problem+json", problem
            assert problem["status"] == answered.status_code
            return Answer(Code(problem["code"]))
        return Answer(
            None,
            tuple(self._row(row) for row in rows),
            already=rows[0].get("already_cancelled", False),
            replayed=answered.headers.get("Idempotency-Replayed") == "true",
        )

    def _account_id(self, account: str) -> str:
        return f"acc_{self.accounts[account]:x}"

    def _row(self, found: Json) -> Row:
        account = self.names[int(found["account_id"].removeprefix("acc_"), 16)]
        scale = self.scales[account]
        before, after = read(found["balance_before"], scale), read(found["balance_after"], scale)
        assert read(found["effect"], scale) == after - before
        link = next((found[word] for word in LINKS if found.get(word)), None)
        return Row(
            account,
            found["seq"],
            kind_of(found),
            read(found["amount"], scale),
            before,
            after,
            instants.read(found["created_at"]),
            read(found["shortfall"], scale),
            seq_of(link) if link else 0,
        )


def kind_of(found: Json) -> Kind:
    """The kind of a row; the wire has one word for both directions of an adjustment."""
    word = found["type"]
    if word == "adjust":
        return Kind.ADJUST_DEBIT if found["effect"].startswith("-") else Kind.ADJUST_CREDIT
    return next(kind for kind, each in WIRE_KINDS.items() if each == word)


def seq_of(text: str) -> int:
    """The number within its account of `txn_…` or `lot_…`."""
    return split_number(int(text.partition("_")[2], 16))[1]


def lot_of(found: Json, scale: int) -> Lot:
    states = [
        read(found[word], scale)
        for word in ("pending", "available", "held", "spent", "expired", "revoked")
    ]
    assert sum(states) == read(found["issued"], scale), found
    pending, available, held, spent, expired, revoked = states
    return Lot(
        found["seq"],
        seq_of(found["accrued_by"]),
        pending,
        available,
        held,
        spent,
        expired,
        revoked,
        FOREVER if found["activates_at"] is None else instants.read(found["activates_at"]),
        FOREVER if found["expires_at"] is None else instants.read(found["expires_at"]),
    )


def add_posting(allocations: dict[int, dict[int, int]], posting: Json, scale: int) -> None:
    """What a posting does to the allocation of the redemption or hold that it names."""
    if posting["transaction_id"] is None:
        return
    parts = allocations[seq_of(posting["transaction_id"])]
    lot = 0 if posting["lot_id"] is None else seq_of(posting["lot_id"])
    change = (posting["to"] in PAID) - (posting["from"] in PAID)
    parts[lot] = parts.get(lot, 0) + change * read(posting["amount"], scale)
    if not parts[lot]:
        del parts[lot]


def upcoming(found: Json | None, scale: int) -> tuple[int, int] | None:
    return None if found is None else (instants.read(found["at"]), read(found["amount"], scale))


def dated(instant: int | None, never: str) -> str | None:
    if instant is None:
        return None
    return never if instant == FOREVER else instants.write(instant)


def with_some(body: Json, **more: Any) -> Json:
    """The body with those of the fields that are not None."""
    return body | {name: value for name, value in more.items() if value is not None}


def written(amount: int, scale: int) -> str:
    """Smallest units as a decimal."""
    sign, digits = "-" * (amount < 0), str(abs(amount)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def read(text: str, scale: int) -> int:
    """A decimal of exactly that scale as smallest units."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) == scale, text
    return int(whole + fraction)
