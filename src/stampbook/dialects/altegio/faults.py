"""Why a request is answered with something else than its data."""

from collections.abc import Sequence


class Fault(Exception):
    """An error: a status and what its `meta` says.

    `message` names a text of `texts.MESSAGES` (None: `meta` is empty). `errors` are pairs
    of a field and the name of a text, or, with `literal`, the text itself.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        errors: Sequence[tuple[str, str]] = (),
        *,
        literal: bool = False,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(status, message, errors)
        self.status = status
        self.message = message
        self.errors = errors
        self.literal = literal
        self.retry_after_s = retry_after_s

    @property
    def code(self) -> str | None:
        """What the log calls it: the name of the text."""
        return None if self.literal else self.message


def unauthenticated() -> Fault:
    return Fault(401, "authentication")


def denied() -> Fault:
    return Fault(403, "denied")


def not_found() -> Fault:
    return Fault(404)


def unknown_card_type() -> Fault:
    """400: a body names a card type that the chain does not have."""
    return Fault(400, "card_type")


def invalid(*errors: tuple[str, str]) -> Fault:
    """422 with a text for each field."""
    return Fault(422, "error", errors)
