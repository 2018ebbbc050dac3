"""What rows of the outbox keep, by the type of their event: values of the domain as JSON.

A row is read for as long as it is kept (`event_retention_days`), by later releases too: so fields
of these types are only added at the end, with a default.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec.json import Decoder

from stampbook.loyalty.orders.effects import decode
from stampbook.loyalty.orders.telling import OrderAsIs
from stampbook.loyalty.rewards.granting import GrantAsIs
from stampbook.loyalty.rewards.purchases import PurchaseAsIs
from stampbook.loyalty.tiers.heralding import TierChanged
from stampbook.programs.approvals import Approval
from stampbook.programs.currencies import Stored
from stampbook.programs.members import Member
from stampbook.programs.programs import Program
from stampbook.storage.outbox.accounts import Columns
from stampbook.verifying.anchor_lines import Anchor


class WebhookDisabled(NamedTuple):
    """A webhook that was disabled since it fails."""

    webhook: int
    url: str
    reason: str


Report = Mapping[str, Any]
"""What has become of an import or an export, as the native API says it."""

TYPES_OF_VALUES: Final[dict[str, Any]] = {
    "account.opened": Columns,
    "account.closed": Columns,
    "member.created": tuple[Member | None, Member],
    "member.updated": tuple[Member | None, Member],
    "member.deleted": tuple[Member | None, Member],
    "member.merged": tuple[Member, int],
    "member.erased": int,
    "program.updated": tuple[Program | None, Program],
    "currency.updated": tuple[Stored | None, Stored],
    "order.paid": OrderAsIs,
    "order.refunded": OrderAsIs,
    "order.cancelled": OrderAsIs,
    "grant.created": GrantAsIs,
    "tier.changed": TierChanged,
    "purchase.created": PurchaseAsIs,
    "purchase.refunded": PurchaseAsIs,
    "approval.requested": Approval,
    "approval.decided": Approval,
    "import.finished": Report,
    "export.finished": Report,
    "webhook.disabled": WebhookDisabled,
    "anchor.created": Anchor,
}
"""Changes are pairs: what was before (None: it is new), and what is now. A merge has the
member, and the number of the one who takes over."""

_decoders: Final = {name: Decoder(each) for name, each in TYPES_OF_VALUES.items()}


def currencies_of(value: Any) -> set[int]:
    """The currencies in which amounts of the value are."""
    if isinstance(value, OrderAsIs):
        found = {each.award.currency for each in value.awards}
        found |= {each.currency for each in value.payments}
        for refund in value.refunds:  # it may concern accounts that the order itself does not
            found |= {step.currency for step in decode(refund.effects).cascade if step.currency}
        return found
    if isinstance(value, PurchaseAsIs):
        purchase = value.purchase
        return {purchase.currency_id, purchase.target_currency_id or purchase.currency_id}
    return {value.currency} if isinstance(value, TierChanged) else set()


def read_value(name: str, text: str) -> Any:
    """The value of a row of the outbox of that type."""
    return _decoders[name].decode(text)
