"""Merging two members: what passes over, what leads where, late cancels, and the undo."""

from __future__ import annotations

from typing import Any

from stampbook.merging import noting
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.merging.conftest import Pair
from tests.migration.checking import faults

EMPTY = {"active": "0.00", "pending": "0.00", "held": "0.00", "deficit": "0.00"}


async def test_all_that_is_open_passes_over_lot_by_lot(pair: Pair, store: Store) -> None:
    clock = pair.api.clock
    await pair.move(pair.here, "accrue", "80.00", expires_at=clock.text(days=30))
    await pair.move(pair.here, "accrue", "60.00", activates_at=clock.text(days=2))
    await pair.move(pair.here, "redeem", "30.00")
    await pair.move(pair.there, "accrue", "5.00")
    foreseen = await pair.merge(params={"dry_run": "true"})
    asked = {"into": pair.new, "reason": "registered twice", "dry_run": True}
    assert fine(await pair.api.post(f"/members/{pair.old}/merge", asked)) == foreseen
    assert await pair.balance(pair.here) != EMPTY
    merged = await pair.merge(key="merge")
    assert merged == {**foreseen, "merge": {**merged["merge"]}}
    assert await pair.merge(key="merge") == merged
    (moved,) = merged["transfers"]
    assert (moved["amount"], moved["deficit"]) == ("110.00", "0.00")
    assert [(each["amount"], each["state"], each["expires_at"]) for each in moved["lots"]] == [
        ("50.00", "available", clock.text(days=30)),
        ("60.00", "pending", None),
    ]
    assert moved["lots"][1]["activates_at"] == clock.text(days=2)
    assert await pair.balance(pair.here) == EMPTY
    there = await pair.balance(pair.there)
    assert (there["active"], there["pending"]) == ("55.00", "60.00")
    assert {name: merged["balances"][0][name] for name in there} == there
    assert await faults(store) == []
    clock.advance(days=2)
    assert (await pair.balance(pair.there))["active"] == "115.00"
    clock.advance(days=28)
    assert (await pair.balance(pair.there))["active"] == "65.00"


async def test_a_dry_run_foresees_the_accounts_that_would_be_opened(pair: Pair) -> None:
    """Two accounts of one currency meet in one; each currency has a balance of its own."""
    api = pair.api
    person = {"name": "Ada Byron"}
    third = made(await api.post(f"/programs/{pair.program}/members", person))["id"]
    body = {"member_id": pair.old, "currency_id": pair.currency}
    second = made(await api.post("/accounts", body))["id"]
    money = {"name": "Money", "scale": 2}
    currency = made(await api.post(f"/programs/{pair.program}/currencies", money))["id"]
    other = made(await api.post("/accounts", {**body, "currency_id": currency}))["id"]
    for account, amount in ((pair.here, "5.00"), (second, "7.00"), (other, "3.00")):
        await pair.move(account, "accrue", amount)
    path = f"/members/{pair.old}/merge"
    foreseen = fine(await api.post(path, {"into": third}, params={"dry_run": "true"}))
    done = fine(await api.post(path, {"into": third}))
    assert [each["active"] for each in done["balances"]] == ["12.00", "3.00"]
    for each in foreseen["balances"]:
        assert each.pop("account_id") is None
    for each in done["balances"]:
        del each["account_id"]
    assert foreseen["balances"] == done["balances"]


async def test_a_debt_passes_over(pair: Pair) -> None:
    earned = await pair.move(pair.here, "accrue", "10.00")
    await pair.move(pair.here, "redeem", "10.00")
    await pair.cancel(earned["id"])
    await pair.move(pair.there, "accrue", "4.00")
    (moved,) = (await pair.merge())["transfers"]
    assert (moved["amount"], moved["deficit"], moved["lots"]) == ("0.00", "10.00", [])
    assert await pair.balance(pair.here) == EMPTY
    assert (await pair.balance(pair.there))["active"] == "-6.00"


