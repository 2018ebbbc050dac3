"""Purchases of rewards and their refunds as reward transactions."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.shapes.schema import (
    OPEN,
    POINTS,
    TEXT,
    TIME,
    Schema,
    array_of,
    id_of,
    merged,
    object_of,
    one_of,
    or_null,
    titled,
)
from stampbook.dialects.voucherify.core.times import stamp
from stampbook.domain.model import transaction_number
from stampbook.loyalty.rewards.model import Code, Purchase, PurchaseRefund

Body = dict[str, Any]
SPENT: Final = "Points spent on reward"
RETURNED: Final = "Reward purchase refunded"


def origin_of(reward: Body, definition: str | None) -> str:
    """What a purchase keeps of the reward: what it hands out, as it was then. `definition` is that
    of points that are bought."""
    kept = {name: reward[name] for name in ("type", "material", "digital") if name in reward}
    return msgspec.json.encode({**kept, "definition": definition}).decode()


def print_simulated(purchase: Purchase) -> Body:
    """A purchase that was only tried: it has no id, and was made at no time."""
    body = {**_begun(purchase), "card_transaction_id": None, "status": "SIMULATED"}
    return {name: value for name, value in body.items() if name not in ("id", "created_at")}


def print_created(purchase: Purchase) -> Body:
    """A purchase as the call that made it answers: not processed yet."""
    return {**_begun(purchase), "status": "PENDING"}


def print_recorded(purchase: Purchase, codes: Sequence[Code]) -> Body:
    """A purchase as every later read tells it."""
    body = _begun(purchase)
    body["details"]["result"] = result_of(purchase, codes)
    status = "REFUNDED" if purchase.refunded else "APPROVED"
    return {**body, "status": status, "updated_at": stamp(purchase.updated_at)}


def print_refund(
    purchase: Purchase, refund: PurchaseRefund, voided: Sequence[Code], kept: Sequence[Code]
) -> Body:
    """A refund as the call that made it answers."""
    body = _begun(purchase)
    spent = transaction_number(account=purchase.account_id, seq=purchase.seq)
    returned = None
    if refund.seq is not None:
        number = transaction_number(account=purchase.account_id, seq=refund.seq)
        returned = spell(Prefix.TRANSACTION, number)
    return {
        **body,
        "id": spell(Prefix.REWARD_TRANSACTION, refund.refund_id),
        "card_transaction_id": returned,
        "type": "REFUND",
        "details": {
            "reason": RETURNED,
            "rejection": None,
            "metadata": {},
            "points": {"total": refund.points},
            "result": result_of(purchase, [*voided, *kept], voided=voided),
            "purchase": {
                "card_transaction": {"id": spell(Prefix.TRANSACTION, spent)},
                "reward_transaction": {"id": body["id"]},
            },
        },
        "status": "PENDING",
        "created_at": stamp(refund.created_at),
    }


def _begun(purchase: Purchase) -> Body:
    number = transaction_number(account=purchase.account_id, seq=purchase.seq)
    return {
        "id": spell(Prefix.REWARD_TRANSACTION, purchase.purchase_id),
        "card_id": spell(Prefix.CARD, purchase.account_id),
        "card_transaction_id": spell(Prefix.TRANSACTION, number),
        "program_id": spell(Prefix.PROGRAM, purchase.program_id),
        "member_id": spell(Prefix.MEMBER, purchase.member_id),
        "reward_id": spell(Prefix.REWARD, purchase.reward_id),
        "status": "APPROVED",
        "type": "PURCHASE",
        "details": {
            "reason": SPENT,
            "rejection": None,
            "metadata": msgspec.json.decode(purchase.metadata),
            "points": {"total": purchase.points},
            "result": None,
        },
        "created_at": stamp(purchase.created_at),
        "updated_at": None,
        "object": "reward_transaction",
    }


def result_of(
    purchase: Purchase, codes: Sequence[Code], *, voided: Sequence[Code] | None = None
) -> Body | None:
    """What was handed out; of a refund (`voided` is given) what became of it.

    None for a purchase of another API.
    """
    if purchase.origin is None:
        return None
    given = msgspec.json.decode(purchase.origin)
    gone = None if voided is None else {each.code_id for each in voided}
    digital = given.get("digital")
    return {
        "reward": {"id": spell(Prefix.REWARD, purchase.reward_id), "type": given["type"]},
        "quantity": purchase.quantity,
        "material": given.get("material"),
        "digital": digital and _digital(purchase, given, codes, gone),
    }


def _digital(purchase: Purchase, given: Body, codes: Sequence[Code], gone: set[int] | None) -> Body:
    digital = given["digital"]
    match digital["type"]:
        case "DISCOUNT_COUPONS":
            items = [{**_code(each), **_became(each, gone, "DELETED")} for each in codes]
            return {"type": digital["type"], "discount_coupons": items}
        case "GIFT_VOUCHERS":
            balance = digital["gift_vouchers"]["balance"]
            amounts = {"amount": balance, "balance": balance}
            items = [
                {**_code(each), **amounts, **_became(each, gone, "CREDITS_SUBTRACTED")}
                for each in codes
            ]
            return {"type": digital["type"], "gift_vouchers": items}
        case _:
            account = purchase.target_account_id
            points = {
                "points": purchase.target_points or 0,
                "card_definition_id": given["definition"],
                "card_id": "" if account is None else spell(Prefix.CARD, account),
            }
            return {"type": digital["type"], "loyalty_card_points": points}


def _code(code: Code) -> Body:
    return {"id": spell(Prefix.VOUCHER, code.code_id), "code": code.code}


def _became(code: Code, gone: set[int] | None, word: str) -> Body:
    """A code that has been used stays as it is."""
    if gone is None:
        return {}
    return {"result": word if code.code_id in gone else "SKIPPED"}


# -- as it is described -------------------------------------------------------------------

NUMBER: Final[Schema] = {"type": "number"}
CODE: Final = {"id": id_of("v"), "code": TEXT}
RESULT: Final = or_null(
    titled(
        "RewardResult",
        object_of(
            reward=object_of(id=id_of("lrew"), type=one_of("MATERIAL", "DIGITAL")),
            quantity=NUMBER,
            material=or_null(OPEN),
            digital=or_null(
                object_of(
                    type=one_of("DISCOUNT_COUPONS", "GIFT_VOUCHERS", "LOYALTY_CARD_POINTS"),
                    discount_coupons_=array_of(
                        object_of(**CODE, result_=one_of("DELETED", "SKIPPED"))
                    ),
                    gift_vouchers_=array_of(
                        object_of(
                            **CODE,
                            amount=NUMBER,
                            balance=NUMBER,
                            result_=one_of("CREDITS_SUBTRACTED", "SKIPPED"),
                        )
                    ),
                    loyalty_card_points_=object_of(
                        points=POINTS, card_definition_id=id_of("lcdef"), card_id=TEXT
                    ),
                )
            ),
        ),
    )
)
DETAILS: Final = object_of(
    reason=TEXT,
    rejection={"type": "null"},
    metadata=OPEN,
    points=object_of(total=POINTS),
    result=RESULT,
)
PLACE: Final = object_of(
    card_id=id_of("lcrd"),
    card_transaction_id=or_null(id_of("lctx")),
    program_id=id_of("lprg"),
    member_id=id_of("lmbr"),
    reward_id=id_of("lrew"),
    updated_at=or_null(TIME),
    object=one_of("reward_transaction"),
)
NAMED: Final = object_of(id=id_of("lrtx"), created_at=TIME)
PURCHASE: Final = titled(
    "RewardPurchase",
    merged(
        NAMED,
        PLACE,
        object_of(
            type=one_of("PURCHASE"),
            details=DETAILS,
            status=one_of("PENDING", "APPROVED", "REFUNDED"),
        ),
    ),
)
SIMULATED: Final = merged(
    PLACE, object_of(type=one_of("PURCHASE"), details=DETAILS, status=one_of("SIMULATED"))
)
BOUGHT: Final[Schema] = {
    "anyOf": [
        object_of(transaction=PURCHASE, status=one_of("TRANSACTION_CREATED"), message=TEXT),
        object_of(transaction=SIMULATED, status=one_of("DRY_RUN"), message=TEXT),
    ]
}
LINK: Final = object_of(id=TEXT)
REFUND: Final = titled(
    "RewardRefund",
    merged(
        NAMED,
        PLACE,
        object_of(
            type=one_of("REFUND"),
            details=merged(
                DETAILS,
                object_of(purchase=object_of(card_transaction=LINK, reward_transaction=LINK)),
            ),
            status=one_of("PENDING"),
        ),
    ),
)
REFUNDED: Final = object_of(transaction=REFUND, status=one_of("APPROVED"), message=TEXT)
