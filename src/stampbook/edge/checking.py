"""Whether the server can work: what `/readyz` answers and the console shows."""

from stampbook.edge.context import Context
from stampbook.settings import Settings
from stampbook.storage.examining import Check, Finding, examine


async def checked(context: Context) -> dict[str, Check]:
    """Each check by its name: the database answers, takes writes and has room; the queues, too."""
    settings = context.settings or Settings()
    mirror = context.mirror
    replicas = {} if mirror is None else {"replicas": mirror.check}
    return {
        **await examine(context.store.checks, min_free_mb=settings.disk_min_free_mb),
        "queue": Check.of(False, Finding.QUEUE_FULL.of())
        if context.ledger.is_full
        else Check.of(True, Finding.QUEUE_OPEN.of()),
        **replicas,
    }
