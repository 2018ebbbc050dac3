"""Databases from before `guards`: the versions of visits are kept, there and back."""

from __future__ import annotations

from stampbook.storage.applied import FOLDER, known
from stampbook.storage.migrating import migrate
from stampbook.storage.opening import open_store
from tests.storage.building import make_currency
from tests.storage.test_migrating import run_sql

VERSION = "20261128002000"

VISITS = """
    INSERT INTO locations (location_id, tenant_id, program_id, title, timezone, created_at,
                           updated_at)
    VALUES (1, 1, 1, 'Old Town', 'Europe/Riga', 0, 0);
    INSERT INTO visits (visit_id, version, tenant_id, program_id, location_id, attendance,
                        starts_at, comment, created_at, updated_at)
    VALUES (5, 1, 1, 1, 1, 0, 0, '', 0, 0), (12, 7, 1, 1, 1, 0, 0, '', 0, 0);
"""


def undo(url: str) -> None:
    """Back to the schema from before the migration."""
    folder = FOLDER / ("sqlite" if url.startswith("sqlite") else "postgres")
    text = (folder / known(url)[VERSION]).read_text()
    run_sql(url, text.partition("-- migrate:down")[2])
    run_sql(url, f"DELETE FROM schema_migrations WHERE version = '{VERSION}'")


async def test_the_versions_of_visits(own_address: str) -> None:
    store = await open_store(own_address)
    await make_currency(store)
    await store.close()
    undo(own_address)
    run_sql(own_address, VISITS)
    assert migrate(own_address) == [known(own_address)[VERSION]]
    store = await open_store(own_address)
    assert await store.find_guards(["visit:5", "visit:12"]) == {"visit:5": 1, "visit:12": 7}
    await store.close()
    undo(own_address)
    run_sql(own_address, "UPDATE visits SET version = version + 1 WHERE version = 7")
    assert migrate(own_address)
    store = await open_store(own_address)
    assert await store.find_guards(["visit:5", "visit:12"]) == {"visit:5": 1, "visit:12": 8}
    await store.close()
