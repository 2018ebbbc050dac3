"""The steps of a random history: what hypothesis and the walks choose among.

Each looks at the model to find a target, so that most requests are meant well.
"""

from __future__ import annotations

from typing import Any

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
from stampbook.domain.model import MAX_AMOUNT, AccountStatus, Kind
from stampbook.domain.policy import ExpiredRestore, Policy, SpentAccrual
from tests.laws.histories import DAY, START
from tests.ledgers.seen import AccountPlan, Plan
from tests.model.comparing import Asked, Comparison
from tests.model.points import GIVING, TAKING, Entry

NO_ROW = Entry(0, Kind.RELEASE, 0, 0, 0)


def plan_for(policies: tuple[Policy, Policy]) -> Plan:
    """An account of each of two members, in currencies of their own."""
    return Plan(
        dict(zip(("first", "second"), policies, strict=True)),
        {"a": AccountPlan("ann", "first"), "b": AccountPlan("bob", "second")},
    )


class Steps:
    """Carries out steps on two ledgers with the accounts `a` and `b`.

    `watched`: everything visible is compared after each step, not only when somebody asks.
    """

    def __init__(self, both: Comparison, *, watched: bool = True) -> None:
        self.both = both
        self.watched = watched
        self.done: list[Asked] = []
        """What was not refused."""

    async def begin(self) -> None:
        await self.both.found()
        self.both.set_clock(START)

    async def answers(self) -> None:
        await self.both.answers()

    async def compare(self) -> None:
        await self.both.compare()

    async def look(self) -> None:
        if self.watched:
            await self.both.compare()

    # -- operations -----------------------------------------------------------------
    # There are few, with choices inside, because hypothesis sometimes omits whole rules.

    async def earn(
        self,
        account: str,
        how: str,
        amount: int,
        starts: int | None,
        lasts: int | None,
        back: int,
        whole: bool,
        timeout_s: int,
    ) -> None:
        command = self.accrual(amount, starts, lasts, back, whole=whole)
        if how == "temporary":
            command = command._replace(temporary=True, timeout_s=timeout_s)
        elif how == "adjust":
            command = Accrue(amount, kind=Kind.ADJUST_CREDIT)
        await self.submit(account, command)

    async def spend(self, account: str, how: str, amount: int, timeout_s: int) -> None:
        if how == "hold":
            await self.submit(account, Hold(amount, timeout_s=timeout_s))
        else:
            kind = Kind.ADJUST_DEBIT if how == "adjust" else Kind.REDEEM
            await self.submit(account, Redeem(amount, kind=kind))

    async def end_what_is_temporary(
        self, account: str, release: bool, place: int, part: int | None
    ) -> None:
        rows = self.both.world.accounts[account].rows.values()
        open_ones = [row.n for row in rows if row.standing == "temporary"]
        targets = open_ones or [row.n for row in rows if row.temporary]
        if targets:
            target = targets[-1 - place % len(targets)]
            await self.submit(account, Release(target) if release else Commit(target, part))

    async def cancel(self, account: str, what: str, place: int, part: int | None) -> None:
        """Cancel an earlier row; one of the newest cancels, so that chains grow long."""
        rows = self.both.world.accounts[account].rows.values()
        if what == "newest":
            what, place = "cancels", place % 4
        targets = [
            row.n
            for row in rows
            if what == "anything"
            or (
                (what == "cancels") == (row.kind is Kind.CANCEL)
                and row.kind in (*GIVING, *TAKING, Kind.CANCEL)
            )
        ]
        if targets:
            await self.submit(account, Cancel(targets[-1 - place % len(targets)], part))

    async def act_by_hand(self, account: str, what: str, place: int, amount: int) -> None:
        naive = self.both.world.accounts[account]
        if what == "reinstate":
            dead = [lot for lot in naive.lots if naive.sum("expired", lot)]
            if dead:
                lot = dead[-1 - place % len(dead)]
                await self.submit(account, Accrue(amount, kind=Kind.REINSTATE, reinstates=lot))
            return
        kinds = (*GIVING, Kind.COMMIT) if what != "wrong" else tuple(Kind)
        targets = [row.n for row in naive.rows.values() if row.kind in kinds] or [7]
        target = targets[-1 - place % len(targets)]
        if what == "only pending" and naive.rows.get(target, NO_ROW).kind in GIVING:
            await self.submit(account, Cancel(target, only_pending=True))
        elif what == "expire":
            await self.submit(account, Expire(target))
        else:
            await self.submit(account, Activate(target))

    async def ask_wrongly(
        self, account: str, verb: type[Any], flaw: str, place: int, status: AccountStatus
    ) -> None:
        """A request that is wrong in itself, whatever the state of the account."""
        naive = self.both.world.accounts[account]
        amount = {"nothing": 0, "too much": MAX_AMOUNT + 1, "other": 7}.get(flaw)
        note = Note(
            effective_at=max(self.both.now, naive.clock) + 1 if flaw == "tomorrow" else None
        )
        if verb in (Redeem, Hold):
            command: Command = verb(1 if amount is None else amount, note=note)
        elif verb in (Commit, Cancel):
            command = verb(len(naive.rows) - place, amount, note=note)
        else:
            command = verb(len(naive.rows) - place, note=note)
        await self.both.set_account(account, status)
        await self.submit(account, command)
        await self.both.set_account(account, AccountStatus.OPEN)

    async def transfer(self, amount: int, there: bool) -> None:
        source, receiver = ("a", "b") if there else ("b", "a")
        await self.both.transfer(source, receiver, amount)
        await self.look()

    # -- time and circumstances --------------------------------------------------------

    async def wait(self, hours: int | None, off: int, account: str, which: int) -> None:
        """Wait some hours (0: until midnight), or until something is due, or a microsecond off."""
        now = self.both.now
        if hours is not None:
            await self.to(now + hours * DAY // 24 if hours else now + DAY - now % DAY)
            return
        due = sorted({at for at, _, _ in self.both.world.accounts[account].due() if at > now})
        if due:
            await self.to(due[which % len(due)] + off)

    async def meddle(self, account: str, forget: bool) -> None:
        """Do something that must change nothing: a pass of the worker, or clearing the memory."""
        await (self.both.forget(account) if forget else self.both.settle(account))

    async def be_barred(self, account: str, status: AccountStatus, amount: int, place: int) -> None:
        """Both refuse the same while the member is inactive or the account closed."""
        await self.both.set_account(account, status)
        await self.spend(account, "hold", amount, 86_400)
        await self.cancel(account, "originals", place, None)
        await self.earn(account, "accrue", amount, None, None, 0, False, 0)
        await self.both.set_account(account, AccountStatus.OPEN)

    async def change_policy(
        self, currency: str, spent: SpentAccrual, grace_days: int, overdraft: int
    ) -> None:
        account = "a" if currency == "first" else "b"
        policy = self.both.world.accounts[account].policy._replace(
            spent_accrual=spent,
            expired_restore=ExpiredRestore.GRACE if grace_days else ExpiredRestore.EXPIRE,
            grace_s=grace_days * 86_400,
            overdraft=overdraft,
        )
        # Settle what is due by the old rules: the docs do not cover a late worker.
        await self.both.settle(account)
        await self.both.set_policy(currency, policy)

    async def ask_again(self, place: int, dry: bool, amount: int, account: str) -> None:
        """The same request with the same key, or first a dry run: the same answer, one effect."""
        if dry:
            await self.rehearse(account, amount, place)
        elif self.done:
            asked = self.done[-1 - place % len(self.done)]
            again = asked.expected._replace(replayed=True)
            await self.both.ask(asked._replace(expected=again))
            await self.look()

    async def rehearse(self, account: str, amount: int, place: int) -> None:
        """A dry run answers what would happen, and changes nothing."""
        rows = self.both.world.accounts[account].rows
        command: Command = Redeem(amount)
        if rows and place % 2:
            command = Cancel(len(rows) - place % len(rows))
        key = self.key(account)
        answer = await self.both.rehearse(account, command, key=key)
        self.note(Asked(account, command, answer, key))
        await self.look()

    # -- how ---------------------------------------------------------------------------

    def accrual(
        self, amount: int, starts: int | None, lasts: int | None, back: int, *, whole: bool
    ) -> Accrue:
        """An accrual with dates in days from now, so that whole days tie with other dates."""
        now = self.both.now
        activates = None if starts is None else now + starts * DAY
        expires = None
        if lasts is not None:
            expires = (activates or now) + lasts * DAY + (0 if whole and lasts else DAY // 2)
        note = Note(effective_at=now - back * DAY if back else None)
        return Accrue(amount, activates_at=activates, expires_at=expires, note=note)

    def key(self, account: str) -> str:
        """The next key. That of a refused request comes again, but not for another account, where
        both might be decided at the same moment."""
        return f"{account}-{len(self.done)}"

    async def submit(self, account: str, command: Command) -> None:
        key = self.key(account)
        self.note(Asked(account, command, await self.both.submit(account, command, key=key), key))
        await self.look()

    def note(self, asked: Asked) -> None:
        if asked.expected.refused is None:
            self.done.append(asked)

    async def to(self, instant: int) -> None:
        if instant > self.both.now:
            await self.answers()
            self.both.set_clock(instant)
            await self.look()
