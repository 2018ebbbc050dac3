"""Acts of the command line on the whole database, in the audit log of every tenant."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stampbook.settings import Settings

PAGE: Final = 100
"""Tenants that are read at once."""


async def record_for_all(
    settings: "Settings", action: str, *, entity: str, changes: Mapping[str, Any] | None = None
) -> None:
    """Write a row for every tenant. Raises what opening the database does."""
    from stampbook.programs import auditing, tenants
    from stampbook.wiring import clock, opened_store

    async with opened_store(settings) as store:
        page = await tenants.page(store, limit=PAGE)
        while page:
            async with store.transaction() as writing:
                for each in page:
                    await auditing.record(
                        writing,
                        tenant=each.tenant_id,
                        action=action,
                        now=clock(),
                        entity=entity,
                        changes=changes,
                    )
            page = await tenants.page(store, after=page[-1].tenant_id, limit=PAGE)
