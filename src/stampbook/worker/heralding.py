"""The herald: announces changes of tiers (loyalty/tiers/heralding.py). Any number of heralds can
run at once: each change is announced once."""

from functools import partial
from typing import Final

from stampbook.ledger.engine import Ledger
from stampbook.loyalty.tiers.heralding import herald
from stampbook.worker.passes import Pace, Passes

PACE: Final = Pace(shortest_s=0.02, longest_s=2.0, share=0.1)
"""As the projector's: nothing waits for it."""


def heralding(ledger: Ledger) -> Passes:
    """A herald that runs in passes."""
    return Passes("herald", partial(herald, ledger, ledger.clock), PACE)
