"""Every administrative operation of the native API leaves one row of the audit log."""

from __future__ import annotations

from typing import Final

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.storage.store import Store
from tests.http.audited import Heard, acts_of, check_acts
from tests.http.native.examples import played

ACTS: Final = {
    "create_program": "program.created",
    "change_program": "program.updated",
    "create_currency": "currency.created",
    "change_currency": "currency.updated",
    "change_currency_options": "currency.updated",
    "change_member": "member.updated",
    "delete_member": "member.deleted",
    "merge_member": "member.merged",
    "undo_merge": "member.unmerged",
    "export_member": "member.exported",
    "erase_member": "member.erased",
    "create_user": "user.created",
    "change_user": "user.updated",
    "set_password": "user.password_changed",
    "disable_user": "user.disabled",
    "enable_user": "user.enabled",
    "unlock_user": "user.unlocked",
    "create_totp": "user.totp_changed",
    "delete_totp": "user.totp_changed",
    "change_own_password": "user.password_changed",
    "create_own_totp": "user.totp_changed",
    "delete_own_totp": "user.totp_changed",
    "create_session": "login.succeeded",
    "delete_session": "session.ended",
    "end_session": "session.ended",
    "approve_request": "approval.approved",
    "reject_request": "approval.rejected",
    "withdraw_request": "approval.withdrawn",
    "rotate_api_key": "api_key.rotated",
    "create_api_key": "api_key.created",
    "revoke_api_key": "api_key.revoked",
    "create_import": "import.started",
    "start_import": "import.started",
    "stop_import": "import.stopped",
    "resume_import": "import.started",
    "create_export": "export.created",
    "download_export": "export.downloaded",
    "create_webhook": "webhook.created",
    "change_webhook": "webhook.updated",
    "rotate_webhook": "webhook.rotated",
    "disable_webhook": "webhook.disabled",
    "enable_webhook": "webhook.enabled",
    "test_webhook": "webhook.tested",
    "redeliver": "webhook.redelivered",
    "redeliver_range": "webhook.redelivered",
    "delete_webhook": "webhook.deleted",
    "create_promotion": "promotion.created",
    "change_promotion": "promotion.deactivated",
    "put_referral": "promotion.created",
    "delete_referral": "promotion.deleted",
    "create_tier_group": "tier_group.created",
    "change_tier_group": "tier_group.updated",
    "activate_tier_group": "tier_group.activated",
    "deactivate_tier_group": "tier_group.deactivated",
    "draft_tier_group": "tier_group.deactivated",
    "delete_tier_group": "tier_group.deleted",
    "create_location": "location.created",
    "change_location": "location.updated",
    "put_limits": "user.updated",
    "create_benefit": "benefit.created",
    "change_benefit": "benefit.updated",
    "activate_benefit": "benefit.activated",
    "draft_benefit": "benefit.deactivated",
    "delete_benefit": "benefit.deleted",
    "create_reward": "reward.created",
    "change_reward": "reward.updated",
    "activate_reward": "reward.activated",
    "deactivate_reward": "reward.deactivated",
    "draft_reward": "reward.deactivated",
    "delete_reward": "reward.deleted",
    "add_codes": "reward.updated",
    "put_offer": "reward.updated",
    "delete_offer": "reward.updated",
    "create_rule": "rule.created",
    "change_rule": "rule.updated",
    "activate_rule": "rule.activated",
    "deactivate_rule": "rule.deactivated",
    "draft_rule": "rule.deactivated",
    "delete_rule": "rule.deleted",
}


async def test_every_administrative_operation_leaves_a_row(store: Store) -> None:
    heard: list[Heard] = []
    await played(store, lambda operation, answer: heard.append((operation, answer)))
    waiting = [
        answer
        for operation, answer in heard
        if answer.status_code == 202 and operation.status != 202
    ]
    assert [await acts_of(store, each) for each in waiting] == 3 * [("approval.requested",)]
    done = [each for each in heard if each[1] not in waiting]
    await check_acts(store, OPERATIONS, ACTS, done)
