"""Locations, referrals, and what users are limited to."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects.amounts import WrittenNumber
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.money import HUNDRED_PERCENT, Decimal, read_number, write_money
from stampbook.dialects.native.wire.values import Id, Text
from stampbook.domain.model import MAX_AMOUNT
from stampbook.visits.locations import Limit
from stampbook.visits.model import Location
from stampbook.visits.promotion import Applies, Promotion, Rule, Totals

MAX_LIMITS = 100


class LocationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A place of business. Without a time zone it has its program's."""

    program_id: Id
    title: Text
    timezone: Text | None = None


class LocationChange(Struct, frozen=True, forbid_unknown_fields=True):
    title: Text | UnsetType = UNSET
    timezone: Text | UnsetType = UNSET


class LocationShape(Struct, frozen=True):
    id: str
    program_id: str
    title: str
    timezone: str


class ReferralBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a program gives for bringing a friend: a discount to the guest, as many points to
    the member who sent them. A percentage of the guest's services and goods, or an amount."""

    title: Text
    unit: Literal["percent", "amount"]
    value: Decimal
    currency_ids: Annotated[Sequence[Id], Meta(min_length=1, max_length=MAX_LIMITS)]
    location_ids: Annotated[Sequence[Id], Meta(min_length=1, max_length=MAX_LIMITS)]


class ReferralShape(Struct, frozen=True):
    program_id: str
    title: str
    unit: Literal["percent", "amount"]
    value: WrittenNumber
    currency_ids: Sequence[str]
    location_ids: Sequence[str]


class LimitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a location: the whole program."""

    program_id: Id
    location_id: Id | None = None


class LimitsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """To what the user is limited; empty: to nothing."""

    limits: Annotated[Sequence[LimitBody], Meta(max_length=MAX_LIMITS)]


class LimitsShape(Struct, frozen=True):
    login: str
    limits: Sequence[LimitBody]


def location_shape(location: Location) -> LocationShape:
    return LocationShape(
        ids.write(ids.LOCATION, location.number),
        ids.write(ids.PROGRAM, location.program),
        location.title,
        location.timezone,
    )


def referral_of(
    body: ReferralBody,
    *,
    tenant: int,
    program: int,
    currencies: frozenset[int],
    locations: frozenset[int],
) -> Promotion:
    """The promotion that the body describes. Raises Failure (422)."""
    is_percent = body.unit == "percent"
    most = HUNDRED_PERCENT if is_percent else MAX_AMOUNT
    value = read_number(body.value, "/value", digits=2, least=1, most=most)
    return Promotion(
        number=0,
        tenant=tenant,
        program=program,
        title=body.title,
        kind="referral",
        services=Applies.ANY,
        goods=Applies.ANY,
        is_percent=is_percent,
        rules=(Rule(0, 0, value),),
        currencies=currencies,
        locations=locations,
        service_items=frozenset(),
        good_items=frozenset(),
        created_at=0,
        updated_at=0,
    )


def referral_shape(promotion: Promotion) -> ReferralShape:
    return ReferralShape(
        program_id=ids.write(ids.PROGRAM, promotion.program),
        title=promotion.title,
        unit="percent" if promotion.is_percent else "amount",
        value=write_money(promotion.value(Totals())),
        currency_ids=[ids.write(ids.CURRENCY, each) for each in sorted(promotion.currencies)],
        location_ids=[ids.write(ids.LOCATION, each) for each in sorted(promotion.locations)],
    )


def limits_shape(login: str, limits: frozenset[Limit]) -> LimitsShape:
    return LimitsShape(
        login,
        [
            LimitBody(
                ids.write(ids.PROGRAM, each.program),
                ids.write(ids.LOCATION, each.location) if each.location else None,
            )
            for each in sorted(limits)
        ],
    )
