"""What can be exported, and how it can be written."""

from enum import StrEnum
from typing import Final


class Exported(StrEnum):
    """What can be exported."""

    MEMBERS = "members"
    ACCOUNTS = "accounts"
    LOTS = "lots"
    TRANSACTIONS = "transactions"
    POSTINGS = "postings"
    ORDERS = "orders"
    EVENTS = "events"
    AUDIT = "audit"


FORMATS: Final = ("csv", "jsonl")
