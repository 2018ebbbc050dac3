"""Errors of requests to this package; callers express them in their own words."""


class Taken(Exception):
    """The value is in use already. `field` names it: external_id, code, number, login."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Invalid(ValueError):
    """A value that no row may have. `field` names it, `detail` is a sentence for people."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail


class WeakPassword(Invalid):
    """A password that nobody may have."""

    def __init__(self, detail: str) -> None:
        super().__init__("password", detail)


class LastAdmin(Exception):
    """Nobody, or no key, would be left that may do everything in the whole tenant."""


class Gone(Exception):
    """The thing to be changed does not exist, or no longer exists, for this tenant."""


class Changed(Exception):
    """It was changed since it was read: read it again."""
