"""The ledger behind this dialect: what the wire can say goes over it, the rest by the engine.

Every answer of the wire is held against the journal: ids name its rows, balances are theirs, and
a refusal's text is that of the code which the engine itself would give.
"""

from __future__ import annotations

import json

from stampbook.dialects import amounts, instants
from stampbook.dialects.altcraft.answers import REFUSALS, balance_text
from stampbook.dialects.altcraft.wire import MAX_TIMEOUT_S
from stampbook.dialects.spelling.altcraft import read_transaction, write_profile, write_transaction
from stampbook.domain.commands import (
    Accrue,
    Cancel,
    Command,
    Commit,
    Hold,
    Note,
    Redeem,
    Release,
)
from stampbook.domain.model import FOREVER, Kind, Transaction, split_number, transaction_number
from stampbook.domain.refusals import Code
from stampbook.edge.context import Context
from stampbook.programs import api_keys, currency_options
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.storage.store import Demand, Store
from tests.http.altcraft.house import Json, answered, from_xml, to_xml
from tests.http.in_process import application
from tests.ledgers.in_memory import seen_row
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.ledgers.seen import Answer, Plan

ALREADY = "Transaction already canceled"
HINT = "; use cancel_transaction"


class AltcraftLedger(StoreLedger):
    """A door of the kind of tests.ledgers.seen.Ledger. `spoken` counts what went over the wire."""

    def __init__(self, store: Store, form: str) -> None:
        super().__init__(store)
        self.form = form
        self.edge = application(Context(store, self.engine, lambda: self.now))
        self.token = ""
        self.spoken = 0
        self.plan: Plan
        self.members: dict[str, int] = {}

    async def found(self, plan: Plan) -> None:
        await super().found(plan)
        self.plan = plan
        self.token = f"door-{self.program}-{self.form}"
        async with self.store.transaction() as writing:
            for currency in self.currencies.values():
                options = CurrencyOptions(backdating=True)
                await currency_options.put(writing, currency.currency_id, options, now=1)
            await api_keys.create(
                writing,
                tenant=TENANT,
                program=self.program,
                name=self.token,
                scopes=["admin"],
                secret=self.token,
                now=0,
            )
        rows = await self.store.fetch(
            "SELECT account_id, member_id FROM accounts WHERE program_id = $1", self.program
        )
        self.members = {self.names[row["account_id"]]: row["member_id"] for row in rows}

    async def submit(
        self, account: str, command: Command, *, key: str | None = None, dry_run: bool = False
    ) -> Answer:
        said = None if dry_run else self._said(account, command)
        if said is None:
            return await super().submit(account, command, key=key, dry_run=dry_run)
        self.spoken += 1
        expected = await super().submit(account, command, dry_run=True)
        before = await self._seq(account)
        method, body = said
        envelope = await self._ask(method, body, command, key)
        return await self._heard(account, command, envelope, before, expected.refused)

    # -- speaking ----------------------------------------------------------------------------

    def _said(self, account: str, command: Command) -> tuple[str, Json] | None:
        """The request that asks for the command; None if the wire has no words for it."""
        match command:
            case Accrue(kind=Kind.ACCRUE) | Redeem(kind=Kind.REDEEM) | Hold():
                return self._movement(account, command)
            case Commit(amount=None, note=note) if plain(note):
                return "commit_transaction", self._named(account, command.target)
            case Release(note=note) if plain(note):
                return "rollback_transaction", self._named(account, command.target)
            case Cancel(amount=None, only_pending=False, note=note) if plain(note):
                return "cancel_transaction", self._named(account, command.target)
        return None

    def _named(self, account: str, seq: int) -> Json:
        number = transaction_number(account=self.accounts[account], seq=seq)
        return {"transaction_id": write_transaction(number)}

    def _movement(self, account: str, command: Accrue | Redeem | Hold) -> tuple[str, Json] | None:
        note = command.note
        plan = self.plan.accounts[account]
        timeout = None if isinstance(command, Redeem) else command.timeout_s
        dates: tuple[int | None, int | None] = (None, None)
        if isinstance(command, Accrue):
            dates = command.activates_at, command.expires_at
        if note.reason or note.metadata or note.subject or FOREVER in dates:
            return None
        if timeout is not None and not 0 < timeout <= MAX_TIMEOUT_S:
            return None
        body: Json = {
            "loyalty_program_id": self.program,
            "points_currency_iid": self.currencies[plan.currency].currency_id,
            "matching": "profile_id",
            "profile_id": write_profile(self.members[account]),
            "amount": amounts.write(command.amount, self.currencies[plan.currency].scale),
            "is_temp": isinstance(command, Hold)
            or (isinstance(command, Accrue) and command.temporary),
            "temp_timeout_sec": timeout,
            "transaction_eid": note.external_id,
            "created_at": written(note.effective_at),
        }
        if not isinstance(command, Accrue):
            return "redeeme_points", body
        dated = {"activation_date": written(dates[0]), "expiration_date": written(dates[1])}
        return "accrue_points", body | dated

    async def _ask(self, method: str, body: Json, command: Command, key: str | None) -> Json:
        given = {name: value for name, value in body.items() if value is not None}
        headers = [
            (b"authorization", f"Bearer {self.token}".encode()),
            (b"content-type", f"application/{self.form}".encode()),
        ]
        if key is not None:
            headers.append((b"idempotency-key", (self._key(key) or "").encode()))
        actor = getattr(command, "note", Note()).actor
        if actor is not None:
            headers.append((b"stampbook-actor", actor.encode()))
        content = to_xml(given) if self.form == "xml" else json.dumps(given).encode()
        sent = await answered(self.edge, method, headers, content)
        assert sent.status == 200
        return from_xml(sent.body) if self.form == "xml" else dict(json.loads(sent.body))

    # -- hearing -----------------------------------------------------------------------------

    async def _heard(
        self,
        account: str,
        command: Command,
        envelope: Json,
        before: int,
        expected: Code | None,
    ) -> Answer:
        error, text, data = int(envelope["error"]), envelope["error_text"], envelope["data"]
        if error and text != ALREADY:
            return Answer(self._code(error, text, expected))
        if error and not isinstance(command, Cancel):
            return Answer(Code.ALREADY_CANCELLED)
        rows = await self._rows(account)
        if isinstance(command, Accrue | Redeem | Hold):
            row = rows[self._seq_of(account, data) - 1]
        elif isinstance(command, Cancel):
            assert data["transaction_id"] == self._named(account, command.target)["transaction_id"]
            row = rows[await self._undone_by(account, command.target) - 1]
        else:
            row = next(each for each in reversed(rows) if acts(each, command, rows))
        if not error:
            assert data["balance"] == self._balance(account, row.balance_after)
        else:
            assert data["balance"] == self._balance(account, (await self.balance(account)).active)
        replayed = not error and row.seq <= before
        return Answer(None, (seen_row(account, row),), already=bool(error), replayed=replayed)

    def _code(self, error: int, text: str, expected: Code | None) -> Code:
        """The refusal of that text; where several share it, the engine's own."""
        if error == 400:
            return Code.INVALID_REQUEST
        worded = (error, text.removesuffix(HINT))
        codes = [code for code, words in REFUSALS.items() if words == worded]
        assert codes, worded
        return expected if expected in codes else codes[0]

    def _balance(self, account: str, amount: int) -> str:
        return balance_text(amount, self.currencies[self.plan.accounts[account].currency].scale)

    def _seq_of(self, account: str, data: Json) -> int:
        number, seq = split_number(read_transaction(data["transaction_id"]) or 0)
        assert number == self.accounts[account]
        return seq

    async def _undone_by(self, account: str, target: int) -> int:
        """The cancel or release that took the transaction back."""
        number = self.accounts[account]
        rows = await self._rows(account)
        seq = rows[target - 1].root if rows[target - 1].kind is Kind.COMMIT else target
        (found,) = await self.store.load(
            number % self.store.shards, [Demand(number, rows=frozenset((seq,)))]
        )
        movement = next(each for each in found.movements if each.seq == seq)
        return movement.released_by or movement.cancelled_by

    async def _rows(self, account: str) -> list[Transaction]:
        return list(await self.store.journal(self.accounts[account], after=0, limit=10_000))

    async def _seq(self, account: str) -> int:
        rows = await self._rows(account)
        return rows[-1].seq if rows else 0


def plain(note: Note) -> bool:
    """Whether the finishing methods can say all of it: they take an actor only."""
    return note._replace(actor=None) == Note()


def acts(row: Transaction, command: Command, rows: list[Transaction]) -> bool:
    """Whether the row is a commit or release of what the command names."""
    kind = Kind.COMMIT if isinstance(command, Commit) else Kind.RELEASE
    target = rows[getattr(command, "target", 0) - 1]
    return row.kind is kind and row.root == target.root


def written(instant: int | None) -> str | None:
    return None if instant is None else instants.write(instant)
