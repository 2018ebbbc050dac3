"""Plays a scenario on a ledger and checks every expectation."""

from __future__ import annotations

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
from stampbook.domain.model import MICROSECONDS, AccountStatus, Kind
from stampbook.domain.refusals import Code
from tests.ledgers.seen import Answer, Ledger, Row
from tests.scenarios.notation import (
    Check,
    Scenario,
    Step,
    read_amount,
    read_instant,
    read_length,
    read_policy,
)

Where = tuple[str, int]
"""A transaction: its account and sequence number."""

ACTS_WHOLLY_ON: dict[str, type[Release] | type[Activate] | type[Expire]] = {
    "release": Release,
    "activate": Activate,
    "expire": Expire,
}
STATES = ("pending", "available", "held", "spent", "expired", "revoked")
NOBODY = ("", 8_000_000)
"""A transaction that does not exist in any account."""


async def play(scenario: Scenario, ledger: Ledger, *, worker: bool) -> None:
    """Carry out the steps. With `worker`, each of them is followed by a pass of the worker."""
    await Player(scenario, ledger, worker=worker).play()
    await ledger.finish()


class Player:
    """One run of a scenario."""

    def __init__(self, scenario: Scenario, ledger: Ledger, *, worker: bool) -> None:
        self.scenario = scenario
        self.ledger = ledger
        self.worker = worker
        self.now = 0
        self.default = next(iter(scenario.plan.accounts))
        self.answers: dict[str, Answer] = {}
        self.last = Answer(None)

    async def play(self) -> None:
        await self.ledger.found(self.scenario.plan)
        for step in self.scenario.steps:
            try:
                await self._step(step)
                if self.worker:
                    for account in self.scenario.plan.accounts:
                        await self.ledger.settle(account)
                for check in step.checks:
                    await self._check(check)
            except Exception as error:
                at = f"{self.scenario.file}.scn:{step.line}: {step.verb} {' '.join(step.words)}"
                error.add_note(f"{at}\nanswer: {self.last}")
                raise

    # -- steps ----------------------------------------------------------------------

    async def _step(self, step: Step) -> None:
        match step.verb:
            case "at":
                self.now = read_instant(step.words[0], self.now)
                self.ledger.set_clock(self.now)
            case "check":
                pass
            case "settle":
                await self.ledger.settle(step.options.get("on", self.default))
            case "member" | "close" | "status" | "rules":
                await self._manage(step)
            case _:
                self.last = await self._ask(step)
                if step.name:
                    self.answers[step.name] = self.last
                self._expect(step, self.last)

    async def _manage(self, step: Step) -> None:
        """`member inactive`, `close`, `status inactive` (the program), `rules RULES`."""
        ledger, words = self.ledger, step.words
        account = step.options.get("on", self.default)
        currency = self.scenario.plan.accounts[account].currency
        policy = self.scenario.plan.currencies[currency]
        match step.verb, " ".join(words):
            case "member", "active":
                await ledger.set_account(account, AccountStatus.OPEN)
            case "member", _:
                await ledger.set_account(account, AccountStatus.MEMBER_INACTIVE)
            case "close", _:
                await ledger.set_account(account, AccountStatus.CLOSED)
            case "status", word:
                await ledger.set_policy(currency, policy._replace(accepts=word == "active"))
            case _:
                rules = f"scale {policy.scale}, {' '.join(words)}"
                await ledger.set_policy(currency, read_policy(rules, {"timezone": policy.timezone}))

    async def _ask(self, step: Step) -> Answer:
        options = step.options
        key, dry_run = options.get("key"), "dry_run" in options
        note = Note(
            external_id=options.get("id"),
            reason=options.get("reason"),
            actor=options.get("by"),
            effective_at=self._instant(options.get("effective")),
        )
        if step.verb == "transfer":
            source = options.get("on", self.default)
            amount = read_amount(step.words[0], self._scale(source))
            return await self.ledger.transfer(
                source, options["to"], amount, note=note, key=key, dry_run=dry_run
            )
        account, command = await self._command(step, note)
        return await self.ledger.submit(account, command, key=key, dry_run=dry_run)

    async def _command(self, step: Step, note: Note) -> tuple[str, Command]:
        account = step.options.get("on", self.default)
        match step.verb:
            case "accrue" | "redeem" | "hold" | "adjust":
                return account, self._original(step, account, note)
            case "reinstate":
                account, lot = await self._lot(step.words[0])
                amount = read_amount(step.words[1], self._scale(account))
                return account, Accrue(amount, kind=Kind.REINSTATE, reinstates=lot, note=note)
        account, seq = await self._transaction(step.words[0])
        account = step.options.get("on", account)
        if step.verb in ACTS_WHOLLY_ON:
            return account, ACTS_WHOLLY_ON[step.verb](seq, note=note)
        part: int | None = None
        if len(step.words) > 1:
            part = read_amount(step.words[1], self._scale(account))
        if step.verb == "commit":
            return account, Commit(seq, part, note=note)
        assert step.verb == "cancel", step.verb
        return account, Cancel(seq, part, only_pending="only_pending" in step.options, note=note)

    def _original(self, step: Step, account: str, note: Note) -> Command:
        options = step.options
        amount = read_amount(step.words[0], self._scale(account))
        timeout = read_length(options["timeout"]) // MICROSECONDS if "timeout" in options else None
        if step.verb == "redeem":
            return Redeem(amount, note=note)
        if step.verb == "hold":
            return Hold(amount, timeout_s=timeout, note=note)
        if step.verb == "adjust" and step.words[0].startswith("-"):
            return Redeem(-amount, kind=Kind.ADJUST_DEBIT, note=note)
        return Accrue(
            amount,
            kind=Kind.ADJUST_CREDIT if step.verb == "adjust" else Kind.ACCRUE,
            activates_at=self._instant(options.get("activates")),
            expires_at=self._instant(options.get("expires")),
            temporary="temporary" in options,
            timeout_s=timeout,
            note=note,
        )

    def _expect(self, step: Step, answer: Answer) -> None:
        word, what = step.expected
        if word == "refused":
            assert answer.refused == Code(what), f"refused {answer.refused}, expected {what}"
            return
        assert answer.refused is None, f"refused {answer.refused}"
        assert answer.already == (word == "already")
        assert answer.replayed == (word == "replay")
        if what:
            assert answer.rows == self.answers[what].rows

    # -- expectations ----------------------------------------------------------------

    async def _check(self, check: Check) -> None:
        try:
            await self._check_one(check)
        except AssertionError as error:
            error.add_note(f"expectation in line {check.line}: {check}")
            raise

    async def _check_one(self, check: Check) -> None:
        match check.kind:
            case "lot":
                await self._check_lot(check)
            case "lots":
                account = check.about or self.default
                assert len(await self.ledger.lots(account)) == int(check.clauses[0][0])
            case "pays":
                await self._check_allocation(check)
            case "row":
                self._check_row(check)
            case "journal":
                await self._check_journal(check)
            case "as_of":
                account, _, instant = check.about.rpartition(" ")
                await self._check_balance(
                    check, account or self.default, read_instant(instant, self.now)
                )
            case _:
                await self._check_balance(check, check.about or self.default, None)

    async def _check_balance(self, check: Check, account: str, at: int | None) -> None:
        balance = await self.ledger.balance(account, at)
        scale = self._scale(account)
        expected: dict[str, object] = {}
        for word, *values in check.clauses:
            if word in ("expiring", "activating") and values[0] == "nothing":
                expected[word] = None
            elif word in ("expiring", "activating"):
                instant = read_instant(values[2], self.now)
                expected[word] = (instant, read_amount(values[0], scale))
            else:
                expected[word] = read_amount(values[0], scale)
        found = {word: getattr(balance, word) for word in expected}
        assert found == expected, f"{account}: {balance}"

    async def _check_lot(self, check: Check) -> None:
        account, seq = await self._lot(check.about)
        lot = next(each for each in await self.ledger.lots(account) if each.seq == seq)
        expected = dict.fromkeys(STATES, 0)
        for word, value in check.clauses:
            if word in STATES:
                expected[word] = read_amount(value, self._scale(account))
            else:
                assert getattr(lot, f"{word}_at") == read_instant(value, self.now), lot
        assert {state: getattr(lot, state) for state in STATES} == expected, lot

    async def _check_allocation(self, check: Check) -> None:
        account, seq = await self._transaction(check.about)
        found = await self.ledger.allocation(account, seq)
        expected = {}
        for clause in check.clauses:
            if clause[0] != "nothing":
                lot = 0 if clause[0] == "deficit" else (await self._lot(clause[0]))[1]
                expected[lot] = read_amount(clause[1], self._scale(account))
        assert found == expected

    def _check_row(self, check: Check) -> None:
        row = self.last.rows[0]
        figures = {
            "effect": row.after - row.before,
            "amount": row.amount,
            "shortfall": row.shortfall,
            "before": row.before,
            "after": row.after,
        }
        scale = self._scale(row.account)
        for word, value in check.clauses:
            assert figures[word] == read_amount(value, scale), row

    async def _check_journal(self, check: Check) -> None:
        account = check.about or self.default
        rows = await self.ledger.journal(account)
        scale = self._scale(account)
        assert len(rows) == len(check.clauses), rows
        for row, (kind, amount, *at) in zip(rows, check.clauses, strict=True):
            assert (row.kind.wire, row.amount) == (kind, read_amount(amount, scale)), rows
            assert not at or row.recorded_at == read_instant(at[1], self.now), row
        assert_unbroken(rows)

    # -- names -----------------------------------------------------------------------

    def _scale(self, account: str) -> int:
        plan = self.scenario.plan
        return plan.currencies[plan.accounts[account].currency].scale

    def _instant(self, text: str | None) -> int | None:
        return None if text is None else read_instant(text, self.now)

    async def _transaction(self, word: str) -> Where:
        """`r1`, `t1/2` (the second row of a transfer), `id:E1`, `seq:7` or `nothing`."""
        if word == "nothing":
            return self.default, NOBODY[1]
        if word.startswith("seq:"):
            return self.default, int(word[4:])
        if word.startswith("id:"):
            return await self.ledger.find(word[3:]) or (self.default, NOBODY[1])
        name, _, which = word.partition("/")
        row = self.answers[name].rows[int(which or 1) - 1]
        return row.account, row.seq

    async def _lot(self, word: str) -> Where:
        """`a1`: the lot that row a1 issued; `t1/2#3`: the third lot of the receiver's row."""
        name, _, which = word.partition("#")
        account, row = await self._transaction(name)
        made = [lot for lot in await self.ledger.lots(account) if lot.made_by == row]
        return account, made[int(which or 1) - 1].seq


def assert_unbroken(rows: list[Row]) -> None:
    """The balances of an account's rows form a chain without gaps, beginning with zero."""
    before = 0
    for place, row in enumerate(rows, 1):
        assert (row.seq, row.before) == (place, before), row
        before = row.after
