"""What may never happen: the one exception by which the domain reports a bug of its own."""


class BrokenInvariant(Exception):
    """Going on would break a law of semantics.md §6. It is a bug, never a refusal.

    The account's book may be half changed when this is raised and must be let go. The
    engine answers the one submission with an internal error, logs it, and serves all others.
    """
