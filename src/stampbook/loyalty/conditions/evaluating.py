"""The evaluation of accepted conditions on an event."""

from collections.abc import Iterable

from stampbook.loyalty.model import Facts, OrderFacts


class Evaluation:
    """Conditions of one event. The values that they read are converted once."""

    def __init__(self, texts: Iterable[str], facts: Facts, order: OrderFacts | None = None) -> None:
        """`texts` are all conditions that may be asked."""
        raise NotImplementedError

    def holds(self, text: str) -> bool | str:
        """Whether the condition is true. A text says why it could not be evaluated. Never raises."""
        raise NotImplementedError
