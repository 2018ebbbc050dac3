"""Benefits on the native wire."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, convert

from stampbook.dialects import amounts, instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.rewards import PointsBody, PointsShape
from stampbook.dialects.native.loyalty.wire.rules import ProportionalBody
from stampbook.dialects.native.loyalty.wire.showing_rules import per_shape
from stampbook.dialects.native.wire.values import Instant, Metadata, StoredMetadata, Text
from stampbook.loyalty.model import Fixed, Per
from stampbook.loyalty.rewards.model import Benefit

BenefitKind = Literal["material", "code", "points", "points_proportional"]
BenefitStatus = Literal["draft", "active", "deleted"]
Stock = Annotated[int, Meta(ge=0)]


class BenefitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Goods, a generated code, or points that rules can give, fixed or in proportion to what the
    event has. `stock` is what is left (null: no limit)."""

    name: Text
    type: BenefitKind
    status: Literal["draft", "active"] = "draft"
    stock: Stock | None = None
    sku: Text | None = None
    points: PointsBody | None = None
    points_proportional: ProportionalBody | None = None
    metadata: Metadata = {}


class BenefitChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes. `sku` and points change only in a draft, the type never."""

    name: Text | UnsetType = UNSET
    stock: Stock | UnsetType | None = UNSET
    sku: Text | UnsetType | None = UNSET
    points: PointsBody | UnsetType = UNSET
    points_proportional: ProportionalBody | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class BenefitShape(Struct, frozen=True):
    """`granted` grants are in force."""

    id: str
    program_id: str | None
    name: str
    type: BenefitKind
    status: BenefitStatus
    stock: int | None
    granted: int
    sku: str | None
    points: PointsShape | None
    points_proportional: ProportionalBody | None
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant


def benefit_shape(benefit: Benefit, scales: Mapping[int, int]) -> BenefitShape:
    """`scales`: of the currency that the benefit names, if any."""
    effect = benefit.terms.effect
    points = per = None
    if isinstance(effect, Per):
        per = per_shape(effect, scales)
    if isinstance(effect, Fixed):
        points = PointsShape(
            ids.write(ids.CURRENCY, effect.currency),
            amounts.write(effect.points, scales[effect.currency]),
        )
    program = benefit.program_id
    return BenefitShape(
        id=ids.write(ids.BENEFIT, benefit.benefit_id),
        program_id=None if program is None else ids.write(ids.PROGRAM, program),
        name=benefit.name,
        type=convert(str(benefit.type), BenefitKind),
        status=convert(benefit.status, BenefitStatus),
        stock=benefit.stock,
        granted=benefit.granted,
        sku=benefit.terms.sku,
        points=points,
        points_proportional=per,
        metadata=Raw(benefit.metadata.encode()),
        created_at=instants.write(benefit.created_at),
        updated_at=instants.write(benefit.updated_at),
    )
