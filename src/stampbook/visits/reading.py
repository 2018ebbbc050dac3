"""Reads visits from the store, with the movements in the ledger that have paid for them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stampbook.domain.model import AccountStatus, Kind
from stampbook.ledger.journal import rows
from stampbook.programs import accounts
from stampbook.programs.accounts import Account
from stampbook.storage.store import Row, Store, Transacting
from stampbook.visits.model import UNITS, Line, LineKind, Part, Record, Visit
from stampbook.visits.movements.subjects import credit_subjects, subject_of
from stampbook.visits.promotion import Totals
from stampbook.visits.whole import FoundVisit, find, read_extra
from stampbook.visits.withdrawing import part_of, promotion_of


class Credit(NamedTuple):
    """Points that a visit has earned: the amount in force of an accrual, in hundredths, a multiple
    of `unit`, the smallest unit of the account's currency."""

    account: int
    seq: int
    promotion: int
    amount: int
    is_referral: bool
    unit: int = 1


async def get(store: Store, number: int, *, tenant: int) -> Visit | None:
    """The tenant's visit of that number, whole."""
    found = await whole(store, number, tenant=tenant)
    return None if found is None else found.visit


async def whole(store: Store, number: int, *, tenant: int) -> FoundVisit | None:
    """The tenant's visit of that number with its parts, and who is registered with it.

    The parts are read last: if anything changes in between, a later write that is guarded by the
    version fails.
    """
    known = await find(store, number, tenant=tenant)
    if known is None:
        return None
    found, units = known
    if not units:
        return found
    parts = await _parts_of(store, number, units)
    return found._replace(visit=found.visit._replace(parts=parts))


async def head(store: Store, number: int, *, tenant: int) -> Visit | None:
    """The tenant's visit of that number without its parts: for what needs only its version."""
    row = await store.fetch_one(
        """
        SELECT visit_id, version, tenant_id, program_id, location_id, member_id, attendance,
               starts_at, comment, created_at
        FROM visits JOIN guards ON subject = $3 WHERE visit_id = $1 AND tenant_id = $2
        """,
        number,
        tenant,
        subject_of(number),
    )
    if row is None:
        return None
    return Visit(
        number,
        row["version"],
        tenant,
        row["program_id"],
        row["location_id"],
        row["member_id"] or 0,
        row["attendance"],
        row["starts_at"],
        row["comment"],
        row["created_at"],
    )


class Glance(NamedTuple):
    """What a list says of a visit; `cost` in hundredths."""

    number: int
    location: int
    attendance: int
    starts_at: int
    created_at: int
    cost: int


async def newest_of(
    db: Transacting, member: int, *, program: int, tenant: int, before: int, limit: int
) -> list[Glance]:
    """The member's newest visits with a number below `before`."""
    rows = await db.fetch(
        """
        SELECT visit_id, location_id, attendance, starts_at, created_at,
               coalesce((SELECT sum(l.cost) FROM visit_lines l
                         WHERE l.visit_id = v.visit_id AND l.deleted_at IS NULL), 0) AS cost
        FROM visits v
        WHERE program_id = $1 AND member_id = $2 AND tenant_id = $3 AND visit_id < $4
        ORDER BY visit_id DESC LIMIT $5
        """,
        program,
        member,
        tenant,
        before,
        limit,
    )
    return [Glance(*(int(value) for value in row.values())) for row in map(dict, rows)]


async def visit_of_record(
    db: Transacting, record: int, *, tenant: int, deleted: bool = False
) -> int | None:
    """The visit of an appointment, also of one that is deleted if asked for."""
    row = await db.fetch_one(
        """
        SELECT r.visit_id, r.deleted_at
        FROM visit_records r JOIN visits v ON v.visit_id = r.visit_id
        WHERE r.record_id = $1 AND v.tenant_id = $2
        """,
        record,
        tenant,
    )
    if row is None or (row["deleted_at"] is not None and not deleted):
        return None
    number: int = row["visit_id"]
    return number


def record_from(row: Row) -> Record:
    """A row of `visit_records`."""
    return Record(
        row["record_id"],
        row["visit_id"],
        row["staff_id"],
        row["starts_at"],
        row["length_s"],
        row["attendance"],
        row["comment"],
        row["created_at"],
        row["changed_at"],
        row["deleted_at"] is not None,
        read_extra(row["extra"]),
    )


def line_from(row: Row) -> Line:
    """A row of `visit_lines`."""
    return Line(
        row["line_id"],
        row["record_id"],
        LineKind(row["kind"]),
        row["item_id"],
        row["title"],
        row["quantity"],
        row["first_cost"],
        row["discount"],
        row["cost"],
        row["staff_id"],
        read_extra(row["extra"]),
    )


# -- from the ledger ------------------------------------------------------------