async def test_whatever_finds_the_old_member_leads_to_the_other(pair: Pair) -> None:
    await pair.merge()
    api, path = pair.api, f"/programs/{pair.program}/members"
    for lookup in ({"external_id": "Ada"}, {"phone": "7912000"}, {"email": "da@coffee.example"}):
        found = fine(await api.get(path, **lookup))["data"]
        assert [each["id"] for each in found] == [pair.new], lookup
    assert [each["id"] for each in fine(await api.get(path))["data"]] == [pair.new]
    old = fine(await api.get(f"/members/{pair.old}"))
    assert (old["status"], old["merged_into"]) == ("merged", pair.new)
    account = fine(await api.get(f"/accounts/{pair.here}"))
    assert (account["status"], account["merged_into"]) == ("closed", pair.there)
    again = await api.post(path, {"external_id": "Ada"})
    refused(again, 409, "member_exists")
    for kind in ("accrue", "redeem"):
        answer = await api.post(
            f"/accounts/{pair.here}/transactions", {"type": kind, "amount": "1"}
        )
        refused(answer, 409, "account_closed")


async def test_a_late_cancel_of_a_redemption_arrives_at_the_other(pair: Pair) -> None:
    await pair.move(pair.here, "accrue", "50.00", expires_at=pair.api.clock.text(days=9))
    spent = await pair.move(pair.here, "redeem", "50.00")
    await pair.merge()
    back = await pair.cancel(spent["id"], key="late")
    assert back["forwarded"]["account_id"] == pair.there
    assert (back["effect"], back["forwarded"]["amount"]) == ("50.00", "50.00")
    assert await pair.cancel(spent["id"], key="late") == back
    assert await pair.balance(pair.here) == EMPTY
    assert (await pair.balance(pair.there))["active"] == "50.00"
    lots = fine(await pair.api.get(f"/accounts/{pair.there}/lots"))["data"]
    assert [each["expires_at"] for each in lots] == [pair.api.clock.text(days=9)]
    undone = await pair.cancel(back["id"])
    assert undone["forwarded"]["amount"] == "-50.00"
    assert (await pair.balance(pair.there))["active"] == "0.00"


async def test_a_late_cancel_of_an_accrual_takes_what_is_unspent_there(pair: Pair) -> None:
    earned = await pair.move(pair.here, "accrue", "50.00")
    await pair.merge()
    await pair.move(pair.there, "redeem", "20.00")
    gone = await pair.cancel(earned["id"])
    assert gone["forwarded"]["amount"] == "-50.00"
    assert await pair.balance(pair.here) == EMPTY
    there = await pair.balance(pair.there)
    assert (there["active"], there["deficit"]) == ("-20.00", "20.00")


async def test_the_rows_of_a_merge_are_undone_by_its_undo_alone(pair: Pair) -> None:
    await pair.move(pair.here, "accrue", "50.00")
    (moved,) = (await pair.merge())["transfers"]
    for transaction in moved["transaction_ids"]:
        answer = await pair.api.post(f"/transactions/{transaction}/cancel")
        refused(answer, 409, "not_cancellable")


