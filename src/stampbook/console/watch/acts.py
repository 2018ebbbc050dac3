"""A sentence for each act of the audit log, and what a row of it is about."""

from collections.abc import Mapping
from typing import Any, Final

from stampbook.console.api import Json
from stampbook.speaking.speech import translatable

SENTENCES: Final[Mapping[str, str]] = {
    "program.created": translatable("The program was created"),
    "program.updated": translatable("The program was changed"),
    "program.activated": translatable("The program was activated"),
    "program.deactivated": translatable("The program was deactivated"),
    "program.deleted": translatable("The program was deleted"),
    "currency.created": translatable("The currency was created"),
    "currency.updated": translatable("The currency was changed"),
    "currency.activated": translatable("The currency was activated"),
    "currency.deactivated": translatable("The currency was deactivated"),
    "currency.deleted": translatable("The currency was deleted"),
    "rule.created": translatable("The rule was created"),
    "rule.updated": translatable("The rule was changed"),
    "rule.activated": translatable("The rule was activated"),
    "rule.deactivated": translatable("The rule was deactivated"),
    "rule.deleted": translatable("The rule was deleted"),
    "tier_group.created": translatable("The group of tiers was created"),
    "tier_group.updated": translatable("The group of tiers was changed"),
    "tier_group.activated": translatable("The group of tiers was activated"),
    "tier_group.deactivated": translatable("The group of tiers was deactivated"),
    "tier_group.deleted": translatable("The group of tiers was deleted"),
    "reward.created": translatable("The reward was created"),
    "reward.updated": translatable("The reward was changed"),
    "reward.activated": translatable("The reward was activated"),
    "reward.deactivated": translatable("The reward was deactivated"),
    "reward.deleted": translatable("The reward was deleted"),
    "benefit.created": translatable("The benefit was created"),
    "benefit.updated": translatable("The benefit was changed"),
    "benefit.activated": translatable("The benefit was activated"),
    "benefit.deactivated": translatable("The benefit was deactivated"),
    "benefit.deleted": translatable("The benefit was deleted"),
    "promotion.created": translatable("The promotion was created"),
    "promotion.updated": translatable("The promotion was changed"),
    "promotion.activated": translatable("The promotion was activated"),
    "promotion.deactivated": translatable("The promotion was deactivated"),
    "promotion.deleted": translatable("The promotion was deleted"),
    "location.created": translatable("The location was created"),
    "location.updated": translatable("The location was changed"),
    "location.activated": translatable("The location was activated"),
    "location.deactivated": translatable("The location was deactivated"),
    "location.deleted": translatable("The location was deleted"),
    "login.succeeded": translatable("Somebody signed in"),
    "login.failed": translatable("A sign-in failed"),
    "login.locked": translatable("Sign-ins were locked after failures"),
    "session.ended": translatable("A session was ended"),
    "user.created": translatable("A person was added"),
    "user.updated": translatable("A person's rights or data were changed"),
    "user.password_changed": translatable("A password was changed"),
    "user.disabled": translatable("A person was disabled"),
    "user.enabled": translatable("A person was enabled"),
    "user.unlocked": translatable("A person's sign-in was unlocked"),
    "user.totp_changed": translatable("A second factor was set or removed"),
    "api_key.created": translatable("An API key was created"),
    "api_key.rotated": translatable("An API key got a new secret"),
    "api_key.revoked": translatable("An API key was revoked"),
    "member.created": translatable("A member was registered"),
    "member.updated": translatable("A member's data were changed"),
    "member.deleted": translatable("A member was removed"),
    "member.merged": translatable("Two members were merged"),
    "member.unmerged": translatable("A merge of members was undone"),
    "member.exported": translatable("A member's data were exported"),
    "member.erased": translatable("A member's personal data were erased"),
    "metadata_schema.created": translatable("A schema of metadata was created"),
    "webhook.created": translatable("A webhook was created"),
    "webhook.updated": translatable("A webhook was changed"),
    "webhook.disabled": translatable("A webhook was disabled"),
    "webhook.enabled": translatable("A webhook was enabled"),
    "webhook.rotated": translatable("A webhook got a new secret"),
    "webhook.deleted": translatable("A webhook was deleted"),
    "webhook.redelivered": translatable("Events were sent to a webhook again"),
    "webhook.tested": translatable("A webhook was tried out"),
    "import.started": translatable("An import was started"),
    "import.finished": translatable("An import was finished"),
    "import.stopped": translatable("An import was stopped"),
    "export.created": translatable("An export was made"),
    "export.downloaded": translatable("An export was downloaded"),
    "approval.requested": translatable("An approval was asked for"),
    "approval.approved": translatable("A request was approved"),
    "approval.rejected": translatable("A request was rejected"),
    "approval.withdrawn": translatable("A request was withdrawn"),
    "migration.applied": translatable("The database was migrated"),
    "backup.created": translatable("A backup was made"),
    "backup.restored": translatable("A backup was restored"),
}
"""By the code of the act (programs.auditing.ACTIONS)."""

NAMES: Final = ("name", "title", "login", "code", "external_id")
"""Fields by which people know what was changed, the best first."""


def thing_of(row: Json) -> str:
    """What the row is about: its name, if the row has it, or its id."""
    changes: Mapping[str, Any] = row["changes"]
    for name in NAMES:
        each = changes.get(name) or {}
        known = each.get("after") or each.get("before")
        if isinstance(known, str):
            return known
    return str(row["entity"] or "")
