"""How a request to the console ends without its page."""


class SignedOut(Exception):
    """Nobody has signed in, or the session has ended."""


class Unconfirmed(Exception):
    """The person must give their password again first, or has given a wrong one: `error` is the
    code of that refusal. `typed` is what they had sent, to be sent again with the password."""

    def __init__(self, typed: str, error: str | None = None, wait_s: int = 0) -> None:
        super().__init__(error)
        self.typed = typed
        self.error = error
        self.wait_s = wait_s


class Confirmed(Exception):
    """The password was right, and nothing was to be sent: the page is at its own address."""


class Forbidden(Exception):
    """The person may not see or do this, or it was not our form that asked (`code` csrf)."""

    def __init__(self, code: str = "forbidden") -> None:
        super().__init__(code)
        self.code = code


class NotFound(Exception):
    """There is nothing here, or nothing that the person may see."""


class Unreadable(Exception):
    """The form that was sent is none: its bytes, or its size."""
