"""The rows of each kind of export, one after the other. Whatever they tell of points is settled,
and as it was at one instant: the one at which the export began."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, NamedTuple

from msgspec import to_builtins
from msgspec.json import decode

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.audit.wire import AuditShape, audit_shape
from stampbook.dialects.native.events.printing import print_events
from stampbook.dialects.native.exports.holders import (
    AT_ONCE,
    Holder,
    described,
    holders,
    metadata_columns,
    naming,
    with_accounts,
)
from stampbook.dialects.native.loyalty.orders import gathered
from stampbook.dialects.native.loyalty.wire.order_answers import order_shape
from stampbook.dialects.native.loyalty.wire.orders import OrderShape
from stampbook.dialects.native.wire.transactions import STATE_WORDS
from stampbook.domain.model import FOREVER, Kind, Transaction, transaction_number
from stampbook.domain.windows import expiry_of
from stampbook.events import feed, types
from stampbook.events.places import START, Cursor, before_instant, end_of
from stampbook.files.kinds import Exported
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal import rows as journal
from stampbook.loyalty.orders import storing
from stampbook.programs import audit_pages
from stampbook.programs.audit_pages import Wanted
from stampbook.programs.programs import Program
from stampbook.programs.roles import Role
from stampbook.storage.outbox.reading import pruned_upto
from stampbook.storage.store import Transacting

Row = Mapping[str, Any]


COLUMNS: Final = {
    Exported.MEMBERS: (
        "external_id", "phone", "email", "name", "status", "created_at", "card_number", "currency",
    ),
    Exported.ACCOUNTS: (
        "account_id", "member_id", "external_id", "phone", "email", "card_number", "currency",
        "status", "active", "pending", "held", "total", "deficit", "created_at",
    ),
    Exported.LOTS: (
        "external_id", "phone", "email", "card_number", "currency", "amount", "lot_id",
        "issued_at", "activates_at", "expires_at",
    ),
    Exported.TRANSACTIONS: (
        "member_external_id", "phone", "email", "card_number", "currency", "external_id", "type",
        "amount", "at", "activates_at", "expires_at", "cancels", "reason",
    ),
    Exported.POSTINGS: (
        "account_id", "transaction_id", "at", "currency", "lot_id", "from", "to", "amount",
    ),
    Exported.ORDERS: OrderShape.__struct_fields__,
    Exported.EVENTS: (
        "id", "type", "timestamp", "program_id", "member_id", "account_id", "sequence", "data",
    ),
    Exported.AUDIT: AuditShape.__struct_fields__,
}  # fmt: skip
"""The columns of each kind; those of members' metadata follow."""

TYPES: Final = {Kind.ADJUST_CREDIT: "adjust", Kind.ADJUST_DEBIT: "adjust"}


class Export(NamedTuple):
    """One export. `at` is its instant; `since` and `until` bound transactions, postings, orders,
    events and the audit log by when they were recorded. `reached` is called with how many of the
    members are done."""

    ledger: Ledger
    program: Program
    at: int
    since: int = 0
    until: int = FOREVER
    reached: Callable[[int, int], object] = lambda done, of: None

    @property
    def last(self) -> int:
        """The last instant that counts."""
        return min(self.at, self.until - 1)

    def has(self, instant: int) -> bool:
        return self.since <= instant <= self.last


async def columns(db: Transacting, export: Export, kind: Exported) -> tuple[str, ...]:
    """The columns of a file of that kind."""
    more: list[str] = []
    if kind is Exported.MEMBERS:
        more = await metadata_columns(db, export.program.program_id)
    return (*COLUMNS[kind], *more)


def rows(db: Transacting, export: Export, kind: Exported) -> AsyncIterator[Row]:
    """The rows of that kind. `db` is a snapshot, from which members and accounts are read."""
    return _ROWS[kind](db, export)


