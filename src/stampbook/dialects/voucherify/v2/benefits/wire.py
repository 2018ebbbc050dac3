"""Benefits on the wire: what a request may say, checked and completed."""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.voucherify.core.bodies import Closed, Name, superfluous
from stampbook.dialects.voucherify.core.definitions.expiration import of_type
from stampbook.dialects.voucherify.v2.programs.wire import Stock
from stampbook.dialects.voucherify.v2.rules.proportional import (
    Count,
    DefinitionId,
    Number,
    Product,
    ProductId,
    Proportional,
    SkuId,
    check_proportional,
)

Body = dict[str, Any]
CampaignId = Annotated[str, Meta(pattern="^camp_[a-zA-Z0-9]+", max_length=100)]


class Points(Closed, frozen=True):
    value: Count
    card_definition_id: DefinitionId


class Sku(Closed, frozen=True):
    product_id: ProductId
    id: SkuId


class Material(Closed, frozen=True):
    type: Literal["PRODUCT", "SKU"]
    product: Product | None = None
    sku: Sku | None = None


class GiftVouchers(Closed, frozen=True):
    campaign_id: CampaignId
    balance: Count | Number


class DiscountCoupons(Closed, frozen=True):
    campaign_id: CampaignId


class Digital(Closed, frozen=True):
    type: Literal["GIFT_VOUCHERS", "DISCOUNT_COUPONS"]
    gift_vouchers: GiftVouchers | None = None
    discount_coupons: DiscountCoupons | None = None


Type = Literal["POINTS", "POINTS_PROPORTIONAL", "MATERIAL", "DIGITAL"]


class BenefitUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    type: Type | UnsetType = UNSET
    points: Points | UnsetType | None = UNSET
    points_proportional: Proportional | UnsetType | None = UNSET
    material: Material | UnsetType | None = UNSET
    digital: Digital | UnsetType | None = UNSET
    stock: Stock | UnsetType | None = UNSET


class BenefitCreate(BenefitUpdate, frozen=True, kw_only=True):
    name: Name
    type: Type
    status: Literal["DRAFT", "ACTIVE"] = "DRAFT"


OBJECTS: Final = ("points", "points_proportional", "material", "digital")
"""What a benefit gives: the one that belongs to its type."""


class _Whole(Closed, frozen=True):
    """A type with its objects."""

    type: Type
    points: Points | None = None
    points_proportional: Proportional | None = None
    material: Material | None = None
    digital: Digital | None = None


def names_object(wanted: BenefitUpdate) -> bool:
    """Whether the request says what the benefit gives."""
    return any(getattr(wanted, name) not in (UNSET, None) for name in OBJECTS)


def given_body(type_: Type, wanted: BenefitUpdate) -> Body:
    """The type and its object as they are answered. Raises a Fault (400)."""
    given = {name: getattr(wanted, name) for name in OBJECTS}
    whole = _Whole(
        type=type_, **{name: None if each is UNSET else each for name, each in given.items()}
    )
    body = of_type("benefit", whole, type_.lower(), OBJECTS)
    if whole.points_proportional is not None:
        check_proportional(whole.points_proportional, "points_proportional")
    if whole.material is not None:
        body["material"] = of_type(
            "material", whole.material, whole.material.type.lower(), ("product", "sku")
        )
    if whole.digital is not None:
        kinds = ("gift_vouchers", "discount_coupons")
        body["digital"] = of_type("digital", whole.digital, whole.digital.type.lower(), kinds)
    return body


def read_stock(stock: Stock | UnsetType | None) -> int | None:
    """What is in stock; None: without end. Raises a Fault (400)."""
    if isinstance(stock, Stock) and stock.type == "UNLIMITED":
        superfluous(stock.limited, "stock.limited")
    if not isinstance(stock, Stock) or stock.type == "UNLIMITED":
        return None
    of_type("stock", stock, "limited", ("limited",))
    assert stock.limited is not None
    return stock.limited.quantity


def print_stock(stock: int | None) -> Body:
    if stock is None:
        return {"type": "UNLIMITED"}
    return {"type": "LIMITED", "limited": {"quantity": stock}}
