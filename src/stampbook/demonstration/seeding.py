"""Fills an empty database with the demo: one tenant, one key, one user, three programs.

The chain of coffee houses has a visit that a card has partly paid for. The points program has a
card with points that become available in a month. The club has a redemption in force.
"""

from secrets import token_urlsafe
from typing import Final, NamedTuple

from stampbook.domain.commands import Accrue, Note, Redeem
from stampbook.domain.model import Transaction
from stampbook.domain.policy import PendingRule, PendingType, Period, Unit
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.programs import accounts, api_keys, currencies, members, programs, users
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.people import passwords, sessions
from stampbook.programs.policies import Terms
from stampbook.programs.programs import Program
from stampbook.programs.roles import Role
from stampbook.programs.tenants import DEFAULT_TENANT
from stampbook.storage.store import Transacting
from stampbook.visits import attempting, cards, editing, locations, paying, recording
from stampbook.visits.model import Attendance, Line, LineKind, Location, Record, Visit
from stampbook.visits.withdrawing import Ask

TIMEZONE: Final = "Europe/Berlin"
LOGIN: Final = "owner@coffee.example"
EMAIL: Final = "ada@coffee.example"
PENDING_DAYS: Final = 30
HOUR_S: Final = 3_600
MINUTE: Final = 60_000_000


class Access(NamedTuple):
    """The credentials: the key, and the user with their token."""

    api_key_id: int
    secret: str
    login: str
    password: str
    user_token: str


class CoffeeHouse(NamedTuple):
    """The chain, its guest and the visit; `account` is the guest's card, `paid_by` are the places
    of the redemptions that paid for the visit in its journal."""

    program: int
    location: int
    member: int
    account: int
    record: int
    visit: int
    paid_by: tuple[int, ...]


class Holding(NamedTuple):
    """A member's account in a program, and the transaction that matters there."""

    program: int
    currency: int
    member: int
    account: int
    transaction: Transaction
    code: str


class Demo(NamedTuple):
    """Everything that was created."""

    access: Access
    coffee: CoffeeHouse
    points: Holding
    club: Holding
    wallet: Holding


async def seed(ledger: Ledger) -> Demo:
    """Create everything. The database must be empty."""
    access = await _open_door(ledger)
    coffee, wallet = await _coffee_house(ledger)
    return Demo(access, coffee, await _points(ledger), await _club(ledger), wallet)


async def _open_door(ledger: Ledger) -> Access:
    password, secret = token_urlsafe(9), api_keys.new_secret()
    password_hash = await passwords.hash_password(password, login=LOGIN)
    now = ledger.clock()
    async with ledger.store.transaction() as writing:
        key = await api_keys.create(
            writing, tenant=DEFAULT_TENANT, name="demo", scopes=("admin",), secret=secret, now=now
        )
        user = await users.create(
            writing,
            tenant=DEFAULT_TENANT,
            login=LOGIN,
            password_hash=password_hash,
            now=now,
            role=Role.ADMIN,
            name="Olga Owner",
            email=LOGIN,
            phone="491700000001",
        )
        token = await sessions.issue_token(writing, user.user_id, now=now)
    return Access(key.api_key_id, secret, LOGIN, password, token)


async def _coffee_house(ledger: Ledger) -> tuple[CoffeeHouse, Holding]:
    """A chain with a card that paid 100.00 of a visit, and another guest's wallet."""
    now = ledger.clock()
    async with ledger.store.transaction() as writing:
        program, currency = await _program(writing, "Kettle & Cup", "Bonus money", scale=2, now=now)
        location = await locations.create(
            writing,
            tenant=DEFAULT_TENANT,
            program=program.program_id,
            title="Kettle & Cup, Harbour Street",
            timezone=TIMEZONE,
            now=now,
        )
        guest = await members.create(
            writing, program, now=now, name="Gita Guest", phone="491700000002"
        )
        card = await cards.issue(writing, ledger.store, guest, currency, number=None, now=now)
        visit, numbers = await recording.create(writing, _visit(location, guest, now), now=now)
        other = await members.create(
            writing, program, now=now, name="Walter Wallet", external_id="guest-2"
        )
    await _submit(ledger, card, Accrue(25_000, note=Note(reason="Welcome")))
    paid = await paying.withdraw(
        attempting.House(ledger.store, ledger),
        attempting.Bill(DEFAULT_TENANT, visit),
        card.account_id,
        Ask(10_000, actor=LOGIN),
    )
    redemptions = _done(paid).transactions
    coffee = CoffeeHouse(
        program.program_id,
        location.number,
        guest.member_id,
        card.account_id,
        numbers[-1],
        visit,
        tuple(each.seq for each in redemptions),
    )
    accrual = Accrue(10_000, note=Note(reason="Welcome"))
    return coffee, await _holding(ledger, program, currency, other, accrual)


