"""Benefits as they are answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    TEXT,
    TIME,
    id_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.v2.rules.shapes import NUMBER, proportional_of

STOCK: Final = object_of(type=one_of("UNLIMITED", "LIMITED"), limited_=object_of(quantity=COUNT))
MATERIAL: Final = object_of(
    type=one_of("PRODUCT", "SKU"),
    product_=object_of(id=TEXT),
    sku_=object_of(product_id=TEXT, id=TEXT),
)
DIGITAL: Final = object_of(
    type=one_of("GIFT_VOUCHERS", "DISCOUNT_COUPONS"),
    gift_vouchers_=object_of(campaign_id=TEXT, balance=NUMBER),
    discount_coupons_=object_of(campaign_id=TEXT),
)
BENEFIT: Final = titled(
    "Benefit",
    object_of(
        id=id_of("lben"),
        name=TEXT,
        type=one_of("POINTS", "POINTS_PROPORTIONAL", "MATERIAL", "DIGITAL"),
        status=one_of("DRAFT", "ACTIVE", "DELETED"),
        stock=STOCK,
        points_=object_of(value=COUNT, card_definition_id=id_of("lcdef")),
        points_proportional_=proportional_of(),
        material_=MATERIAL,
        digital_=DIGITAL,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("benefit"),
    ),
)
