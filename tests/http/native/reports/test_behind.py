"""What the lists behind a figure refuse, and whom they count."""

from __future__ import annotations

from tests.http.native.asking import Api, Clock, fine, refused
from tests.http.native.reports.test_reports import SPAN, cards

MOVED, CAME, HELD = "activity/transactions", "activity/members", "liability/lots"


async def test_what_is_refused(api: Api, stranger: Api) -> None:
    program, _, _ = await cards(api)
    path = f"/programs/{program}/reports"
    for name in (MOVED, CAME):
        for edge in SPAN:
            rest = {key: value for key, value in SPAN.items() if key != edge}
            refused(await api.get(f"{path}/{name}", **rest), 422, "invalid_request", edge)
            late = {**SPAN, edge: SPAN[edge].replace("00Z", "01Z")}
            refused(await api.get(f"{path}/{name}", **late), 422, "invalid_request", edge)
        swapped = {"from": SPAN["to"], "to": SPAN["from"]}
        refused(await api.get(f"{path}/{name}", **swapped), 422, "invalid_request", "to")
        refused(await stranger.get(f"{path}/{name}", **SPAN), 404, "not_found")
    for wrong in ({"figure": "moons"}, {"by": "moon"}, {"cursor": "1.2"}, {"cursor": "1.2.03"}):
        answer = await api.get(f"{path}/{MOVED}", **SPAN, **wrong)
        refused(answer, 422, "invalid_request", *wrong)
    huge = f"{'f' * 40}.1.1"
    for wrong in (
        {"state": "spent"},
        {"cursor": "x.1.1"},
        {"cursor": huge},
        {"as_of": "2026-03-02T00:00:00Z"},
        {"never": "perhaps"},
    ):
        refused(await api.get(f"{path}/{HELD}", **wrong), 422, "invalid_request", *wrong)
    answer = await api.get(f"{path}/{HELD}", never="true", **SPAN)
    refused(answer, 422, "invalid_request", "never")
    refused(await stranger.get(f"{path}/{HELD}"), 404, "not_found")


async def test_who_came_and_what_never_expires(api: Api, clock: Clock) -> None:
    program, _, (first, second) = await cards(api, 2, overdraft="50")
    path = f"/programs/{program}/reports"
    await api.accrue(first, "5")
    await api.accrue(first, "7", expires_at="2026-04-01T00:00:00Z")
    await api.redeem(second, "3")
    gone = (await api.member(program))["id"]
    clock.advance(days=1)
    fine(await api.ask("DELETE", f"/members/{gone}"))
    rows = fine(await api.get(f"{path}/{CAME}", **SPAN, limit=2))
    assert len(rows["data"]) == 2
    rest = fine(await api.get(f"{path}/{CAME}", **SPAN, limit=2, cursor=rows["next_cursor"]))
    assert ([each["id"] for each in rest["data"]], rest["next_cursor"]) == ([gone], None)
    never = fine(await api.get(f"{path}/{HELD}", never="true"))["data"]
    assert [(each["account_id"], each["available"]) for each in never] == [(first, "5.00")]
    assert never[0]["expires_at"] is None
    (owing,) = fine(await api.get(f"{path}/{HELD}", state="deficit"))["data"]
    assert (owing["lot_id"], owing["account_id"], owing["deficit"]) == (None, second, "3.00")
    day = {"from": "2026-03-31T00:00:00Z"}
    for span, expected in ((day, ["7.00"]), ({"from": "2026-04-01T00:00:00Z"}, [])):
        listed = fine(await api.get(f"{path}/{HELD}", **span))["data"]
        assert [each["available"] for each in listed] == expected
