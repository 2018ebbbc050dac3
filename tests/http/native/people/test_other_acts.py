"""Purchases and orders move points, too: above the amount they wait for a second person."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import fine, made
from tests.http.native.people.office import Office, waiting


async def _is_done_once_approved(
    office: Office, path: str, body: Any, before: str, after: str
) -> None:
    """Anna asks, nothing happens; Ben approves, and it is done as hers."""
    asked = waiting(await office.anna.post(path, body))
    assert await office.api.active(office.account) == before
    done = fine(await office.ben.post(f"/approvals/{asked['id']}/approve"))
    assert (done["status"], done["problem"]) == ("done", None)
    assert await office.api.active(office.account) == after
    (row, *_) = fine(await office.api.get(f"/accounts/{office.account}/transactions"))["data"]
    assert (row["user_id"], row["approved_by"]) == ("usr_1", "usr_2")


async def test_a_purchase_and_its_refund(office: Office) -> None:
    api = office.api
    account = fine(await api.get(f"/accounts/{office.account}"))
    program = fine(await api.get(f"/members/{account['member_id']}"))["program_id"]
    costs = [{"currency_id": account["currency_id"], "points": "60.00"}]
    reward = made(
        await api.post(
            f"/programs/{program}/rewards",
            {"name": "Machine", "type": "material", "status": "active", "costs": costs},
        )
    )["id"]
    fine(await api.ask("PUT", f"/programs/{program}/offers/{reward}", json={"stock": None}))
    path = f"/members/{account['member_id']}/purchases"
    await _is_done_once_approved(office, path, {"reward_id": reward}, "1000.00", "940.00")
    (own,) = fine(await api.get(path))["data"]
    fine(await office.anna.post(f"/purchases/{own['id']}/refund", {}))  # her own act of today
    bought = made(await api.post(path, {"reward_id": reward}))  # a key's
    path = f"/purchases/{bought['id']}/refund"
    await _is_done_once_approved(office, path, {}, "940.00", "1000.00")


async def test_a_payment_by_points_and_the_refund_of_its_order(office: Office) -> None:
    api = office.api
    account = fine(await api.get(f"/accounts/{office.account}"))
    program = fine(await api.get(f"/members/{account['member_id']}"))["program_id"]
    options = {"exchange": {"points": "1", "money": "1.00"}}
    fine(await api.patch(f"/currencies/{account['currency_id']}/options", options))
    orders = f"/programs/{program}/orders"
    payment = {"account_id": office.account}
    for name in ("A", "B"):
        body = {"external_id": name, "member_id": account["member_id"], "money": "EUR"}
        made(await api.post(orders, {**body, "amount": "60.00"}))
    path = f"{orders}/external:A/payments"
    await _is_done_once_approved(office, path, payment, "1000.00", "940.00")
    fine(await api.post(f"{orders}/external:B/payments", payment))  # a key's
    fine(await api.post(f"{orders}/external:B/pay"))
    path = f"{orders}/external:B/refunds"
    await _is_done_once_approved(office, path, {"whole": True}, "880.00", "940.00")


async def test_what_somebody_else_holds_is_committed_and_released_by_two(office: Office) -> None:
    api, anna, ben, account = office
    held = made(await api.move(account, "hold", "60"))["id"]  # by a key
    for act in ("commit", "release"):
        waiting(await anna.post(f"/transactions/{held}/{act}"))
    own = waiting(await anna.move(account, "hold", "60"))
    done = fine(await ben.post(f"/approvals/{own['id']}/approve"))
    fine(await anna.post(f"/transactions/{done['transaction_id']}/commit"))
