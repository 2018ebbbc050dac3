"""The greeter: rules judge new members whose request has not waited for it
(loyalty/events/joining.py). Any number of greeters can run at once: each member joins once."""

from functools import partial
from typing import Final

from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.events.joining import welcome_all
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=0.02, longest_s=2.0)
"""A member waits for their points at most about as long as for a due event."""


def greeter(awarding: Awarding) -> Passes:
    """A greeter that runs in passes."""
    return Passes("greeter", partial(welcome_all, awarding), PACE)
