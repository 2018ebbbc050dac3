"""The verification of a whole database, or of one program: every fault, part after part."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from stampbook.domain.audit import JournalFault
from stampbook.storage.store import Store
from stampbook.verifying.audit_log import verify_audit
from stampbook.verifying.directories import verify_copies, verify_directories
from stampbook.verifying.flow_sums import Tally
from stampbook.verifying.projections import kept_flows, verify_flows, verify_open_lots
from stampbook.verifying.sharing import Part, verify_all


async def verify_database(
    store: Store, url: str, *, processes: int, heard: Callable[[Part], None]
) -> AsyncGenerator[JournalFault, None]:
    """Every fault of the database at the address. `heard` is called with what was found in each
    part of the accounts."""
    kept = await kept_flows(store)
    expected = Tally(kept.position)
    parts = verify_all(store, url, processes=processes, position=kept.position)
    async with aclosing(parts):
        async for part in parts:
            heard(part)
            expected.join(part.sums)
            for fault in part.faults:
                yield fault
    async for fault in verify_directories(store, store):
        yield fault
    async for fault in verify_copies(store):
        yield fault
    async for fault in verify_open_lots(store):
        yield fault
    for fault in verify_flows(kept, expected):
        yield fault
    async for fault in verify_audit(store):
        yield fault


async def verify_program(
    store: Store, url: str, program: int, *, processes: int, heard: Callable[[Part], None]
) -> AsyncGenerator[JournalFault, None]:
    """Every fault of the program's accounts."""
    parts = verify_all(store, url, processes=processes, program=program)
    async with aclosing(parts):
        async for part in parts:
            heard(part)
            for fault in part.faults:
                yield fault
