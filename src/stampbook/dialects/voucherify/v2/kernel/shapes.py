"""What rules and rewards have in common, as it is answered."""

from typing import Final

from stampbook.dialects.voucherify.core.shapes.schema import COUNT, array_of, object_of, one_of
from stampbook.dialects.voucherify.core.shapes.setup import SPAN

HOURS: Final = object_of(type=one_of("DAILY", "ANY_TIME"), daily_=array_of(SPAN, minItems=1))
LIMITS: Final = object_of(
    cooldown=object_of(
        type=one_of("NO_COOLDOWN", "FIXED_COOLDOWN"),
        fixed_cooldown_=object_of(
            period=object_of(value=COUNT, unit=one_of("HOUR", "DAY", "WEEK", "MONTH", "YEAR"))
        ),
    ),
    frequency=object_of(
        type=one_of("NO_LIMIT", "LIMITED"),
        limits=array_of(
            object_of(
                type=one_of("TIME_BASED"),
                period=object_of(
                    type=one_of("CURRENT_PERIOD"),
                    current_period=object_of(
                        unit=one_of("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
                    ),
                ),
                triggers=object_of(max=COUNT),
            ),
            maxItems=1,
        ),
    ),
)
