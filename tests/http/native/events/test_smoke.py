from __future__ import annotations
import json
from tests.http.native.asking import Api


async def test_smoke(api: Api) -> None:
    account = await api.account(
        pending={"type": "period", "period": {"value": 1, "unit": "day"}},
        expiry={"type": "rolling", "period": {"value": 3, "unit": "day"}},
    )
    t = (
        await api.post(f"/accounts/{account}/transactions", {"type": "accrue", "amount": "10"})
    ).json()
    api.clock.advance(days=2)
    r = (
        await api.post(f"/accounts/{account}/transactions", {"type": "redeem", "amount": "4"})
    ).json()
    c = (await api.post(f"/transactions/{r['id']}/cancel", {"amount": "1"})).json()
    d = (await api.post(f"/transactions/{c['id']}/cancel", {})).json()
    h = (
        await api.post(f"/accounts/{account}/transactions", {"type": "hold", "amount": "2"})
    ).json()
    await api.post(f"/transactions/{h['id']}/release", {})
    api.clock.advance(days=20)
    await api.get(f"/accounts/{account}/transactions")
    got = await api.get("/events")
    assert got.status_code == 200, got.text
    for each in got.json()["data"]:
        print(each["type"], each["sequence"], json.dumps(each)[:400])
    print(got.json()["next_cursor"])
    whole = got.json()["data"]
    cursor, found = None, []
    while True:
        page = (await api.get("/events", limit=1, **({"cursor": cursor} if cursor else {}))).json()
        found += page["data"]
        cursor = page["next_cursor"]
        if not page["has_more"]:
            break
    assert found == whole
    types = await api.get("/event_types")
    assert types.status_code == 200, types.text