async def test_the_undo(pair: Pair, store: Store) -> None:
    await pair.move(pair.here, "accrue", "50.00")
    merged = await pair.merge()
    path = f"/merges/{merged['merge']['id']}"
    spent = await pair.move(pair.there, "redeem", "20.00")
    refused(await pair.api.post(f"{path}/undo"), 409, "insufficient_points")
    await pair.cancel(spent["id"])
    assert fine(await pair.api.post(f"{path}/undo", params={"dry_run": "true"}))["merge"][
        "undone_at"
    ]
    undone = fine(await pair.api.post(f"{path}/undo"))
    assert undone["transfers"][0]["amount"] == "50.00"
    assert fine(await pair.api.post(f"{path}/undo"))["merge"] == undone["merge"]
    assert fine(await pair.api.get(path)) == undone["merge"]
    assert (await pair.balance(pair.here))["active"] == "50.00"
    assert await pair.balance(pair.there) == EMPTY
    old = fine(await pair.api.get(f"/members/{pair.old}"))
    assert (old["status"], "merged_into" in old) == ("active", False)
    await pair.move(pair.here, "redeem", "50.00")
    again = await pair.merge()
    for each in (pair.old, pair.new):
        listed = fine(await pair.api.get(f"/members/{each}/merges"))["data"]
        assert [one["id"] for one in listed] == [merged["merge"]["id"], again["merge"]["id"]]
    assert await faults(store) == []
    audit = fine(await pair.api.get("/audit", entity=pair.old))["data"]
    words = [each["action"] for each in audit]
    assert words[:3] == ["member.merged", "member.unmerged", "member.merged"]
    assert audit[0]["changes"] == {"merged_into": {"before": None, "after": pair.new}}
    assert (audit[0]["reason"], audit[0]["api_key_id"] is None) == ("registered twice", False)


async def test_the_audit_log_has_what_a_crash_left_out(pair: Pair, store: Store) -> None:
    """After the commit of a merge, and of its undo, and before their rows of the audit log."""
    merged = (await pair.merge())["merge"]
    fine(await pair.api.post(f"/merges/{merged['id']}/undo"))
    await store.execute("UPDATE merges SET audited = 0 WHERE tenant_id = 1")
    await noting.note(store, 0)
    rows = fine(await pair.api.get("/audit", entity=pair.old))["data"][:2]
    assert [row["action"] for row in rows] == ["member.unmerged", "member.merged"]
    assert [row["at"] for row in rows] == [pair.api.clock.text()] * 2
    assert [row["api_key_id"] is None for row in rows] == [True, False]
    await noting.note(store, 0)
    assert fine(await pair.api.get("/audit", entity=pair.old))["data"][:2] == rows
    assert await faults(store) == []


async def test_chains_of_merges(pair: Pair, store: Store) -> None:
    """A into B, B into C: a late cancel of A's arrives at C, and its answer names all on the way,
    now and when it is repeated; merges are undone newest first."""
    api = pair.api
    body = {"name": "Ada Byron", "external_id": "third"}
    third = made(await api.post(f"/programs/{pair.program}/members", body))["id"]
    earned = await pair.move(pair.here, "accrue", "50.00")
    spent = await pair.move(pair.here, "redeem", "20.00")
    await pair.move(pair.there, "accrue", "5.00")
    first = await pair.merge()
    second = fine(await api.post(f"/members/{pair.new}/merge", {"into": third}))
    end = second["balances"][0]["account_id"]
    assert (await pair.balance(end))["active"] == "35.00"

    async def forwarded(answer: Any, amount: str) -> None:
        """The last rows on both accounts, which the request has written."""
        found, rows = answer["forwarded"], {}
        for account in (pair.there, end):
            (rows[account],) = fine(await api.get(f"/accounts/{account}/transactions", limit=1))[
                "data"
            ]
        assert (found["account_id"], found["amount"]) == (end, amount)
        assert found["transaction_id"] == rows[end]["id"]
        (link,) = found["via"]
        assert link["account_id"] == pair.there
        passed = fine(await api.get(f"/transactions/{link['transaction_id']}"))
        assert passed["request_id"] == answer["request_id"] == rows[end]["request_id"]
        for account in (pair.here, pair.there):
            assert await pair.balance(account) == EMPTY

    back = await pair.cancel(spent["id"], key="late")
    await forwarded(back, "20.00")
    assert (await pair.balance(end))["active"] == "55.00"
    gone = await pair.cancel(earned["id"], key="later")
    await forwarded(gone, "-50.00")
    assert (await pair.balance(end))["active"] == "5.00"
    again = await pair.cancel(gone["id"], key="again")
    await forwarded(again, "50.00")
    for answer, target, key in (
        (back, spent, "late"),
        (gone, earned, "later"),
        (again, gone, "again"),
    ):
        assert await pair.cancel(target["id"], key=key) == answer

    found = fine(await api.get(f"/programs/{pair.program}/members", external_id="Ada"))
    assert [each["id"] for each in found["data"]] == [third]
    too_early = await api.post(f"/merges/{first['merge']['id']}/undo")
    refused(too_early, 409, "conflict")
    assert second["merge"]["id"] in too_early.json()["detail"]
    fine(await api.post(f"/merges/{second['merge']['id']}/undo"))
    assert (await pair.balance(pair.there))["active"] == "55.00"
    late = await pair.cancel(again["id"])
    assert (late["forwarded"]["account_id"], "via" in late["forwarded"]) == (pair.there, False)
    fine(await api.post(f"/merges/{first['merge']['id']}/undo"))
    assert (await pair.balance(pair.here))["active"] == "0.00"
    assert (await pair.balance(pair.there))["active"] == "5.00"
    assert await pair.cancel(earned["id"], key="later") == gone
    assert await faults(store) == []


