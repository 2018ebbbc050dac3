"""The vendor's own clients against a server that runs: Python's and the one for Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.http.voucherify.clients.vendor import NODE, Live, v2, voucherify
from tests.http.voucherify.house import V2, idle_rule

# The vendor's client says of every v1 method that the vendor wants v2 to be used.
pytestmark = pytest.mark.filterwarnings(r"ignore:\w+ /v1/\S+ is deprecated:DeprecationWarning")


class Wallet(NamedTuple):
    """A card with pending points."""

    code: str
    campaign: str
    account: str
    program: str
    member: str
    card: str

    @property
    def path(self) -> str:
        return f"/loyalties/programs/{self.program}/members/{self.member}/cards/{self.card}"


@pytest.fixture
def wallet(live: Live) -> Wallet:
    """A new program's card, on which 60 and 40 points are pending."""
    api = live.api
    definition = api.post(
        f"{V2}/card-definitions",
        {
            "name": "Points",
            "type": "INDIVIDUAL",
            "status": "ACTIVE",
            "pending_points": {
                "type": "PERIOD_BASED",
                "period_based": {"period": {"value": 10, "unit": "DAY"}},
            },
        },
    )
    rule = api.post(f"{V2}/earning-rules", idle_rule(definition["id"]))
    program = api.post(
        f"{V2}/programs",
        {
            "name": "Club",
            "status": "ACTIVE",
            "card_definitions": [{"id": definition["id"]}],
            "earning_rules": [{"id": rule["id"]}],
        },
    )
    customer = api.post("/v1/customers", {"name": "Anna"})
    path = f"{V2}/programs/{program['id']}/members"
    member = api.post(path, {"customer_id": customer["id"]})
    card = member["cards"][0]["card"]["id"]
    account = f"acc_{int(card[5:], 16):x}"
    for amount in ("60", "40"):
        api.move(account, "accrue", amount)
    code = api.get(f"{path}/{member['id']}")["cards"][0]["card"]["code"]
    campaign = f"camp_{program['id'][5:]}"
    return Wallet(code, campaign, account, program["id"], member["id"], card)


# -- Python ----------------------------------------------------------------------------------


def test_python_v2(client: Any, wallet: Wallet) -> None:
    status, pending = v2(client, "GET", wallet.path + "/pending-points", limit="1")
    assert (status, len(pending["data"])) == (200, 1)
    bucket = pending["data"][0]["id"]
    cancel = f"{wallet.path}/pending-points/{bucket}/cancel"
    status, body = v2(client, "POST", cancel)
    assert (status, body["transaction"]["type"]) == (200, "PENDING_POINTS_CANCELED")
    assert body["transaction"]["status"] == "PENDING"
    status, body = v2(client, "POST", cancel)
    assert (status, body["key"]) == (423, "invalid_pending_points_bucket_status")
    status, body = v2(client, "GET", wallet.path + "/transactions")
    assert [each["status"] for each in body["data"]] == ["APPROVED"] * 3


def test_python_with_a_bearer(client: Any, live: Live, wallet: Wallet) -> None:
    anonymous = voucherify.ApiClient(voucherify.Configuration(host=live.api.url))
    anonymous.set_default_header("Authorization", f"Bearer {live.secret}")
    status, _ = v2(anonymous, "GET", wallet.path + "/pending-points")
    assert status == 200


def test_python_reads_v1(client: Any, wallet: Wallet) -> None:
    """The vendor's models check types and words of what they are given."""
    v1 = voucherify.LoyaltiesApi(client)
    campaign = v1.get_loyalty_program(wallet.campaign)
    assert (campaign.id, campaign.vouchers_count) == (wallet.campaign, 1)
    members = v1.list_members(wallet.campaign, limit=5, page=1, order="-code")
    assert (members.total, members.vouchers[0].code) == (1, wallet.code)
    voucher = voucherify.VouchersApi(client).get_voucher(wallet.code)
    assert voucher.loyalty_card.pending_points == 100
    v1.update_loyalty_card_balance(wallet.code, {"points": 10})
    redeemed = v1.redeem_reward(wallet.code, {"reward": {"id": "rew_1", "points": 4}})
    redemptions = voucherify.RedemptionsApi(client)
    found = redemptions.get_redemption(redeemed.id)
    assert (found.amount, found.status) == (4, "SUCCEEDED")
    rolled = redemptions.rollback_redemption(redeemed.id)
    found = redemptions.get_redemption(redeemed.id)
    assert (found.status, found.related_redemptions.rollbacks[0].id) == ("ROLLED_BACK", rolled.id)
    assert redemptions.get_redemption(rolled.id).amount == -4