async def accounts_of(store: Store, visit: int) -> dict[int, int]:
    """The accounts that may have paid for the visit or been credited for it, by number, each
    with its smallest unit (model.UNITS)."""
    rows = await store.fetch(
        """
        SELECT v.account_id, c.scale
        FROM visit_accounts v
        JOIN accounts a ON a.shard = v.account_id % $2 AND a.account_id = v.account_id
        JOIN currencies c ON c.currency_id = a.currency_id
        WHERE v.visit_id = $1 ORDER BY v.account_id
        """,
        visit,
        store.shards,
    )
    return {row["account_id"]: UNITS[row["scale"]] for row in rows}


async def _parts_of(store: Store, visit: int, units: Mapping[int, int]) -> tuple[Part, ...]:
    """The withdrawals in force for the visit, by account and number."""
    return tuple(
        part_of(row.account, row, amount, units[row.account])
        for row, amount in await rows.of_subjects(store, units, [subject_of(visit)])
        if row.kind is Kind.REDEEM
    )


async def credits_of(store: Store, visit: int) -> tuple[Credit, ...]:
    """The accruals in force that the visit has earned, by account and number."""
    subjects, units = credit_subjects(visit), await accounts_of(store, visit)
    return tuple(
        Credit(
            row.account,
            row.seq,
            promotion_of(row.metadata),
            amount * units[row.account],
            row.subject == subjects[1],
            units[row.account],
        )
        for row, amount in await rows.of_subjects(store, units, subjects)
        if row.kind is Kind.ACCRUE
    )


async def totals_of(
    db: Transacting, program: int, member: int, *, without_deleted: bool = False
) -> Totals:
    """What the member's visits add up to: those of the program to which the member came.

    `without_deleted`: not those of which every appointment was deleted.
    """
    found = await totals_of_all(db, program, [member], without_deleted=without_deleted)
    return found.get(member, Totals())


_HAS_RECORDS = """EXISTS (
    SELECT 1 FROM visit_records r WHERE r.visit_id = v.visit_id AND r.deleted_at IS NULL
)"""


async def totals_of_all(
    db: Transacting, program: int, members: Iterable[int], *, without_deleted: bool = False
) -> dict[int, Totals]:
    """The totals of those of the members who came at least once; see totals_of."""
    listed = ", ".join(str(int(member)) for member in members)
    if not listed:
        return {}
    rows = await db.fetch(
        f"""
        SELECT v.member_id, COUNT(*) AS visits,
               CAST(COALESCE(SUM((SELECT SUM(l.cost) FROM visit_lines l
                    WHERE l.visit_id = v.visit_id AND l.deleted_at IS NULL)), 0) AS bigint) AS sold,
               CAST(COALESCE(SUM((SELECT SUM(p.amount) FROM visit_payments p
                    WHERE p.visit_id = v.visit_id AND p.deleted_at IS NULL)), 0) AS bigint) AS paid,
               MIN(v.starts_at) AS first_at, MAX(v.starts_at) AS last_at
        FROM visits v
        WHERE v.program_id = $1 AND v.member_id IN ({listed}) AND v.attendance = 1
          {"AND " + _HAS_RECORDS if without_deleted else ""}
        GROUP BY v.member_id
        """,  # noqa: S608 - only numbers
        program,
    )
    return {
        row["member_id"]: Totals(
            row["visits"], row["sold"], row["paid"], row["first_at"], row["last_at"]
        )
        for row in rows
    }


def is_open(account: Account) -> bool:
    """Whether the account takes new movements."""
    return account.status is AccountStatus.OPEN


async def kept_cards(db: Transacting, member: int) -> list[Account]:
    """The member's accounts that are not closed, even if the member is not active."""
    return [
        each
        for each in await accounts.of_member(db, member)
        if each.status is not AccountStatus.CLOSED
    ]


async def open_cards(db: Transacting, member: int) -> list[Account]:
    """The member's accounts that take points."""
    return [each for each in await accounts.of_member(db, member) if is_open(each)]


async def first_use(db: Transacting, promotion: int) -> int | None:
    """When the promotion gave its first discount that is in force; None: it gave none."""
    row = await db.fetch_one(
        """
        SELECT MIN(created_at) AS first FROM visit_discounts
        WHERE promotion_id = $1 AND cancelled_at IS NULL
        """,
        promotion,
    )
    return None if row is None else row["first"]


async def lines_named(db: Transacting, lines: Iterable[int]) -> dict[int, Line]:
    """The lines of those numbers, also deleted ones."""
    found = {}
    for number in sorted(set(lines) - {0}):
        row = await db.fetch_one(
            """
            SELECT line_id, record_id, kind, item_id, title, quantity, first_cost, discount, cost,
                   staff_id, extra
            FROM visit_lines WHERE line_id = $1
            """,
            number,
        )
        if row is not None:
            found[number] = line_from(row)
    return found
