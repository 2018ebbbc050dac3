"""What calls raise. The exceptions of single codes are in `problems`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stampbook_client.models.ledger import Problem
    from stampbook_client.models.people import Approval


class StampbookError(Exception):
    """All that this package raises by itself comes from this."""


class NoAnswerError(StampbookError):
    """No attempt had an answer. A write may have had its effect: to find out, repeat the call with
    the same `idempotency_key`; it has one effect, however often it arrives."""

    def __init__(self, message: str, idempotency_key: str | None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class TimedOutError(NoAnswerError):
    """The answer did not come in time."""


class UnexpectedAnswerError(StampbookError):
    """The answer is not one of this API's: a proxy's page, or an object that this version of the
    package cannot read."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ApprovalPendingError(StampbookError):
    """Nothing was done yet: a second person must approve it. Only people need that, no API key."""

    def __init__(self, approval: Approval) -> None:
        super().__init__(f"{approval.id} waits for a second person")
        self.approval = approval


class ProblemError(StampbookError):
    """The API refused the request, and nothing was written.

    Each code has a class of its own in `stampbook_client.problems`, such as
    `InsufficientPointsError`. `retry_after_s` is what the answer asked for.
    """

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem
        self.retry_after_s = retry_after_s

    @property
    def code(self) -> str:
        """What went wrong, in one word that never changes."""
        return self.problem.code

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def detail(self) -> str:
        """A sentence for people."""
        return self.problem.detail

    @property
    def request_id(self) -> str | None:
        """What the server's log calls the request."""
        return self.problem.request_id

    @property
    def active(self) -> Decimal | None:
        """Of a refusal: the account's active balance."""
        return self.problem.active
