"""Requests over several accounts, and over rows outside the ledger, that are one atomic unit.

A caller cannot know beforehand what such a request will do: how much of an award is still in force,
say, or what a balance allows. So it gives a *plan*: a function that is run while all of the
accounts are held, on settled copies of their books, and that carries out one command after the
other and looks at what came of it. Whatever must be written outside the ledger is written in the
same commit (`Beside`), and what was read outside is guarded by versions.
"""

from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from typing import Any, NamedTuple, Protocol

from stampbook.domain.book import Book
from stampbook.domain.commands import Command
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import AccountView
from stampbook.ledger.saving import pause_after_conflict
from stampbook.ledger.work import StaleGuard
from stampbook.storage.store import Beside, Guard, Key

__all__ = [
    "Acting",
    "Beside",
    "Guard",
    "Joined",
    "Joint",
    "JointRefused",
    "Known",
    "LongPlan",
    "Plan",
    "Planned",
    "by_account",
    "join_anew",
    "with_result",
]

MAX_BUILDS = 40
"""How often a request is built anew when what it rests on has moved. Requests that meet at one
guard go one after the other, so this is how many of them may come at once from other processes."""


class Acting(Protocol):
    """The accounts of a joint request, while they are held."""

    @property
    def now(self) -> int:
        """The instant at which everything is decided."""

    def book(self, account: int) -> Book:
        """The account's book, settled, with what the plan has done so far. Do not change it, and
        look at it before the next book is asked for: what it lacks is loaded, and the plan is run
        again.

        Raises JointRefused for an account that is not the tenant's.
        """

    def do(self, account: int, command: Command) -> Sequence[Transaction]:
        """Carry the command out. Returns its rows, those of this account first; no row if there
        was nothing to do: what it cancels was cancelled before.

        Raises JointRefused; nothing of the command has happened then, and the plan may go on.
        """

    def hand_over(self, account: int, into: int) -> tuple[Sequence[Transaction], AccountView]:
        """Let all that the account has open pass over to the other one, which takes over from it
        (domain.decisions.merging). Returns the rows of both, and the other one after them.

        `into` 0 is an account that would be opened: only dry runs may ask for it.
        """

    def take_back(self, account: int, into: int) -> tuple[Sequence[Transaction], AccountView]:
        """Let all that has passed over come back. Raises JointRefused: the plan must not go on."""

    def forfeit(self, account: int) -> Sequence[Transaction]:
        """Let all that the account has open end (domain.decisions.forfeiting). Returns its rows."""


class Planned(NamedTuple):
    """What a plan has worked out: the caller's result, and what is written with it.

    `names` are the external ids that its rows take in their program, each with 16 bytes by which a
    repeat can be recognised. A row whose external id is not among them takes none.
    """

    result: Any
    beside: tuple[Beside, ...] = ()
    names: Mapping[str, bytes] = {}


Plan = Callable[[Acting], Planned]
"""It may be run several times, and on a thread: it must depend on nothing but `Acting` and on what
the guards protect, and change nothing else."""


LongPlan = Callable[[Acting], Generator[None, None, Planned]]
"""The same for a plan with hundreds of commands. Where it yields, the event loop serves others, so
it must do so after every few commands."""


class Joint(NamedTuple):
    """One request. `accounts` are all that the plan may touch; they exist.

    `guards` are versions of what was read outside the ledger before, 0 for a guard that was never
    written; each grows by one. What they guard is the request's own: its movements come back in
    force (by the cancel of a cancel) without asking the ledger's guardian. `keys` are idempotency
    keys that no movement may have taken.
    `dry_run`: the plan is run, and nothing is written. `foreseen` are rows of the accounts, by
    account, that the plan is known to look at: they are loaded with the accounts, at once.
    """

    tenant: int
    accounts: tuple[int, ...]
    plan: Plan | LongPlan
    guards: tuple[Guard, ...] = ()
    keys: tuple[Key, ...] = ()
    dry_run: bool = False
    foreseen: Mapping[int, Collection[int]] = {}


def by_account(rows: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    """Rows (account, number) as `Joint.foreseen` takes them."""
    found: dict[int, set[int]] = {}
    for account, seq in rows:
        found.setdefault(account, set()).add(seq)
    return found


class Joined(NamedTuple):
    """The plan's result, and the rows that it wrote, by account."""

    result: Any
    rows: Mapping[int, Sequence[Transaction]]


class JointRefused(Exception):
    """A command was refused. `account` is 0 where the refusal is not of an account."""

    def __init__(self, account: int, refusal: Refusal) -> None:
        super().__init__(account, refusal)
        self.account = account
        self.refusal = refusal


class Known(NamedTuple):
    """Instead of a joint request: the result is known without one, since it repeats an earlier
    request, for instance."""

    result: Any


def with_result(built: Joint | Known, make: Callable[[Any], Any]) -> Joint | Known:
    """The same request with what `make` makes of its result, such as an answer."""
    if isinstance(built, Known):
        return Known(make(built.result))
    plan = built.plan

    def planning(acting: Acting) -> Planned:
        planned = plan(acting)
        assert isinstance(planned, Planned), "long plans answer no requests"
        return planned._replace(result=make(planned.result))

    return built._replace(plan=planning)


async def join_anew(
    join: Callable[[Joint], Awaitable[Joined]], build: Callable[[], Awaitable[Joint | Known]]
) -> Joined:
    """Build a joint request and carry it out; build it anew when what it rests on has moved.

    `build` reads all of that, the guards' versions first. Raises JointRefused (OVERLOADED when
    others keep changing it), and whatever `build` raises.
    """
    for attempt in range(MAX_BUILDS):
        built = await build()
        if isinstance(built, Known):
            return Joined(built.result, {})
        try:
            return await join(built)
        except StaleGuard:
            await pause_after_conflict(attempt)
    refusal = Refusal(Code.OVERLOADED, "others keep changing what this request rests on; try again")
    raise JointRefused(0, refusal)
