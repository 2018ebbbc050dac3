"""What ends a benchmark early."""


class Broken(Exception):
    """The benchmark could not be carried out; the message says what happened."""


class Lacking(Exception):
    """Something that must be installed is not there; the message says what."""
