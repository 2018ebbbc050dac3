"""What ends a benchmark early."""


class Broken(Exception):
    """The benchmark failed; the message says what happened."""


class Lacking(Exception):
    """Something that must be installed is missing; the message says what."""
