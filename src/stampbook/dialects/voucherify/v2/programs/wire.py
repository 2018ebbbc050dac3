"""Programs on the wire: what a request may say, and how a program is printed."""

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.instants import is_never
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Date,
    Metadata,
    Name,
    required,
    superfluous,
)
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.times import (
    read_instant,
    stamp,
    stamp_or_none,
    to_year,
    updated,
)
from stampbook.dialects.voucherify.core.windows import ANY_TIME
from stampbook.dialects.voucherify.v2.kernel.assignments import MAX_BATCH, MOST, Batch, Named
from stampbook.domain.policy import LAST_YEAR

MAX_SPANS: Final = 50
TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")


class Span(Closed, frozen=True):
    days_of_week: Annotated[
        list[Annotated[int, Meta(ge=0, le=6)]], Meta(min_length=1, max_length=7)
    ]
    start_time: Date
    end_time: Date


class ValidityHours(Closed, frozen=True):
    type: Literal["DAILY", "ANY_TIME"]
    daily: Annotated[list[Span], Meta(min_length=1, max_length=MAX_SPANS)] | None = None


class LimitedStock(Closed, frozen=True):
    quantity: Annotated[int, Meta(ge=0, le=2**53 - 1)]


class Stock(Closed, frozen=True):
    type: Literal["UNLIMITED", "LIMITED"]
    limited: LimitedStock | None = None


class NamedDefinition(Named, frozen=True):
    id: Annotated[str, Meta(pattern="^lcdef_[a-f0-9]+$", max_length=100)]


class NamedRule(Named, frozen=True):
    id: Annotated[str, Meta(pattern="^lern_[a-f0-9]+$", max_length=100)]


class NamedStructure(Named, frozen=True):
    id: Annotated[str, Meta(pattern="^lts_[a-f0-9]+$", max_length=100)]


class NamedReward(Named, frozen=True):
    id: Annotated[str, Meta(pattern="^lrew_[a-f0-9]+$", max_length=100)]


class StockedReward(NamedReward, frozen=True):
    stock: Stock


class DefinitionBatch(Batch, frozen=True):
    assign: Annotated[list[NamedDefinition], MOST] | None = None
    unassign: Annotated[list[NamedDefinition], MOST] | None = None


class RuleBatch(Batch, frozen=True):
    assign: Annotated[list[NamedRule], MOST] | None = None
    unassign: Annotated[list[NamedRule], MOST] | None = None


class StructureBatch(Batch, frozen=True):
    assign: Annotated[list[NamedStructure], MOST] | None = None
    unassign: Annotated[list[NamedStructure], MOST] | None = None


class RewardBatch(Batch, frozen=True):
    """With the stock of what it gives."""

    assign: Annotated[list[StockedReward], MOST] | None = None
    unassign: Annotated[list[NamedReward], MOST] | None = None


class ProgramUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    start_date: Date | UnsetType | None = UNSET
    end_date: Date | UnsetType | None = UNSET
    validity_hours: ValidityHours | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


Few = Meta(min_length=1, max_length=MAX_BATCH)


class ProgramCreate(ProgramUpdate, frozen=True, kw_only=True):
    name: Name
    status: Literal["ACTIVE", "DRAFT"] | None = None
    card_definitions: Annotated[list[NamedDefinition], Few] | None = None
    earning_rules: Annotated[list[NamedRule], Few] | None = None
    rewards: Annotated[list[StockedReward], Few] | None = None
    tier_structures: Annotated[list[NamedStructure], Few] | None = None


def read_moment(text: str | UnsetType | None, place: str) -> int | None:
    """An instant that may be left out. Raises a Fault."""
    if text is None or isinstance(text, UnsetType):
        return None
    instant = read_instant(text)
    if instant is None or to_year(instant) > LAST_YEAR:
        raise invalid_payload(f"Payload.{place} must be an ISO 8601 date-time")
    return instant


def read_end(text: str | UnsetType | None, place: str) -> int | None:
    """As `read_moment`, for when something ends; None also for 9999-12-31, which means "never"."""
    return None if isinstance(text, str) and is_never(text) else read_moment(text, place)


def check_hours(hours: ValidityHours | UnsetType | None) -> str | None:
    """Validity hours as they are stored; None for "at any time". Raises a Fault."""
    if hours is None or isinstance(hours, UnsetType) or hours.type == "ANY_TIME":
        if isinstance(hours, ValidityHours):
            superfluous(hours.daily, "validity_hours.daily")
        return None
    for span in required(hours.daily, "daily"):
        if len(set(span.days_of_week)) != len(span.days_of_week):
            raise invalid_payload("validity_hours.daily: days_of_week must be unique")
        for time in (span.start_time, span.end_time):
            if not TIME_OF_DAY.fullmatch(time):
                raise invalid_payload("validity_hours.daily: times must be HH:MM")
    return msgspec.json.encode(hours).decode()


def print_program(program: Program) -> dict[str, Any]:
    return {
        "id": spell(Prefix.PROGRAM, program.program_id),
        "name": program.name,
        "status": program.status.upper(),
        "start_date": stamp_or_none(program.starts_at),
        "end_date": stamp_or_none(program.ends_at),
        "validity_hours": program.validity_hours or ANY_TIME,
        "metadata": msgspec.json.decode(program.metadata),
        "created_at": stamp(program.created_at),
        "updated_at": updated(program.created_at, program.updated_at),
        "object": "program",
    }
