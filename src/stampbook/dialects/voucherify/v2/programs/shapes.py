"""What programs have, as it is answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import (
    COUNT,
    TIME,
    id_of,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.v2.benefits.shapes import STOCK

RULE_ASSIGNMENT: Final = titled(
    "EarningRuleAssignment",
    object_of(
        earning_rule_id=id_of("lern"), created_at=TIME, object=one_of("program_earning_rule")
    ),
)
STRUCTURE_ASSIGNMENT: Final = titled(
    "TierStructureAssignment",
    object_of(
        tier_structure_id=id_of("lts"), created_at=TIME, object=one_of("program_tier_structure")
    ),
)
REWARD_ASSIGNMENT: Final = titled(
    "RewardAssignment",
    object_of(
        reward_id=id_of("lrew"),
        stock=STOCK,
        redeemed=COUNT,
        created_at=TIME,
        updated_at=or_null(TIME),
        object=one_of("program_reward"),
    ),
)
