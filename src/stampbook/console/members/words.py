"""Words for what the native API says of visits and orders."""

from typing import Final

from stampbook.speaking.speech import translatable

ATTENDANCE: Final = {
    "did_not_come": translatable("Did not come"),
    "waiting": translatable("Expected"),
    "came": translatable("Came"),
    "confirmed": translatable("Confirmed"),
}

PAYMENT_STATUSES: Final = {
    "not_paid": translatable("Not paid"),
    "paid_not_full": translatable("Partly paid"),
    "paid_full": translatable("Paid"),
    "paid_over": translatable("Paid too much"),
}

PAYMENT_TONES: Final = {
    "not_paid": "",
    "paid_not_full": "warn",
    "paid_full": "good",
    "paid_over": "bad",
}

ORDER_STATUSES: Final = {
    "created": translatable("Not paid yet"),
    "paid": translatable("Paid"),
    "partly_refunded": translatable("Partly refunded"),
    "refunded": translatable("Refunded"),
    "cancelled": translatable("Cancelled"),
}

ORDER_TONES: Final = {
    "created": "",
    "paid": "good",
    "partly_refunded": "warn",
    "refunded": "",
    "cancelled": "",
}
