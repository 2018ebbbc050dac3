"""How a request to the console ends without its page."""


class SignedOut(Exception):
    """Nobody has signed in, or the session has ended."""


class Forbidden(Exception):
    """The person may not see or do this, or it was not our form that asked (`code` csrf)."""

    def __init__(self, code: str = "forbidden") -> None:
        super().__init__(code)
        self.code = code


class NotFound(Exception):
    """There is nothing here, or nothing that the person may see."""


class Unreadable(Exception):
    """The form that was sent is none: its bytes, or its size."""
