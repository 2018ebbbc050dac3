"""Words for what the native API says of rules and tiers."""

from typing import Final

from stampbook.speaking.speech import translatable

STATUSES: Final = {
    "draft": translatable("Draft"),
    "active": translatable("In effect"),
    "inactive": translatable("Not in effect"),
    "deleted": translatable("Was deleted"),
}

TONES: Final = {"draft": "warn", "active": "good", "inactive": "", "deleted": ""}

TRIGGERS: Final = {
    "order_paid": translatable("An order is paid"),
    "custom_event": translatable("An event that an application sends"),
    "segment_entered": translatable("A member enters a segment"),
    "visit_completed": translatable("A visit is completed"),
    "member_joined": translatable("A member joins"),
}

TYPES: Final = {
    "fixed": translatable("A fixed number of points"),
    "per": translatable("Points in proportion to something"),
    "benefit": translatable("A benefit: goods or a code"),
}

BASES: Final = {
    "order.total": translatable("what is to be paid"),
    "order.amount": translatable("the price before discounts"),
    "order.money": translatable("what is paid with money"),
    "lines.total": translatable("what is to be paid for some lines"),
    "lines.amount": translatable("the price of some lines before discounts"),
    "lines.quantity": translatable("the number of pieces of some lines"),
    "visit.sold": translatable("what was sold in the visit"),
    "visit.paid": translatable("what was paid in the visit"),
    "order.metadata": translatable("a number that the order has"),
    "member.metadata": translatable("a number that the member has"),
    "event.metadata": translatable("a number that the event has"),
}

MODES: Final = {
    "steps": translatable("for every full amount"),
    "rate": translatable("for every part of it, too"),
}

ROUNDINGS: Final = {
    "down": translatable("down"),
    "half_up": translatable("to the nearest, halves up"),
    "up": translatable("up"),
}

COUNTED: Final = {
    "order": translatable("once, the sum"),
    "line": translatable("each line"),
}

KEEPS: Final = {
    "first": translatable("the first by priority"),
    "best": translatable("the one that gives most"),
}

ON_PARTIAL: Final = {
    "recount": translatable("it is counted again for what remains"),
    "proportional": translatable("it shrinks in proportion"),
    "keep": translatable("it stays until nothing remains"),
}

REASONS: Final = {
    "matched": translatable("Given."),
    "dates": translatable("Not given: not within its dates."),
    "hours": translatable("Not given: not within its hours."),
    "cooldown": translatable("Not given: too soon after the last time."),
    "frequency": translatable("Not given: the member has had it as often as it may be."),
    "budget": translatable("Not given: its budget is used up."),
    "tier": translatable("Not given: the member has none of its tiers."),
    "condition": translatable("Not given: no condition holds."),
    "error": translatable("Not given: a condition could not be worked out."),
    "exclusive": translatable("Not given: another rule of its group counts."),
    "nothing": translatable("Not given: it comes to nothing."),
    "capped": translatable("Not given: the limits of the currency leave nothing."),
}

COUNTS: Final = {
    "earned": translatable("points that were earned, spent ones too"),
    "balance": translatable("points that are available"),
    "spend": translatable("the totals of orders"),
}

ANCHORS: Final = {
    "calendar": translatable("with the calendar"),
    "activation": translatable("with the day of activation"),
}

CHANGES: Final = {
    "at_once": translatable("at once"),
    "next_period": translatable("when the next period begins"),
}

RETENTIONS: Final = {
    "none": translatable("not at all"),
    "fixed": translatable("for a time after it was reached"),
    "sliding": translatable("for a time after the last activity"),
    "calendar": translatable("until a day of the calendar"),
}

ACTIVITIES: Final = {
    "earning": translatable("points are earned"),
    "spending": translatable("points are spent"),
}

DOWNGRADES: Final = {
    "multi": translatable("the tier that the count gives"),
    "single": translatable("one tier down"),
    "none": translatable("the tier stays"),
}

ON_CANCEL: Final = {
    "recount": translatable("as if it had never been"),
    "ordinary": translatable("a loss like any other"),
    "keep": translatable("no tier is lost"),
}
