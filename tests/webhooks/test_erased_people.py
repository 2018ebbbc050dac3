"""What is sent about an import quotes the rows that it refused; erasing a person reaches these."""

from __future__ import annotations

from io import BytesIO

from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.imports import import_document
from stampbook.files.importing.running import Declared, Running
from stampbook.files.reading.columns import Kind
from stampbook.ledger.engine import Ledger
from stampbook.programs import programs
from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made
from tests.privacy.texts import found_in
from tests.webhooks.conftest import Post
from tests.webhooks.receiving import Answer

ROWS = (
    "external_id,name,phone,currency,amount\n"
    "crm-7,Ada Lovelace,8 (912) 000-11-22,points,1,\n"
    "crm-8,Charles Babbage,+44 20 7946 0000,points,1,\n"
)
WORDS = ("Lovelace", "000-11-22", "9120001122", "crm-7")


async def test_what_an_import_refused(post: Post, api: Api, ledger: Ledger, store: Store) -> None:
    shop = (await api.program())["id"]
    await api.currency(shop, code="points")
    fields = {"name": "Ada Lovelace", "phone": "+7 912 000 1122", "external_id": "crm-7"}
    member = made(await api.post(f"/programs/{shop}/members", fields))["id"]
    await post.endpoint(events=["import.finished"])
    post.receiver.choose = lambda got: Answer(200, body=got.body.encode())
    program = await programs.get(store, ids.read(ids.PROGRAM, shop) or 0, tenant=1)
    assert program is not None
    running = Running(
        ledger, program, BytesIO(ROWS.encode()), Declared(Kind.LOTS), tell=import_document
    )
    await running.open()
    assert (await running.run()).run.refused == 2
    await post.deliver()
    assert {"outbox", "deliveries", "delivery_tries", "import_refusals"} <= {
        *(await found_in(store, WORDS))
    }
    body = {"reason": "asked for it"}
    fine(await api.post(f"/members/{member}/erase", body))
    assert await found_in(store, WORDS) == {}
    assert {"outbox", "deliveries", "import_refusals"} <= {*(await found_in(store, ["Babbage"]))}
    (event,) = fine(await api.get("/events", types="import.finished"))["data"]
    assert [each["line"] for each in event["data"]["import"]["errors"]] == [2, 3]


OTHERWISE = (
    "external_id,name,phone,currency,amount,reason\n"
    "crm-7,A. A. Byron,8 (912) 000-11-22,points,1,likes the engine\n"
    'crm-7,,"no phone, ask Byron",points,1,\n'
    "crm-9,Ada Lovelace,+44 20 7946 0001,points,x,another Ada\n"
)


async def test_a_refused_row_is_the_persons_as_a_whole(
    post: Post, api: Api, ledger: Ledger, store: Store
) -> None:
    """Whatever else it says of them, in whatever words; a row of a namesake is not."""
    shop = (await api.program())["id"]
    await api.currency(shop, code="points")
    fields = {"name": "Ada Lovelace", "phone": "+7 912 000 1122", "external_id": "crm-7"}
    member = made(await api.post(f"/programs/{shop}/members", fields))["id"]
    await api.patch(f"/members/{member}", {"status": "inactive"})
    await post.endpoint(events=["import.finished"])
    program = await programs.get(store, ids.read(ids.PROGRAM, shop) or 0, tenant=1)
    assert program is not None
    running = Running(
        ledger, program, BytesIO(OTHERWISE.encode()), Declared(Kind.LOTS), tell=import_document
    )
    await running.open()
    assert (await running.run()).run.refused == 3
    await post.deliver()
    theirs = ("Byron", "engine", "crm-7", "000-11-22")
    assert {"outbox", "deliveries", "import_refusals"} <= {*(await found_in(store, theirs))}
    fine(await api.post(f"/members/{member}/erase", {"reason": "asked for it"}))
    assert await found_in(store, theirs) == {}
    assert {*(await found_in(store, ["another Ada"]))} == {"import_refusals"}
