"""What a person may do by themselves: limits on amounts, and what needs a second person.

It is judged in the ledger, with the rows that an act would write, whichever API it came by. What a
person has done on a day is kept in `user_days`, whose row is written with the act, so that two acts
at once cannot both use what is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from stampbook.domain.book import Book
from stampbook.domain.decisions.passing import is_passing
from stampbook.domain.model import MAX_AMOUNT, MICROSECONDS, Kind, Transaction, transaction_number
from stampbook.domain.refusals import Code, Refusal
from stampbook.programs import auditing
from stampbook.programs.faults import Invalid
from stampbook.programs.users import note_rights
from stampbook.storage.store import Beside, Transacting

UNDOING: Final = (Kind.CANCEL, Kind.RELEASE)

COUNT: Final = """
    INSERT INTO user_days (user_id, currency_id, day, used) VALUES ($1, $2, $3, $4)
    ON CONFLICT (user_id, currency_id) DO UPDATE SET day = excluded.day, used = excluded.used
    WHERE user_days.day = $5 AND user_days.used = $6
"""
"""What the person has done on the day; touches no row if that is no longer what was read."""

NO_DAY: Final = 0

NOTHING: Final[Mapping[int, int]] = {}


class AmountLimit(NamedTuple):
    """What a person may move of a currency (smallest units) in one act, and on one day."""

    currency: int
    per_transaction: int | None = None
    per_day: int | None = None


class Used(NamedTuple):
    """What the person has done of a currency on a day (its number in the calendar)."""

    day: int
    amount: int


NOTHING_USED: Final = Used(NO_DAY, 0)


class Bounds:
    """Judges what one person does (ledger.origin.Overseer); see the module.

    `approval_above`: acts of more than that need a second person, by currency. `zones` are the time
    zones of the currencies' programs. An act that `approver` has approved needs no further one, but
    must be within the approver's limits, too.
    """

    def __init__(
        self,
        db: Transacting,
        user: int,
        limits: Mapping[int, AmountLimit],
        approval_above: Mapping[int, int],
        zones: Mapping[int, str],
        approver: "Bounds | None" = None,
    ) -> None:
        self._db = db
        self.user = user
        self.limits = limits
        self.approval_above = approval_above
        self.zones = zones
        self.approver = approver

    @classmethod
    def approved(
        cls, db: Transacting, user: int, own: "Bounds | None", approver: "Bounds | None"
    ) -> "Bounds":
        """What judges an act of the user that another person has approved; each of both may be
        bound by nothing."""
        if own is None:
            return cls(db, user, {}, {}, {}, approver)
        return cls(db, user, own.limits, {}, own.zones, approver)

    @property
    def binds(self) -> bool:
        """Whether anything is to be judged at all."""
        return bool(self.limits or self.approval_above) or (
            self.approver is not None and self.approver.binds
        )

    async def prepare(self, now: int) -> "Judging | None":
        """See ledger.origin.Overseer."""
        if not self.binds:
            return None
        over = None if self.approver is None else await self.approver.prepare(now)
        return Judging(self, await self._used(), now, over)

    async def _used(self) -> Mapping[int, Used]:
        if not any(each.per_day is not None for each in self.limits.values()):
            return {}
        rows = await self._db.fetch(
            "SELECT currency_id, day, used FROM user_days WHERE user_id = $1", self.user
        )
        return {row["currency_id"]: Used(row["day"], row["used"]) for row in rows}


class Judging:
    """What a person may do in one request (ledger.origin.Overseeing)."""

    def __init__(
        self, bounds: Bounds, used: Mapping[int, Used], now: int, approver: "Judging | None"
    ) -> None:
        self._bounds = bounds
        self._used = used
        self._now = now
        self._approver = approver

    def judge(
        self, acts: Sequence[Sequence[tuple[Book, Sequence[Transaction]]]]
    ) -> Refusal | tuple[Beside, ...]:
        """See ledger.origin.Overseeing. A limit is judged before the need of a second person."""
        amounts = [self._amounts(act) for act in acts]
        return self.objection(amounts) or self.counted(amounts)

    def objection(
        self, amounts: Sequence[Mapping[int, int]], before: Mapping[int, int] = NOTHING
    ) -> Refusal | None:
        """Why acts of these amounts, by currency, may not be, after others (`before`) that are not
        counted yet."""
        refusal = self._over(amounts, before)
        if refusal is None and self._approver is not None:
            refusal = self._approver._over(amounts, before)
        if refusal is not None:
            return refusal
        for act in amounts:
            for currency, amount in act.items():
                if amount > self._bounds.approval_above.get(currency, MAX_AMOUNT):
                    return Refusal(Code.APPROVAL_REQUIRED, "another person must approve the amount")
        return None

    def _amounts(self, act: Iterable[tuple[Book, Sequence[Transaction]]]) -> dict[int, int]:
        """What the act moves of each currency; a transfer counts once, a commit of what the person
        held and the undo of what they did on the same day not at all."""
        amounts: dict[int, int] = {}
        seen: set[int] = set()
        for book, rows in act:
            for row in rows:
                seen.add(transaction_number(account=row.account, seq=row.seq))
                if row.peer in seen or is_passing(row) or self._is_counted(book, row):
                    continue
                amounts[book.currency] = amounts.get(book.currency, 0) + row.amount
        return amounts

    def _is_counted(self, book: Book, row: Transaction) -> bool:
        """Whether the points counted when the person moved them before: it commits what they held,
        on whatever day, or undoes what they did today."""
        target = book.rows.get(row.target)
        if target is None or target.who.user_id != self._bounds.user:
            return False
        same_day = self._day(book.currency, target.recorded_at) == self._today(book.currency)
        return row.kind is Kind.COMMIT or (row.kind in UNDOING and same_day)

    def _over(
        self, amounts: Sequence[Mapping[int, int]], before: Mapping[int, int]
    ) -> Refusal | None:
        """The first limit that the acts exceed."""
        total = dict(before)
        for act in amounts:
            for currency, amount in act.items():
                limit = self._bounds.limits.get(currency)
                if limit is None:
                    continue
                if limit.per_transaction is not None and amount > limit.per_transaction:
                    return _exceeded("one act", limit.per_transaction, 0, amount)
                used = self._of_today(currency) + total.get(currency, 0)
                if limit.per_day is not None and used + amount > limit.per_day:
                    return _exceeded("one day", limit.per_day, used, amount)
                total[currency] = total.get(currency, 0) + amount
        return None

    def counted(self, amounts: Sequence[Mapping[int, int]]) -> tuple[Beside, ...]:
        """What is to be written with acts of these amounts."""
        total: dict[int, int] = {}
        for act in amounts:
            for currency, amount in act.items():
                limit = self._bounds.limits.get(currency)
                if limit is not None and limit.per_day is not None:
                    total[currency] = total.get(currency, 0) + amount
        rows = []
        for currency, amount in sorted(total.items()):
            read, used = self._used.get(currency, NOTHING_USED), self._of_today(currency)
            today = self._today(currency)
            rows.append((self._bounds.user, currency, today, used + amount, *read))
        return (Beside(COUNT, rows),) if rows else ()

    def _of_today(self, currency: int) -> int:
        used = self._used.get(currency, NOTHING_USED)
        return used.amount if used.day == self._today(currency) else 0

    def _today(self, currency: int) -> int:
        return self._day(currency, self._now)

    def _day(self, currency: int, instant: int) -> int:
        """The calendar's day in the time zone of the currency's program."""
        zone = ZoneInfo(self._bounds.zones.get(currency, "UTC"))
        moment = datetime.fromtimestamp(instant // MICROSECONDS, UTC)
        return moment.astimezone(zone).toordinal()


def _exceeded(of: str, limit: int, used: int, asked: int) -> Refusal:
    return Refusal(
        Code.LIMIT_EXCEEDED, f"the person's limit of {of} is exceeded", figures=(limit, used, asked)
    )


async def bounds_of(db: Transacting, user: int, *, tenant: int) -> Bounds | None:
    """What judges the person's acts; None if they may do anything that their role allows."""
    rows = await db.fetch(
        """
        SELECT c.currency_id, p.timezone, o.approval_above, l.per_transaction, l.per_day
        FROM currencies c
        JOIN programs p ON p.program_id = c.program_id
        LEFT JOIN currency_options o ON o.currency_id = c.currency_id
        LEFT JOIN user_amount_limits l ON l.currency_id = c.currency_id AND l.user_id = $1
        WHERE c.tenant_id = $2
          AND (o.approval_above IS NOT NULL OR l.user_id IS NOT NULL)
        ORDER BY c.currency_id
        """,
        user,
        tenant,
    )
    if not rows:
        return None
    limits, above, zones = {}, {}, {}
    for row in rows:
        currency = row["currency_id"]
        zones[currency] = row["timezone"]
        if row["approval_above"] is not None:
            above[currency] = row["approval_above"]
        if row["per_transaction"] is not None or row["per_day"] is not None:
            limits[currency] = AmountLimit(currency, row["per_transaction"], row["per_day"])
    return Bounds(db, user, limits, above, zones)


