"""How a request ends early: with one of the vendor's error numbers and its stable text."""

from collections.abc import Mapping


class Fault(Exception):
    """Raised to answer with an error.

    `error` goes into the envelope; `data` beside it where a retry is to learn the state.
    `status` is the HTTP status, which is 200 for all that was handled.
    """

    def __init__(
        self,
        error: int,
        text: str,
        *,
        data: Mapping[str, str] | None = None,
        status: int = 200,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(error, text)
        self.error = error
        self.text = text
        self.data = data
        self.status = status
        self.headers = headers

    @property
    def code(self) -> str:
        """What the log calls it."""
        return str(self.error)


def incorrect(field: str, why: str) -> Fault:
    """400 for one field (`body`: the whole of it)."""
    return Fault(400, f"Incorrect request: {field}: {why}")


def not_found(what: str) -> Fault:
    """404; `what` is transaction, member, loyalty program, currency, promotion, task …"""
    return Fault(404, f"Not found: {what}")
