"""Why a text cannot be a condition."""

from enum import StrEnum


class Fault(StrEnum):
    INVALID = "invalid_expression"
    TOO_COSTLY = "expression_too_costly"


class InvalidCondition(Exception):
    """The text cannot be a condition. `code` is for the answer, `message` says why."""

    def __init__(self, code: Fault, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> InvalidCondition:
    return InvalidCondition(Fault.INVALID, message)


def too_costly(message: str) -> InvalidCondition:
    return InvalidCondition(Fault.TOO_COSTLY, message)
