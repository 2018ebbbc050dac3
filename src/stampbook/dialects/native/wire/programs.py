"""Programs, currencies, members, accounts and keys on the wire."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.promotions import (
    EarningLimitsBody,
    EarningLimitsShape,
    ExchangeBody,
    ExchangeShape,
    OptionsShape,
    ReturnSpentWord,
    SpendingLimitsBody,
    SpendingLimitsShape,
    UnitValueBody,
    UnitValueShape,
)
from stampbook.dialects.native.wire.values import (
    Amount,
    Id,
    Instant,
    Metadata,
    StoredMetadata,
    Text,
    read_amount,
    write_optional,
)
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import ExpiredRestore, SpentAccrual
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.programs.members import Member
from stampbook.programs.policies import Terms, seconds_of
from stampbook.programs.programs import Program
from stampbook.storage.policy_rows import (
    ExpiryShape,
    Immediate,
    NoExpiry,
    PendingShape,
    PeriodShape,
    expiry_rule,
    expiry_shape,
    pending_rule,
    pending_shape,
    period_of,
)

Code = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
Pending = Literal["immediate"] | PendingShape
Expiry = Literal["none"] | ExpiryShape
Seconds = int | PeriodShape | None
ProgramStatus = Literal["draft", "active", "inactive"]
MemberStatus = Literal["active", "inactive"]


class ProgramBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A program: owns currencies and members, and has a time zone (an IANA name).

    `phone_region` is the country (two letters, such as RU) by whose plan phone numbers are read:
    then they are compared in their international form, else by their digits.
    """

    name: Text
    timezone: Text = "UTC"
    status: ProgramStatus = "active"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    metadata: Metadata = {}
    phone_region: Text | None = None


class ProgramChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; null takes a date, or the region of phone numbers, away."""

    name: Text | UnsetType = UNSET
    timezone: Text | UnsetType = UNSET
    status: ProgramStatus | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    phone_region: Text | UnsetType | None = UNSET


class ProgramShape(Struct, frozen=True):
    id: str
    name: str
    timezone: str
    status: ProgramStatus
    starts_at: Instant | None
    ends_at: Instant | None
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant
    phone_region: str | UnsetType | None = UNSET


class CurrencyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A currency and the policies that the ledger decides by.

    `grace` and `cancel_window` are seconds or a period of fixed length; `overdraft` is an amount.
    `exchange`, `approval_above`, `initial_balance`, `backdating`, `unit_value` and the limits are
    as in the currency's options.
    """

    name: Text
    code: Code | None = None
    scale: Annotated[int, Meta(ge=0, le=6)] = 0
    pending: Pending = Immediate()
    expiry: Expiry = NoExpiry()
    spent_accrual: SpentAccrual = SpentAccrual.DEBT
    expired_restore: ExpiredRestore = ExpiredRestore.EXPIRE
    grace: Seconds = None
    cancel_window: Seconds = None
    overdraft: Amount = "0"
    temporary_timeout_s: int = Terms().temporary_timeout_s
    metadata: Metadata = {}
    exchange: ExchangeBody | UnsetType | None = UNSET
    return_spent: ReturnSpentWord | UnsetType = UNSET
    approval_above: Amount | UnsetType | None = UNSET
    initial_balance: Amount | UnsetType = UNSET
    backdating: bool | UnsetType = UNSET
    unit_value: UnitValueBody | UnsetType | None = UNSET
    earning_limits: EarningLimitsBody | UnsetType = UNSET
    spending_limits: SpendingLimitsBody | UnsetType = UNSET


class CurrencyChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes, for what happens from now on. The scale never changes."""

    name: Text | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    scale: int | UnsetType = UNSET
    pending: Pending | UnsetType = UNSET
    expiry: Expiry | UnsetType = UNSET
    spent_accrual: SpentAccrual | UnsetType = UNSET
    expired_restore: ExpiredRestore | UnsetType = UNSET
    grace: Seconds | UnsetType = UNSET
    cancel_window: Seconds | UnsetType = UNSET
    overdraft: Amount | UnsetType = UNSET
    temporary_timeout_s: int | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    exchange: ExchangeBody | UnsetType | None = UNSET
    return_spent: ReturnSpentWord | UnsetType = UNSET
    approval_above: Amount | UnsetType | None = UNSET
    initial_balance: Amount | UnsetType = UNSET
    backdating: bool | UnsetType = UNSET
    unit_value: UnitValueBody | UnsetType | None = UNSET
    earning_limits: EarningLimitsBody | UnsetType = UNSET
    spending_limits: SpendingLimitsBody | UnsetType = UNSET


class CurrencyShape(Struct, frozen=True):
    id: str
    program_id: str
    name: str
    code: str
    scale: int
    pending: PendingShape
    expiry: ExpiryShape
    spent_accrual: SpentAccrual
    expired_restore: ExpiredRestore
    grace: int | None
    cancel_window: int | None
    overdraft: Written
    temporary_timeout_s: int
    exchange: ExchangeShape | None
    return_spent: ReturnSpentWord
    approval_above: Written | None
    initial_balance: Written
    backdating: bool
    unit_value: UnitValueShape | None
    earning_limits: EarningLimitsShape
    spending_limits: SpendingLimitsShape
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant


class MemberBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A person in a program. `external_id` is unique in it; nothing is required."""

    external_id: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    name: Text | None = None
    metadata: Metadata = {}
    status: MemberStatus = "active"


class MemberChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; null takes a value away."""

    external_id: Text | UnsetType | None = UNSET
    email: Text | UnsetType | None = UNSET
    phone: Text | UnsetType | None = UNSET
    name: Text | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    status: MemberStatus | UnsetType = UNSET


class MemberShape(Struct, frozen=True):
    id: str
    program_id: str
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    metadata: StoredMetadata
    status: Literal["active", "inactive", "deleted", "merged", "erased"]
    created_at: Instant
    updated_at: Instant
    merged_into: str | UnsetType = UNSET


class AccountBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A member's holding of a currency. `number`: of a card, unique in the program."""

    member_id: Id
    currency_id: Id
    number: Text | None = None


class AccountShape(Struct, frozen=True):
    id: str
    program_id: str
    member_id: str
    currency_id: str
    number: str | None
    primary: bool
    status: Literal["open", "member_inactive", "closed"]
    created_at: Instant
    merged_into: str | UnsetType = UNSET


def program_shape(program: Program) -> ProgramShape:
    return ProgramShape(
        id=ids.write(ids.PROGRAM, program.program_id),
        name=program.name,
        timezone=program.timezone,
        status=program.status,  # type: ignore[arg-type]
        starts_at=write_optional(program.starts_at),
        ends_at=write_optional(program.ends_at),
        metadata=Raw(program.metadata.encode()),
        created_at=instants.write(program.created_at),
        updated_at=instants.write(program.updated_at),
        phone_region=program.phone_region,
    )


def terms_of(fields: dict[str, Any], scale: int, before: Terms) -> Terms:
    """`before` with the policies that a currency's body names. Raises Failure or Invalid."""
    changes: dict[str, Any] = {}
    for name in ("spent_accrual", "expired_restore", "temporary_timeout_s"):
        if name in fields:
            changes[name] = fields[name]
    if "pending" in fields:
        shape = fields["pending"]
        changes["pending"] = pending_rule(Immediate() if shape == "immediate" else shape)
    if "expiry" in fields:
        shape = fields["expiry"]
        changes["expiry"] = expiry_rule(NoExpiry() if shape == "none" else shape)
    if "grace" in fields:
        changes["grace_s"] = _seconds(fields["grace"], "grace") or 0
    if "cancel_window" in fields:
        changes["cancel_window_s"] = _seconds(fields["cancel_window"], "cancel_window")
    if "overdraft" in fields:
        changes["overdraft"] = read_amount(fields["overdraft"], scale, "/overdraft")
    return before._replace(**changes)


def _seconds(value: Seconds, field: str) -> int | None:
    return seconds_of(period_of(value), field) if isinstance(value, PeriodShape) else value


def currency_shape(currency: Currency, options: OptionsShape) -> CurrencyShape:
    terms = currency.terms
    return CurrencyShape(
        id=ids.write(ids.CURRENCY, currency.currency_id),
        program_id=ids.write(ids.PROGRAM, currency.program_id),
        name=currency.name,
        code=currency.code,
        scale=currency.scale,
        pending=pending_shape(terms.pending),
        expiry=expiry_shape(terms.expiry),
        spent_accrual=terms.spent_accrual,
        expired_restore=terms.expired_restore,
        grace=terms.grace_s or None,
        cancel_window=terms.cancel_window_s,
        overdraft=amounts.write(terms.overdraft, currency.scale),
        temporary_timeout_s=terms.temporary_timeout_s,
        exchange=options.exchange,
        return_spent=options.return_spent,
        approval_above=options.approval_above,
        initial_balance=options.initial_balance,
        backdating=options.backdating,
        unit_value=options.unit_value,
        earning_limits=options.earning_limits,
        spending_limits=options.spending_limits,
        metadata=Raw(currency.metadata.encode()),
        created_at=instants.write(currency.created_at),
        updated_at=instants.write(currency.updated_at),
    )


def member_shape(member: Member) -> MemberShape:
    into, status = member.merged_into, member.status
    if member.erased_at is not None:
        status = "erased"
    elif into is not None:
        status = "merged"
    return MemberShape(
        id=ids.write(ids.MEMBER, member.member_id),
        program_id=ids.write(ids.PROGRAM, member.program_id),
        external_id=member.external_id,
        email=member.email,
        phone=member.phone,
        name=member.name,
        metadata=Raw(member.metadata.encode()),
        status=status,  # type: ignore[arg-type]
        created_at=instants.write(member.created_at),
        updated_at=instants.write(member.updated_at),
        merged_into=UNSET if into is None else ids.write(ids.MEMBER, into),
    )


ACCOUNT_STATUS: dict[AccountStatus, Literal["open", "member_inactive", "closed"]] = {
    AccountStatus.OPEN: "open",
    AccountStatus.MEMBER_INACTIVE: "member_inactive",
    AccountStatus.CLOSED: "closed",
}


def account_shape(account: Account) -> AccountShape:
    into = account.merged_into
    return AccountShape(
        id=ids.write(ids.ACCOUNT, account.account_id),
        program_id=ids.write(ids.PROGRAM, account.program_id),
        member_id=ids.write(ids.MEMBER, account.member_id),
        currency_id=ids.write(ids.CURRENCY, account.currency_id),
        number=account.number,
        primary=account.is_primary,
        status=ACCOUNT_STATUS[account.status],
        created_at=instants.write(account.created_at),
        merged_into=UNSET if into is None else ids.write(ids.ACCOUNT, into),
    )