async def _members(db: Transacting, export: Export) -> AsyncIterator[Row]:
    """A member with several cards has a row for each."""
    async for member, owned in with_accounts(db, export.program.program_id, export.reached):
        row = described(member)
        numbered = [each for each in owned if each.account.number is not None]
        if not numbered:
            yield row
        for card in numbered:
            yield {**row, "card_number": card.account.number, "currency": card.currency.code}


async def _accounts(db: Transacting, export: Export) -> AsyncIterator[Row]:
    async for account, member, currency in holders(
        db, export.program.program_id, export.reached, with_deleted=True
    ):
        found = await export.ledger.balance(
            account.account_id, tenant=account.tenant_id, at=export.at
        )
        assert found is not None
        yield {
            "account_id": ids.write(ids.ACCOUNT, account.account_id),
            "member_id": ids.write(ids.MEMBER, member.member_id),
            **naming(member),
            "card_number": account.number,
            "currency": currency.code,
            "status": account.status.name.lower(),
            **{
                name: amounts.write(getattr(found[1], name), currency.scale)
                for name in ("active", "pending", "held", "total", "deficit")
            },
            "created_at": instants.write(account.created_at),
        }


async def _lots(db: Transacting, export: Export) -> AsyncIterator[Row]:
    """What is left of each lot; what is held of it counts. A deficit is a row below zero."""
    async for holder in holders(db, export.program.program_id, export.reached):
        account, currency = holder.account, holder.currency
        book = await export.ledger.read(account.account_id, tenant=account.tenant_id, at=export.at)
        assert book is not None
        named = {
            **naming(holder.member), "card_number": account.number, "currency": currency.code,
        }  # fmt: skip
        dated = {key[1] for key in book.waiting.keys}
        for number in sorted(book.open_lots):
            lot = book.lots[number]
            amount = lot.available + lot.pending + lot.held
            expires_at = expiry_of(lot, book.slides_at, book.slid_at)
            if expires_at <= export.at:
                # What is still held expires as soon as it is released; what waits for an event or
                # a commit is pending until then.
                amount = lot.pending
            # No date makes these points available, whatever the date of a temporary accrual is.
            waits = lot.pending and number not in dated
            if amount:
                accrual = await journal.row(export.ledger.store, account.account_id, lot.accrued_by)
                assert accrual is not None
                yield {
                    **named,
                    "amount": amounts.write(amount, currency.scale),
                    "lot_id": _lot(account.account_id, lot.seq),
                    "issued_at": instants.write(accrual.effective_at),
                    "activates_at": "never" if waits else _date(lot.activates_at),
                    "expires_at": _date(expires_at),
                }
        # What a hold lacks is owed by nobody once the hold is gone, which is not exported.
        owed = book.owed - book.owed_held
        if owed:
            yield {**named, "amount": amounts.write(-owed, currency.scale), "expires_at": "never"}


def _date(instant: int) -> str:
    return instants.write_date(instant) or "never"


async def _journal(db: Transacting, export: Export) -> AsyncIterator[tuple[Holder, Transaction]]:
    """The rows of all accounts up to the export's instant, in order."""
    async for holder in holders(db, export.program.program_id, export.reached, with_deleted=True):
        after, account = 0, holder.account.account_id
        while page := await export.ledger.store.journal(account, after=after, limit=AT_ONCE):
            for row in page:
                if row.recorded_at > export.last:
                    break
                yield holder, row
            else:
                after = page[-1].seq
                continue
            break


