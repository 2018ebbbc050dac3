"""What a rule reads, so that only that is looked up and frozen."""

from collections.abc import Iterable

from stampbook.loyalty.model import Version


def reads(version: Version) -> frozenset[str]:
    """The dotted names that the conditions and bases of a version read: `order.total`,
    `member.metadata.city`, or shorter where all of a value is read: `order.metadata`."""
    raise NotImplementedError


def reads_any(versions: Iterable[Version], root: str) -> bool:
    """Whether one of the versions reads the name or something of it: `totals`, `member.tiers`."""
    raise NotImplementedError
