"""Rewards as they are answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    OPEN,
    TEXT,
    TIME,
    Schema,
    array_of,
    id_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.v2.kernel.shapes import HOURS, LIMITS

CAMPAIGN: Final[Schema] = {"type": "string", "pattern": "^camp_[a-zA-Z0-9]+"}
PRODUCT: Final[Schema] = {"type": "string", "pattern": "^prod_[a-f0-9]+"}
SKU: Final[Schema] = {"type": "string", "pattern": "^sku_[a-f0-9]+"}
NUMBER: Final[Schema] = {"type": "number", "minimum": 0}
REWARD: Final = titled(
    "RewardResponse",
    object_of(
        id=id_of("lrew"),
        name=TEXT,
        type=one_of("MATERIAL", "DIGITAL"),
        status=one_of("ACTIVE", "DRAFT", "INACTIVE", "DELETED"),
        start_date=or_null(TIME),
        end_date=or_null(TIME),
        validity_hours=HOURS,
        material_=object_of(
            type=one_of("PRODUCT", "SKU"),
            product_=object_of(id=PRODUCT),
            sku_=object_of(product_id=PRODUCT, id=SKU),
        ),
        digital_=object_of(
            type=one_of("DISCOUNT_COUPONS", "GIFT_VOUCHERS", "LOYALTY_CARD_POINTS"),
            discount_coupons_=object_of(campaign_id=CAMPAIGN),
            gift_vouchers_=object_of(campaign_id=CAMPAIGN, balance=NUMBER),
            loyalty_card_points_=object_of(points=COUNT, card_definition_id=id_of("lcdef")),
        ),
        refunds=object_of(type=one_of("NONE", "REFUNDABLE")),
        costs=array_of(
            object_of(
                id=id_of("lrcst"),
                rules_=OPEN,
                spending=array_of(
                    object_of(
                        id=id_of("lrspn"),
                        name_=or_null(TEXT),
                        points=COUNT,
                        card_definition_id=id_of("lcdef"),
                    ),
                    minItems=1,
                    maxItems=1,
                ),
            ),
            minItems=1,
            maxItems=10,
        ),
        purchase_limits=LIMITS,
        metadata=OPEN,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("reward"),
    ),
)