async def _transactions(db: Transacting, export: Export) -> AsyncIterator[Row]:
    names: dict[int, str] = {}
    of = 0
    async for holder, row in _journal(db, export):
        if row.account != of:
            of, names = row.account, {}
        if row.external_id is not None:
            names[row.seq] = row.external_id
        if not export.has(row.recorded_at):
            continue
        named, scale = naming(holder.member), holder.currency.scale
        external_id = named.pop("external_id")
        sign = -1 if row.kind is Kind.ADJUST_DEBIT else 1
        lot = row.terms[0] if row.terms else None
        target = row.target if row.kind is Kind.CANCEL else 0
        yield {
            "member_external_id": external_id,
            **named,
            "card_number": holder.account.number,
            "currency": holder.currency.code,
            "external_id": row.external_id or ids.write(ids.TRANSACTION, row.number),
            "type": TYPES.get(row.kind, row.kind.wire),
            "amount": amounts.write(sign * row.amount, scale),
            "at": instants.write(row.effective_at),
            "activates_at": None if lot is None else _date(lot.activates_at),
            "expires_at": None if lot is None else _date(lot.expires_at),
            "cancels": None if not target else names.get(target, _transaction(row.account, target)),
            "reason": row.reason,
        }


async def _postings(db: Transacting, export: Export) -> AsyncIterator[Row]:
    async for holder, row in _journal(db, export):
        if not export.has(row.recorded_at):
            continue
        for each in row.postings:
            yield {
                "account_id": ids.write(ids.ACCOUNT, row.account),
                "transaction_id": ids.write(ids.TRANSACTION, row.number),
                "at": instants.write(row.recorded_at),
                "currency": holder.currency.code,
                "lot_id": _lot(row.account, each.lot) if each.lot else None,
                "from": STATE_WORDS[each.source],
                "to": STATE_WORDS[each.target],
                "amount": amounts.write(each.amount, holder.currency.scale),
            }


async def _audit(db: Transacting, export: Export) -> AsyncIterator[Row]:
    """Of this program, newest first."""
    before = None
    wanted = Wanted(since=export.since, until=export.last + 1, of_programs=True)
    while page := await audit_pages.page(
        db, tenant=export.program.tenant_id, wanted=wanted, before=before, limit=AT_ONCE
    ):
        for each in page:
            if each.program_id == export.program.program_id:
                yield to_builtins(audit_shape(each))
        before = page[-1].number


async def _orders(db: Transacting, export: Export) -> AsyncIterator[Row]:
    """Newest first, each with its lines, awards, payments and refunds."""
    before = None
    program = export.program
    while page := await storing.page(
        db, tenant=program.tenant_id, program=program.program_id, before=before, limit=AT_ONCE
    ):
        for each in page:
            if export.has(each.created_at):
                yield to_builtins(order_shape(await gathered(db, each)))
        before = page[-1].number


async def _events(db: Transacting, export: Export) -> AsyncIterator[Row]:
    """Those that a manager of the program sees, in the order of the feed."""
    store, tenant = export.ledger.store, export.program.tenant_id
    wanted = feed.Wanted(
        tenant,
        frozenset({export.program.program_id}),
        types=frozenset(types.TYPES) & types.seen_by(Role.MANAGER),
    )
    end = await end_of(store)
    place = START if export.since <= 0 else await before_instant(store, export.since)
    while place.done or place.key < end.key:
        # Old events can be deleted meanwhile: they are not in the file, which goes on.
        cursor = Cursor(place, max(export.since, 0), await pruned_upto(store, tenant))
        page = await feed.read(store, wanted, cursor, limit=AT_ONCE)
        found = [each for each in page.events if export.has(each.at)]
        for text in await print_events(store, found, tenant=tenant):
            yield decode(text)
        place = page.cursor.place
        if not page.more:
            return


def _lot(account: int, seq: int) -> str:
    return ids.write(ids.LOT, transaction_number(account=account, seq=seq))


def _transaction(account: int, seq: int) -> str:
    return ids.write(ids.TRANSACTION, transaction_number(account=account, seq=seq))


_ROWS: Final = {
    Exported.MEMBERS: _members,
    Exported.ACCOUNTS: _accounts,
    Exported.LOTS: _lots,
    Exported.TRANSACTIONS: _transactions,
    Exported.POSTINGS: _postings,
    Exported.ORDERS: _orders,
    Exported.EVENTS: _events,
    Exported.AUDIT: _audit,
}