async def amount_limits_of(db: Transacting, user: int) -> tuple[AmountLimit, ...]:
    """The person's limits by currency."""
    rows = await db.fetch(
        """
        SELECT currency_id, per_transaction, per_day FROM user_amount_limits
        WHERE user_id = $1 ORDER BY currency_id
        """,
        user,
    )
    return tuple(
        AmountLimit(row["currency_id"], row["per_transaction"], row["per_day"]) for row in rows
    )


async def set_amount_limits(
    writing: Transacting, user: int, limits: Sequence[AmountLimit], *, tenant: int, now: int
) -> None:
    """Replace the person's limits; the currencies are the tenant's, which the caller has checked.

    A new limit of a day counts what is done from then on. Writes; raises Invalid.
    """
    named = [each.currency for each in limits]
    if len(set(named)) != len(named):
        raise Invalid("limits", "must name each currency once")
    for each in limits:
        for amount in (each.per_transaction, each.per_day):
            if amount is not None and not 0 <= amount <= MAX_AMOUNT:
                raise Invalid("limits", "must be between 0 and 9 * 10^15 smallest units")

    async def told(db: Transacting) -> dict[str, object]:
        return {"limits": [each._asdict() for each in await amount_limits_of(db, user)]}

    await auditing.watch(writing, auditing.USER, user, told, tenant=tenant, now=now, part="limits")
    await writing.execute("DELETE FROM user_amount_limits WHERE user_id = $1", user)
    for each in limits:
        await writing.execute(
            """
            INSERT INTO user_amount_limits (user_id, currency_id, per_transaction, per_day)
            VALUES ($1, $2, $3, $4)
            """,
            user,
            *each,
        )
    await note_rights(writing, user)
