"""Voucherify ids: a prefix and our number as 18 lower-case hexadecimal digits.

An entity has one number; the spelling is a pure function both ways, so no table
maps ids. A bucket of pending points is a lot, a card an account, a card transaction a
row of the journal.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.domain.model import MAX_ACCOUNT

DIGITS: Final = 18
HEXADECIMAL: Final = frozenset("0123456789abcdef")
MAX_NUMBER: Final = 2**63 - 1
"""What the databases can look for; an id beyond it names nothing."""

DEFINED_HERE: Final = 1 << 40
"""Added to the number of a card definition that this dialect made: one definition may serve
several programs, each with a currency of its own. Other currencies are definitions themselves."""

NEVER_JOURNALLED: Final = 1 << 56
"""Added to the number of a rejected transaction, which is no row of any journal."""


class Prefix(StrEnum):
    PROGRAM = "lprg_"
    MEMBER = "lmbr_"
    CARD = "lcrd_"
    CARD_DEFINITION = "lcdef_"
    TRANSACTION = "lctx_"
    PENDING_BUCKET = "lcppb_"
    POINTS_BUCKET = "lcpeb_"
    CUSTOMER = "cust_"
    ASYNC_ACTION = "aa_"
    PROGRAM_ACTIVITY = "laprg_"
    MEMBER_ACTIVITY = "lambr_"
    CARD_ACTIVITY = "lacrd_"
    CARD_DEFINITION_ACTIVITY = "lacd_"
    TIER_STRUCTURE = "lts_"
    TIER_STRUCTURE_ACTIVITY = "lats_"
    TIER = "lt_"
    TIER_TRANSACTION = "lttx_"
    REWARD = "lrew_"
    REWARD_ACTIVITY = "larew_"
    REWARD_COST = "lrcst_"
    REWARD_SPENDING = "lrspn_"
    REWARD_TRANSACTION = "lrtx_"
    EARNING_RULE = "lern_"
    EARNING_RULE_ACTIVITY = "laer_"
    EARNING = "lernei_"
    BENEFIT = "lben_"
    BENEFIT_ACTIVITY = "laben_"
    BENEFIT_TRANSACTION = "lbtx_"
    ORDER = "ord_"
    ORDER_TRANSACTION = "lotx_"
    ORDER_PAYMENT = "ordpay_"
    CUSTOM_EVENT = "evcus_"
    METADATA_SCHEMA = "ms_"
    CAMPAIGN = "camp_"
    VOUCHER = "v_"
    PENDING_ENTRY = "lopp_"
    POINTS_ENTRY = "lopb_"
    VOUCHER_TRANSACTION = "vtx_"
    REDEMPTION = "r_"
    ROLLBACK = "rr_"
    EXPORT = "exp_"
    EVENT = "evt_"


def spell(prefix: Prefix, number: int) -> str:
    """The id of the entity with that number."""
    return prefix + f"{number:018x}"


def parse(prefix: str, text: str) -> int | None:
    """The number that an id spells, if the databases can hold it; None for what is no id of that
    prefix."""
    digits = text.removeprefix(prefix)
    is_spelled = len(digits) == DIGITS and len(text) == DIGITS + len(prefix)
    if not is_spelled or not HEXADECIMAL.issuperset(digits):
        return None
    number = int(digits, 16)
    return number if number <= MAX_NUMBER else None


SERIAL_BITS: Final = 20
"""An earning's number is its rule's, and its place in the order in which the rule got earnings."""


def spell_earning(rule: int, serial: int) -> str:
    """The id of an earning of the rule."""
    return spell(Prefix.EARNING, rule << SERIAL_BITS | serial)


def parse_earning(rule: int, text: str) -> int | None:
    """The serial number of an earning of the rule; None for any other id."""
    number = parse(Prefix.EARNING, text)
    if number is None or number >> SERIAL_BITS != rule:
        return None
    return number & ((1 << SERIAL_BITS) - 1)


def definition_number(definition: int | None, currency: int) -> int:
    """The number of a currency's card definition."""
    return currency if definition is None else DEFINED_HERE + definition


# -- customers -------------------------------------------------------------------------

MEMBER_MARK: Final = "m"


def spell_customer(customer: int | None, member: int) -> str:
    """A customer's id. A member whom another API made is a customer by itself: `cust_m…`."""
    if customer is not None:
        return spell(Prefix.CUSTOMER, customer)
    return f"{Prefix.CUSTOMER.value}{MEMBER_MARK}{member:018x}"


class CustomerNumber(NamedTuple):
    """What a customer's id names: a row of our own, or a member without one."""

    customer: int | None
    member: int | None


def parse_customer(text: str) -> CustomerNumber | None:
    """The customer or the member that a customer's id names."""
    number = parse(Prefix.CUSTOMER, text)
    if number is not None:
        return CustomerNumber(number, None)
    member = parse(f"{Prefix.CUSTOMER.value}{MEMBER_MARK}", text)
    return None if member is None else CustomerNumber(None, member)


# -- buckets of points that expire together ------------------------------------------------

DAY_BITS: Final = 22
SLIDING_DAY: Final = 0


class PointsBucket(NamedTuple):
    """All lots of a card with one expiration date; day 0 has those that slide."""

    account: int
    day: int


def spell_bucket(bucket: PointsBucket, prefix: Prefix = Prefix.POINTS_BUCKET) -> str:
    """The id of a bucket: its account and its date, as days since 1970."""
    return spell(prefix, bucket.account << DAY_BITS | bucket.day)


def parse_bucket(text: str, prefix: Prefix = Prefix.POINTS_BUCKET) -> PointsBucket | None:
    number = parse(prefix, text)
    if number is None or number >> DAY_BITS > MAX_ACCOUNT:
        return None
    return PointsBucket(number >> DAY_BITS, number & ((1 << DAY_BITS) - 1))
