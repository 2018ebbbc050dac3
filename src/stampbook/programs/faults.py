"""What can be wrong with a request to this package; callers put it into their own words."""


class Taken(Exception):
    """Somebody else has that value already. `field` names it: external_id, code, number, login."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Invalid(ValueError):
    """A value that no row may hold. `field` names it, `detail` is a sentence for people."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail


class Gone(Exception):
    """What was to be changed does not exist (any more) for this tenant."""


class Changed(Exception):
    """Somebody else changed it since it was read: read it again."""
