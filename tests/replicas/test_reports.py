"""What the settings allow to be old: exports, and figures of the console, which say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.dialects.native.files.telling import words_of
from stampbook.files.keeping import folder_of
from stampbook.files.kinds import Exported
from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.settings import Settings
from stampbook.storage.postgres.replicas import Replicas
from stampbook.storage.store import Store
from stampbook.worker.carrying import Carrier
from tests.console.desk import Desk
from tests.http.native.asking import fine
from tests.replicas.conftest import Pair, on
from tests.replicas.standby import Standby

pytestmark = pytest.mark.postgres

MINUTE_US = 60_000_000


async def exported(pair: Pair, carrier: Carrier, kind: Exported) -> tuple[str, str]:
    """An export of that kind: its instant and its lines."""
    body = {"kind": kind, "format": "csv", "program_id": "prg_1"}
    number = made_or_taken(await pair.api.post("/exports", body))
    await carrier.work()
    await carrier.idle()
    export = fine(await pair.api.get(f"/exports/{number}"))
    return export["at"], (await pair.api.get(f"/exports/{number}/file")).text


def made_or_taken(answer: object) -> str:
    assert answer.status_code in (201, 202), answer.text  # type: ignore[attr-defined]
    return str(answer.json()["id"])  # type: ignore[attr-defined]


async def test_exports(pair: Pair, tmp_path: Path) -> None:
    """As of their instant, whatever has been written since; events come from the primary."""
    settings = Settings(files_folder=str(tmp_path / "files"))
    pair.context.settings = settings
    folder, words = folder_of(settings), words_of(settings)
    usual = Carrier(pair.context.ledger, folder, words)
    mirrored = Carrier(
        pair.context.ledger, folder, words, pair.context.mirror, max_age_us=MINUTE_US
    )
    account = await pair.api.account()
    await pair.api.accrue(account, "10.00", reason="earlier")
    kinds = [each for each in Exported if each is not Exported.AUDIT]
    before = {kind: await exported(pair, usual, kind) for kind in kinds}
    await pair.level()
    await pair.standby.pause()
    try:
        pair.api.clock.advance(seconds=30)
        await pair.api.accrue(account, "5.00", reason="later")
        for kind in kinds:
            found = await exported(pair, mirrored, kind)
            assert (found == before[kind]) is (kind is not Exported.EVENTS), kind
    finally:
        await pair.standby.resume()


async def test_pages_of_the_console(
    replicated_store: Store, replicated: str, standby: Standby
) -> None:
    desk = Desk(replicated_store)
    await desk.open()
    await standby.follow()
    replicas = await Replicas.open(
        replicated_store, on(standby, replicated), clock=lambda: desk.now, connections=2
    )
    await replicas.catch_up()
    clerk = await desk.clerk()
    page = await clerk.get("/console/reports/liability")
    assert page.status == 200
    assert not page.has("replica")
    desk.context.mirror = Mirror(desk.ledger, replicas)
    desk.context.settings = Settings(replica_max_staleness_s=60)
    page = await clerk.get("/console/reports/liability")
    assert "a replica of the database gave them" in page.said("replica")
    assert not (await clerk.get("/console/webhooks")).has("replica")
    await replicas.close()
    await desk.close()