async def test_what_cannot_be_merged(pair: Pair, api: Api) -> None:
    path = f"/members/{pair.old}/merge"
    refused(await api.post(path, {"into": pair.old}), 422, "invalid_request")
    other = await api.program()
    body = {"external_id": "elsewhere"}
    stranger = made(await api.post(f"/programs/{other['id']}/members", body))["id"]
    refused(await api.post(path, {"into": stranger}), 422, "invalid_request")
    refused(await api.post(path, {"into": "mbr_fff"}), 404, "not_found")
    await pair.move(pair.here, "accrue", "5.00")
    held = await pair.move(pair.here, "hold", "5.00")
    answer = await api.post(path, {"into": pair.new})
    refused(answer, 409, "holds_open")
    assert pair.here in answer.json()["detail"]
    fine(await api.post(f"/transactions/{held['id']}/release"))
    merged = await pair.merge()
    refused(await api.post(path, {"into": pair.new}), 404, "not_found")
    undo = await api.post(f"/members/{pair.new}/merge", {"into": pair.old})
    refused(undo, 404, "not_found")
    undone = fine(await api.post(f"/merges/{merged['merge']['id']}/undo"))
    assert undone["merge"]["undone_at"]


async def test_a_transfer_to_a_merged_account_is_cancelled_where_the_points_are(
    pair: Pair,
) -> None:
    other = made(await pair.api.post(f"/programs/{pair.program}/members", {"name": "Bo"}))["id"]
    body = {"member_id": other, "currency_id": pair.currency}
    third = made(await pair.api.post("/accounts", body))["id"]
    await pair.move(third, "accrue", "40.00")
    sent = {"from_account_id": third, "to_account_id": pair.here, "amount": "40.00"}
    legs = fine(await pair.api.post("/transfers", sent))
    await pair.merge()
    await pair.cancel(legs["from"]["id"])
    assert (await pair.balance(third))["active"] == "40.00"
    assert await pair.balance(pair.here) == EMPTY
    assert await pair.balance(pair.there) == EMPTY


async def test_others_learn_of_a_merge_and_of_its_undo(pair: Pair) -> None:
    merged = await pair.merge()
    page = fine(await pair.api.get("/events", types="account.closed,member.*"))
    seen = [(each["type"], each["member_id"], each["account_id"]) for each in page["data"]]
    assert seen[-2:] == [
        ("account.closed", pair.old, pair.here),
        ("member.merged", pair.old, None),
    ]
    closed = page["data"][-2]["data"]["account"]
    assert (closed["status"], closed["merged_into"]) == ("closed", pair.there)
    fine(await pair.api.post(f"/merges/{merged['merge']['id']}/undo"))
    rest = fine(await pair.api.get("/events", types="member.*", cursor=page["next_cursor"]))
    (back,) = rest["data"]
    assert (back["type"], back["member_id"]) == ("member.updated", pair.old)
    assert "status" in back["data"]["changed"]
    assert back["data"]["member"]["status"] == "active"
