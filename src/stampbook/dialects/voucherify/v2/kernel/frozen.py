"""What may no longer be changed of what is not a draft any more."""

from collections.abc import Mapping

from stampbook.dialects.voucherify.core.faults import invalid_payload


def check_frozen(
    status: str, before: Mapping[str, object], after: Mapping[str, object], editable: frozenset[str]
) -> None:
    """Outside of DRAFT only `editable` properties change. The same value again is no change.

    Raises a Fault (400).
    """
    if status == "DRAFT":
        return
    for name in sorted((before.keys() | after.keys()) - editable):
        if before.get(name) != after.get(name):
            raise invalid_payload(f"Property .{name} cannot be changed when status is {status}")