def test_python_pending_points(client: Any, wallet: Wallet) -> None:
    v1 = voucherify.LoyaltiesApi(client)
    first = v1.list_member_pending_points(wallet.code, limit=1)
    assert [each.points for each in first.data] == [60]
    assert first.has_more
    rest = v1.list_member_pending_points(
        wallet.code, starting_after_id=first.more_starting_after
    ).data
    assert [each.points for each in rest] == [40]
    assert len(v1.list_member_pending_points1(wallet.campaign, wallet.code).data) == 2
    assert len(v1.list_campaign_pending_points(wallet.campaign).data) == 2
    entry = first.data[0].id
    body = voucherify.LoyaltiesMembersPendingPointsBalanceRequestBody(points=-10)
    adjusted = v1.adjust_member_pending_points(wallet.code, entry, body)
    assert (adjusted.points, adjusted.total) == (-10, 90)
    cancelled = v1.cancel_member_pending_points_with_http_info(wallet.code, entry)
    assert cancelled.status_code == 204
    activated = v1.activate_member_pending_points(wallet.code, rest[0].id)
    assert (activated.points, activated.balance) == (40, 40)
    with pytest.raises(voucherify.exceptions.BadRequestException) as caught:
        v1.cancel_member_pending_points(wallet.code, entry)
    assert json.loads(caught.value.body)["key"] == "invalid_pending_points_state"


def test_python_cards(client: Any, wallet: Wallet) -> None:
    v1 = voucherify.LoyaltiesApi(client)
    body = voucherify.LoyaltiesMembersBalanceUpdateRequestBody(points=50, reason="more")
    assert v1.update_loyalty_card_balance(wallet.code, body).balance == 50
    card = v1.get_member(wallet.code)
    assert (card.loyalty_card.balance, card.loyalty_card.pending_points) == (50, 100)
    assert v1.get_member1(wallet.campaign, wallet.code).code == wallet.code
    joined = v1.add_member(
        wallet.campaign,
        voucherify.LoyaltiesMembersCreateRequestBody(
            customer=voucherify.Customer(source_id="py", name="Py")
        ),
    )
    transfer = voucherify.LoyaltiesTransferPoints(code=wallet.code, points=20, reason="gift")
    moved = v1.transfer_points_without_preload_content(wallet.campaign, joined.code, [transfer])
    assert json.loads(moved.data)["loyalty_card"]["balance"] == 20
    transactions = v1.list_loyalty_card_transactions(wallet.code).data
    assert [each.type for each in transactions] == ["POINTS_TRANSFER_OUT", "POINTS_ADDITION"]
    assert len(v1.list_loyalty_campaign_transactions(wallet.campaign).data) == 3
    expiration = v1.list_points_expiration(wallet.campaign, wallet.code)
    assert (expiration.total, expiration.data) == (0, [])
    assert len(v1.list_member_activity(wallet.code).data) == 4
    assert v1.export_loyalty_card_transactions(wallet.code).status == "SCHEDULED"
    with pytest.raises(voucherify.exceptions.NotFoundException):
        v1.get_member("NO-CARD")


def test_python_redemption(client: Any, wallet: Wallet) -> None:
    v1 = voucherify.LoyaltiesApi(client)
    body = voucherify.LoyaltiesMembersBalanceUpdateRequestBody(points=50)
    v1.update_loyalty_card_balance(wallet.code, body)
    redemption = v1.redeem_reward(
        wallet.code,
        voucherify.LoyaltiesMembersRedemptionRedeemRequestBody(
            reward=voucherify.LoyaltiesMembersRedemptionRedeemRequestBodyReward(
                id="rew_1", points=30
            )
        ),
    )
    assert (redemption.result, redemption.amount) == ("SUCCESS", 30)
    rollback = voucherify.RedemptionsApi(client).rollback_redemption(redemption.id, reason="wrong")
    assert (rollback.result, rollback.amount, rollback.reason) == ("SUCCESS", -30, "wrong")
    assert v1.get_member(wallet.code).loyalty_card.balance == 50


# -- Node ------------------------------------------------------------------------------------


def test_node(live: Live, wallet: Wallet, node_client: Path) -> None:
    driven = subprocess.run(
        [
            "node",
            "drive.js",
            live.api.url,
            "app",
            live.secret,
            wallet.code,
            wallet.campaign,
            wallet.path,
        ],
        cwd=node_client,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert driven.returncode == 0, driven.stderr
    assert json.loads(driven.stdout) == {
        "customer": True,
        "member": "LOYALTY_CARD",
        "card": 0,
        "added": 40,
        "transferred": 15,
        "redeemed": "SUCCESS",
        "rolledBack": -5,
        "transactions": ["POINTS_REFUND", "POINTS_REDEMPTION"],
        "expiration": "list",
        "activity": 6,
        "export": "export",
        "missing": [
            404,
            "not_found",
            "voucher",
            "Cannot find voucher with id NO-CARD",
        ],
        "pending": [1, True],
        "canceled": ["TRANSACTION_CREATED", "PENDING_POINTS_CANCELED", "PENDING"],
        "again": [
            423,
            "invalid_pending_points_bucket_status",
            "Invalid pending points bucket status",
            "Pending points bucket must be in PENDING status in order to be canceled",
        ],
        "listed": [["PENDING_POINTS_CANCELED", "APPROVED"]],
    }


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((NODE / "package-lock.json").read_text())
    packages = [each for name, each in lock["packages"].items() if name]
    assert packages
    assert all("resolved" not in each and each["integrity"] for each in packages)
