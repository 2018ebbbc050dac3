from stampbook.storage.store import Store


async def test_opens(store: Store) -> None:
    assert store.shards == 2
    rows = await store.fetch("SELECT tenant_id FROM tenants WHERE tenant_id = $1", 1)
    assert [row["tenant_id"] for row in rows] == [1]
