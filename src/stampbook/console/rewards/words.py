"""What the native API's words for rewards, purchases, promotions and benefits are called."""

from typing import Final

from stampbook.speaking.speech import translatable

KINDS: Final = {
    "material": translatable("Goods"),
    "code": translatable("Code"),
    "points": translatable("Points"),
    "points_proportional": translatable("Points in proportion"),
}
"""What a reward or a benefit hands out."""

STATUSES: Final = {
    "draft": translatable("Draft"),
    "active": translatable("Active"),
    "inactive": translatable("Inactive"),
    "deleted": translatable("Deleted"),
}

TONES: Final = {"draft": "", "active": "good", "inactive": "warn", "deleted": ""}

CODES: Final = {
    "free": translatable("Free"),
    "issued": translatable("Handed out"),
    "used": translatable("Used"),
    "voided": translatable("Void"),
}

CODE_TONES: Final = {"free": "good", "issued": "warn", "used": "", "voided": ""}

PURCHASES: Final = {
    "approved": translatable("Bought"),
    "partly_refunded": translatable("Partly refunded"),
    "refunded": translatable("Refunded"),
}

PURCHASE_TONES: Final = {"approved": "good", "partly_refunded": "warn", "refunded": ""}

MOVEMENTS: Final = {
    "accrual": translatable("Giving points"),
    "redemption": translatable("Taking points"),
}
"""What a rule of a promotion bounds."""

BASES: Final = {
    "order.amount": translatable("Price of the order"),
    "order.total": translatable("Price of the order less discounts"),
    "order.money": translatable("What money paid of the order"),
    "lines.amount": translatable("Price of the items"),
    "lines.total": translatable("Price of the items less discounts"),
    "lines.quantity": translatable("Number of items"),
    "visit.sold": translatable("What was sold on the visit"),
    "visit.paid": translatable("What was paid for the visit"),
}
"""What points in proportion are counted by; any metadata can be named besides."""

MODES: Final = {
    "steps": translatable("For each full step"),
    "rate": translatable("For every part of it"),
}

ROUNDINGS: Final = {
    "down": translatable("Down"),
    "half_up": translatable("To the nearest"),
    "up": translatable("Up"),
}
