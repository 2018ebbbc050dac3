"""Identifiers on the native wire: a prefix and the number in lowercase hexadecimal.

Every number has one spelling; anything else names nothing.
"""

LIMIT = 2**53
"""Numbers stay below: they are exact in a JavaScript number."""

PROGRAM, CURRENCY, MEMBER, ACCOUNT = "prg", "cur", "mbr", "acc"
TRANSACTION, LOT, API_KEY = "txn", "lot", "key"
PROMOTION, TIER_GROUP, TIER = "prm", "tgr", "tir"
BENEFIT, GRANT, REWARD, PURCHASE, CODE = "ben", "grt", "rwd", "pur", "cod"
RULE, VERSION, AWARD, EVENT = "rul", "ver", "awd", "evt"
USER, APPROVAL = "usr", "apr"
LOCATION, VISIT, APPOINTMENT, LINE, PAYMENT = "loc", "vis", "apt", "lin", "pay"
USER, SESSION = "usr", "ses"
ORDER, REFUND, ORDER_PAYMENT = "ord", "ref", "pmt"

USER, AUDIT, ANCHOR = "usr", "aud", "anc"
MERGE = "mrg"
WEBHOOK, DELIVERY = "whk", "dlv"
IMPORT, EXPORT = "imp", "exp"


def write(prefix: str, number: int) -> str:
    """`write("acc", 26)` is `acc_1a`."""
    return f"{prefix}_{number:x}"


def read(prefix: str, text: str) -> int | None:
    """The number of an identifier with that prefix; None if the text is not its spelling."""
    start = len(prefix) + 1
    digits = text[start:]
    if len(digits) > 14:
        return None
    try:
        number = int(digits, 16)
    except ValueError:
        return None
    if 0 < number < LIMIT and text == f"{prefix}_{number:x}":
        return number
    return None
