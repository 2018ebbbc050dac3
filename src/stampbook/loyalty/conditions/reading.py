"""What a rule reads, so that only that is looked up and frozen."""

from collections.abc import Iterable

from stampbook.loyalty.conditions.evaluating import names_of
from stampbook.loyalty.conditions.shape import COUNT, EACH
from stampbook.loyalty.model import Per, Version


def reads(version: Version) -> frozenset[str]:
    """The dotted names that the conditions and bases of a version read: `order.total`,
    `lines.sku`, `member.metadata.city`, or shorter where all of a value is read."""
    texts = (each.condition for each in version.earnings if each.condition is not None)
    found = {
        ".".join(step for step in path if step not in (EACH, COUNT)) for path in names_of(texts)
    }
    for earning in version.earnings:
        found |= {effect.basis for effect in earning.effects if isinstance(effect, Per)}
    return frozenset(found)


def reads_any(versions: Iterable[Version], name: str) -> bool:
    """Whether one of the versions reads the name or something of it: `totals`, `member.tiers`."""
    within = f"{name}."
    return any(
        each == name or each.startswith(within) or name.startswith(f"{each}.")
        for version in versions
        for each in reads(version)
    )
