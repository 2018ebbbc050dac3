"""Which texts are accepted as conditions."""

from enum import StrEnum

from stampbook.loyalty.model import Trigger

COST_NAMES = frozenset({"member", "local"})
"""What the condition of a reward's cost may read."""

PAYMENT_NAMES = frozenset({"order"})
"""What the formula of an exchange may read."""


class Fault(StrEnum):
    INVALID = "invalid_expression"
    TOO_COSTLY = "expression_too_costly"


class InvalidCondition(Exception):
    """The text cannot be a condition. `code` is for the answer, `message` says why."""

    def __init__(self, code: Fault, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def names_for(trigger: Trigger) -> frozenset[str]:
    """The names that a condition may read in a rule with this trigger."""
    raise NotImplementedError


def check(text: str, names: frozenset[str]) -> None:
    """Accept the text as a condition that reads no names but these. Raises InvalidCondition."""
    raise NotImplementedError
