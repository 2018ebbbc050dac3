"""What is taken back when less of an order remains, or a threshold is no longer reached."""

from collections.abc import Mapping, Sequence

from stampbook.loyalty.judging.values import Happening, Held, Recounted
from stampbook.loyalty.model import Grant, Version


def recount(
    held: Sequence[Held],
    grants: Sequence[Grant],
    versions: Mapping[tuple[int, int], Version],
    *,
    was: Happening,
    now: Happening | None,
) -> Recounted:
    """What the awards and grants of one event become. Nothing rises.

    `held` are the event's awards, oldest first; `grants` those in force; `versions` are by rule
    and number. `was` is the event as it was judged, whole; `now` has what remains of its order,
    or other totals, and the same facts otherwise; None: nothing remains of the event.
    """
    raise NotImplementedError
