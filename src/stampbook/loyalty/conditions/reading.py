"""What a rule reads, so that only that is looked up and frozen."""

from collections.abc import Iterator
from typing import Final

from stampbook.loyalty.conditions.evaluating import names_of
from stampbook.loyalty.conditions.shape import COUNT, EACH, Path
from stampbook.loyalty.model import Given, Per, Version

OF_BENEFITS: Final = frozenset({"member.metadata", "event.metadata"})
"""What benefits may read that is looked up: the points of some are in proportion to it."""


def reads(version: Version) -> frozenset[str]:
    """The dotted names that the conditions and bases of a version read: `order.total`,
    `lines.sku`, `member.metadata.city`, or shorter where all of a value is read."""
    texts = (each.condition for each in version.earnings if each.condition is not None)
    found = {".".join(_steps(path)) for path in names_of(texts)}
    for earning in version.earnings:
        found |= {effect.basis for effect in earning.effects if isinstance(effect, Per)}
        if any(isinstance(effect, Given) for effect in earning.effects):
            found |= OF_BENEFITS
    return frozenset(found)


def _steps(path: Path) -> Iterator[str]:
    """The steps of a path through fields; numbers are read from the metadata."""
    steps = [step for step in path if step not in (EACH, COUNT)]
    yield from (
        "metadata" if at == 1 and step == "numbers" else step for at, step in enumerate(steps)
    )