def _visit(location: Location, guest: Member, now: int) -> Visit:
    """A bean bag for 20.00 and a barista course for 3000.00, nothing paid yet."""
    visit = Visit(
        number=0,
        version=1,
        tenant=location.tenant,
        program=location.program,
        location=location.number,
        member=guest.member_id,
        attendance=Attendance.CAME,
        starts_at=now - 30 * MINUTE,
        comment="",
        created_at=now,
    )
    record = Record(
        number=0,
        visit=0,
        staff=1,
        starts_at=visit.starts_at,
        length_s=HOUR_S,
        attendance=Attendance.CAME,
        comment="",
        created_at=now,
        changed_at=now,
    )
    visit = editing.add_record(visit, record)
    for kind, item, title, cost in (
        (LineKind.GOOD, 1, "Bag of beans", 2_000),
        (LineKind.SERVICE, 2, "Barista course", 300_000),
    ):
        line = Line(
            number=0,
            record=visit.records[0].number,
            kind=kind,
            item=item,
            title=title,
            quantity=1_000,
            first_cost=cost,
            discount=0,
            cost=cost,
            staff=1,
        )
        visit = editing.add_line(visit, line)
    return visit


async def _points(ledger: Ledger) -> Holding:
    """A card with 150 available points and 60 that become available in a month."""
    now = ledger.clock()
    pending = PendingRule(
        PendingType.PERIOD, period=Period(PENDING_DAYS, Unit.DAY), whole_days=True
    )
    async with ledger.store.transaction() as writing:
        program, currency = await _program(
            writing, "Bean Points", "Points", terms=Terms(pending=pending), now=now
        )
        member = await members.create(
            writing, program, now=now, name="Paula Points", email="paula@coffee.example"
        )
    usable = Accrue(150, activates_at=now, note=Note(reason="Welcome points"))
    await _holding(ledger, program, currency, member, usable)
    waiting = Accrue(60, note=Note(reason="A bag of beans"))
    return await _holding(ledger, program, currency, member, waiting)


async def _club(ledger: Ledger) -> Holding:
    """A member with an e-mail address whose redemption of 100.50 is in force."""
    now = ledger.clock()
    async with ledger.store.transaction() as writing:
        program, currency = await _program(
            writing, "Crema Club", "Stars", code="stars", scale=2, now=now
        )
        member = await members.create(writing, program, now=now, name="Ada Address", email=EMAIL)
    await _holding(ledger, program, currency, member, Accrue(50_000, note=Note(reason="Welcome")))
    redemption = Redeem(10_050, note=Note(external_id="order-1001", reason="Order 1001"))
    return await _holding(ledger, program, currency, member, redemption)


async def _program(
    writing: Transacting,
    name: str,
    counted: str,
    *,
    now: int,
    scale: int = 0,
    code: str | None = None,
    terms: Terms | None = None,
) -> tuple[Program, Currency]:
    program = await programs.create(
        writing, tenant=DEFAULT_TENANT, name=name, timezone=TIMEZONE, now=now
    )
    currency = await currencies.create(
        writing, program, name=counted, code=code, scale=scale, terms=terms, now=now
    )
    return program, currency


async def _holding(
    ledger: Ledger, program: Program, currency: Currency, member: Member, command: Accrue | Redeem
) -> Holding:
    """The member's account, after the command."""
    account = await accounts.primary_or_open(ledger.store, member, currency, now=ledger.clock())
    done = await _submit(ledger, account, command)
    return Holding(
        program.program_id,
        currency.currency_id,
        member.member_id,
        account.account_id,
        done.transaction,
        currency.code,
    )


async def _submit(ledger: Ledger, account: Account, command: Accrue | Redeem) -> Done:
    return _done(
        await ledger.submit(
            Submission(tenant=DEFAULT_TENANT, account=account.account_id, commands=(command,))
        )
    )


def _done(outcome: Outcome | None) -> Done:
    if not isinstance(outcome, Done):
        raise RuntimeError(f"the demo could not be created: {outcome}")
    return outcome
