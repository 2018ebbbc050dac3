"""Why a request is refused, in words: a sentence for each code of the native API's problems."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from stampbook.domain.model import split_number
from stampbook.explaining.knowing import named_by
from stampbook.explaining.voice import Voice
from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal.briefs import Brief, briefs
from stampbook.speaking.speech import Speech, translatable

SENTENCES: Final[Mapping[str, str]] = {
    # of the ledger
    "not_found": translatable("This does not exist, or is not yours to see."),
    "idempotency_key_reused": translatable("This form was sent before with other values."),
    "external_id_taken": translatable("Another entry has this number already."),
    "invalid_request": translatable("Something in the form is not as it must be."),
    "forbidden": translatable("You may not do this."),
    "account_moved": translatable(
        "Something happened since you looked. This is what would happen now."
    ),
    "program_inactive": translatable("The program is not active now: no points move."),
    "member_inactive": translatable("The member is inactive: no points move."),
    "account_closed": translatable("The account is closed."),
    "not_temporary": translatable("This was final from the beginning: cancel it instead."),
    "already_cancelled": translatable("This was cancelled already."),
    "already_released": translatable("This was released already."),
    "already_committed": translatable("This was confirmed already: cancel it instead."),
    "not_cancellable": translatable("This cannot be cancelled."),
    "cancel_window_passed": translatable("The time in which this could be cancelled is over."),
    "exceeds_original": translatable("This is more than what is left of it."),
    "points_already_spent": translatable(
        "These points were used; this currency does not allow the cancel."
    ),
    "deficit_outstanding": translatable("There is a debt: the next points pay it first."),
    "insufficient_points": translatable("There are not enough points."),
    "account_full": translatable("The account has reached its limit."),
    "limit_exceeded": translatable("This is over your limit. Ask a manager."),
    "approval_required": translatable("A second person must approve this."),
    "overloaded": translatable("Too much is going on. Try again in a moment."),
    # of rules, orders, tiers and rewards
    "order_paid": translatable("The order is paid already."),
    "order_not_paid": translatable("The order is not paid yet."),
    "order_cancelled": translatable("The order is cancelled."),
    "payment_exceeds_order": translatable("This is more than what is left to pay of the order."),
    "exceeds_order": translatable("This is more than what the order has."),
    "nothing_to_pay": translatable("Nothing is left to pay."),
    "payment_not_enabled": translatable("Points of this currency do not pay for orders."),
    "refund_not_newest": translatable("Only the newest refund of an order can be taken back."),
    "preview_stale": translatable("Something happened since you looked. Look again."),
    "cascade_too_large": translatable("This would change too much at once."),
    "invalid_transition": translatable("This is not possible in its present state."),
    "in_use": translatable("This is in use."),
    "locked_while_active": translatable("This cannot change while it is active."),
    "reward_inactive": translatable("The reward is not on offer now."),
    "no_matching_cost": translatable("The reward has no price for this member."),
    "out_of_stock": translatable("The reward is sold out."),
    "limit_reached": translatable("A limit of this reward is reached."),
    "not_refundable": translatable("This cannot be refunded."),
    "code_used": translatable("The code was used."),
    "program_limit_reached": translatable("The program has as many of these as it can have."),
    "invalid_expression": translatable("The condition cannot be understood."),
    "expression_too_costly": translatable("The condition takes too long to check."),
    # of people and keys
    "unauthenticated": translatable("Sign in first."),
    "invalid_credentials": translatable("The login or the password is wrong."),
    "totp_required": translatable("Enter the present code of your second factor."),
    "login_locked": translatable("Too many attempts. Wait a moment."),
    "weak_password": translatable("The password is too easy to guess."),
    "last_admin": translatable("Nobody else could do everything any more."),
    "same_person": translatable("Another person must do this."),
    "member_exists": translatable("A member with this number exists already."),
    "phones_collide": translatable("Members would have the same number. Merge them first."),
    "holds_open": translatable("Something is on hold or has a deadline. End it first."),
    "balance_not_zero": translatable("There are still points or debts."),
    "confirmation_required": translatable("Give your password again first."),
    "cursor_expired": translatable("What was there is no longer kept."),
    "file_removed": translatable("The file is no longer kept."),
    "file_elsewhere": translatable("This server does not have the file. Tell who runs it."),
    "conflict": translatable("Somebody else changed this meanwhile. Look again."),
    # of what never reached an operation, and of the server
    "method_not_allowed": translatable("This cannot be done here."),
    "payload_too_large": translatable("This is too much to send at once."),
    "unsupported_media_type": translatable("This kind of content is not understood."),
    "rate_limited": translatable("Too many requests. Wait a moment."),
    "internal_error": translatable("Something went wrong on our side. Try again."),
    "storage_full": translatable("The storage is full. Tell who runs the server."),
}
"""By code. Where the problem has values, some codes have a closer sentence: see `refusal`."""


async def refusal(
    ledger: Ledger,
    problem: Mapping[str, Any],
    *,
    tenant: int,
    speech: Speech,
    now: int,
) -> str:
    """The sentence of a problem of the native API, as a plain JSON value, with what it names: the
    points that there are, the limit, who cancelled it and when. A code that has no sentence is
    answered with the problem's own `detail`, in English."""
    related: Brief | None = None
    named = problem.get("related_transaction_id")
    rows: list[Brief] = []
    if named:
        account, seq = split_number(int(str(named).rpartition("_")[2], 16))
        owner = await ledger.denominations.of(account)
        if owner is not None and owner.tenant == tenant:
            related = (await briefs(ledger.store, account, [seq])).get(seq)
            rows = [related] if related is not None else []
    names = await named_by(ledger.store, rows, tenant=tenant)
    return sentence(problem, related, Voice(speech, 0, now, names))


