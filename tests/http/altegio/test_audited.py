"""Every administrative operation of this dialect leaves one row of the audit log."""

from __future__ import annotations

from typing import Final

from stampbook.dialects.altegio.dialect import ALTEGIO
from tests.http.altegio.programs import offering
from tests.http.altegio.programs.test_cards import issue
from tests.http.altegio.shop import Shop, data_of
from tests.http.audited import check_acts, listen

ACTS: Final = {
    "issue_card": "member.updated",
    "remove_card": "member.updated",
    "create_program": "promotion.created",
    "change_program": "promotion.updated",
    "remove_program": "promotion.deleted",
    "change_client": "member.updated",
}


async def test_every_administrative_operation_leaves_a_row(shop: Shop) -> None:
    heard = listen(shop.http, ALTEGIO)
    card = data_of(await issue(shop))
    cards = f"/api/v1/loyalty/cards/{shop.location.number}"
    await shop.http.delete(f"{cards}/{card['id']}")
    number = await offering.create(shop)
    path = offering.programs(shop, number)
    await shop.http.put(path, json=offering.offer(shop, title="A tenth"))
    await shop.http.delete(path)
    clients = f"/api/v1/clients/{shop.location.number}"
    made = data_of(await shop.http.post(clients, json={"name": "Olga", "phone": "79000000002"}))
    path = f"/api/v1/client/{shop.location.number}/{made['id']}"
    await shop.http.put(path, json={"name": "Olga P.", "phone": "79000000002"})
    await check_acts(shop.store, ALTEGIO.operations, ACTS, heard)
    row = await shop.store.fetch_one(
        "SELECT entity, program_id, changes, dialect FROM audit WHERE action = 'member.updated'"
        " ORDER BY number LIMIT 1"
    )
    assert row is not None
    member = shop.guest.member_id + 1
    assert (row["entity"], row["program_id"]) == (f"mbr_{member:x}", shop.chain.program_id)
    assert row["changes"] == f'{{"cards":{{"after":[{card["id"]}],"before":[]}}}}'
    assert row["dialect"] == "altegio"