def sentence(problem: Mapping[str, Any], related: Brief | None, voice: Voice) -> str:
    """As `refusal`, with the row that is in the way."""
    code = str(problem["code"])
    if related is not None and code in _BY:
        return _by(code, related, voice)
    amounts = {
        name: voice.speech.amount(problem[name])
        for name in ("active", "limit", "used", "asked")
        if problem.get(name) is not None
    }
    gettext, ngettext = voice.speech.gettext, voice.speech.ngettext
    if code == "insufficient_points" and "active" in amounts:
        return ngettext(
            "Only %(amount)s is available.",
            "Only %(amount)s are available.",
            str(problem["active"]),
            amount=amounts["active"],
        )
    if code == "limit_exceeded" and "limit" in amounts:
        left = _left_today(problem)
        if left is not None:
            return gettext(
                "Your limit is %(limit)s a day, and %(left)s of it is left until midnight"
                " (%(zone)s). Ask a manager.",
                limit=amounts["limit"],
                left=voice.speech.amount(left),
                zone=voice.speech.zone.key,
            )
        return gettext(
            "This is over your limit of %(limit)s. Ask a manager.", limit=amounts["limit"]
        )
    if code in SENTENCES:
        return gettext(SENTENCES[code])
    return str(problem.get("detail") or problem.get("title") or code)


def _left_today(problem: Mapping[str, Any]) -> str | None:
    """What is left of a limit of one day; None: the limit is one of a single act, or nothing of it
    was used, so that it makes no difference which."""
    limit, used, asked = (Decimal(problem.get(name) or 0) for name in ("limit", "used", "asked"))
    return f"{max(limit - used, Decimal(0)):f}" if used or asked <= limit else None


_BY: Final[Mapping[str, tuple[str, str]]] = {
    "already_cancelled": (
        translatable("This was cancelled on %(day)s."),
        translatable("This was cancelled on %(day)s by %(who)s."),
    ),
    "already_released": (
        translatable("This was released on %(day)s."),
        translatable("This was released on %(day)s by %(who)s."),
    ),
    "already_committed": (
        translatable("This was confirmed on %(day)s: cancel it instead."),
        translatable("This was confirmed on %(day)s by %(who)s: cancel it instead."),
    ),
}
"""What has already been done, with the day; and also with the person."""


def _by(code: str, related: Brief, voice: Voice) -> str:
    who, day = voice.who(related), voice.day(related.recorded_at)
    text = _BY[code][bool(who)]
    if who:
        return voice.speech.gettext(text, day=day, who=who)
    return voice.speech.gettext(text, day=day)
