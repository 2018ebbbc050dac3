"""The composition root: the parts of each kind of process.

A server consists of a store, a ledger on it, the HTTP application, a carrier, a sweeper, a
projector, a greeter, an anchorer, a pruner, a herald and a courier; a worker is the same without
the application and the carrier. The caller decides when it stops, and is notified when it is
ready. At the end, waiting work is finished and everything is closed in reverse order.
"""

import asyncio
import gc
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from stampbook.domain.model import MICROSECONDS
from stampbook.events.pulse import Pulse
from stampbook.files.keeping import folder_of
from stampbook.ledger.engine import Ledger
from stampbook.ledger.guarding import Guardians
from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.ledger.owners.mailboxes import Mailbox
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.orders.guarding import OrderGuardian
from stampbook.loyalty.rewards.guarding import PurchaseGuardian
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.turns import Turns
from stampbook.settings import Settings, waits_of
from stampbook.storage.address import is_postgres, without_password
from stampbook.storage.examining import NEEDED, Failing
from stampbook.storage.opening import open_or_create, open_store
from stampbook.storage.postgres.checks import check_budget
from stampbook.storage.postgres.citus import CitusStore
from stampbook.storage.postgres.replicas import Replicas
from stampbook.storage.store import Store, Unavailable
from stampbook.visits.movements.restoring import VisitGuardian
from stampbook.watching.counting import MEMORY
from stampbook.watching.statements import WATCH
from stampbook.watching.tracing import TRACING
from stampbook.webhooks.sending import sender_of
from stampbook.worker.anchoring import anchorer
from stampbook.worker.carrying import Carrier
from stampbook.worker.delivering import Courier
from stampbook.worker.heralding import heralding
from stampbook.worker.projecting import projector
from stampbook.worker.pruning import pruner
from stampbook.worker.sweeping import Sweeper
from stampbook.worker.welcoming import greeter

if TYPE_CHECKING:
    from stampbook.console.front.guide import Guide
    from stampbook.edge.pace.buckets import Buckets

GC_THRESHOLDS: Final = (2_000, 20_000, 100)
"""The long-lived objects of a server are its cache. The later generations of the garbage collector
would traverse it again and again, so they run rarely."""

WORKS_OF_A_GENERATION: Final = 64
"""After this many works the youngest objects are collected. The collector itself counts objects
created less objects freed. When the cache replaces old objects, many more young ones accumulate
than its threshold suggests, and it stops the server for 40 to 80 ms (measured at 2,000).
"""


MEASURE_EVERY_S: Final = 1.0
"""How old the gauges of another process may be."""


class Collecting:
    """Collects the youngest objects from time to time, once the callers have their answers."""

    def __init__(self) -> None:
        self._works = 0

    def __call__(self, works: int) -> None:
        """Count the works of a batch."""
        self._works += works
        if self._works >= WORKS_OF_A_GENERATION:
            self._works = 0
            asyncio.get_running_loop().call_soon(gc.collect, 0)


async def _measure() -> None:
    """Keep the gauges of this process current, for whichever process is asked for the metrics."""
    while True:
        MEMORY.measure()
        await asyncio.sleep(MEASURE_EVERY_S)


@asynccontextmanager
async def _owning(
    ledger: Ledger, mailbox: Mailbox | None, stopping: asyncio.Event, within_s: float
) -> AsyncIterator[None]:
    """Share the accounts with the server's other processes, until this one is `stopping`. At the
    end all that they have handed over is answered."""
    if mailbox is None:
        yield
        return
    owners = ledger.share(mailbox)
    owners.start()

    async def leave() -> None:
        await stopping.wait()
        owners.leave()

    leaving = asyncio.create_task(leave())
    try:
        yield
    finally:
        leaving.cancel()
        await owners.stop(within_s)


async def _stop_waiting(pulse: Pulse, stopping: asyncio.Event) -> None:
    """Answer those who wait for events as soon as the server stops: they must not delay it."""
    await stopping.wait()
    pulse.stop()


def clock() -> int:
    """The time of this machine's clock, in microseconds UTC."""
    return time.time_ns() // 1_000


@asynccontextmanager
async def opened_store(settings: Settings, *, create: bool = False) -> AsyncIterator[Store]:
    """The open database. With `create`, an empty one is migrated first.

    Raises SchemaProblem, MigrationFailed or Unavailable.
    """
    url, pool_size = settings.database_url, settings.pool_size
    WATCH.slow_from(settings.slow_query_ms)
    if create:
        store = await open_or_create(url, shards=settings.shards, pool_size=pool_size)
    else:
        store = await open_store(url, pool_size=pool_size)
    try:
        if is_postgres(url):
            await check_budget(store, processes=settings.workers, pool_size=pool_size)
        yield store
    finally:
        await store.close()


async def check_store(store: Store, settings: Settings) -> None:
    """What would keep a process from working, before it starts. Raises Unavailable."""
    try:
        await store.checks.check_writes()
        await store.checks.check_disk(NEEDED)
    except Failing as failing:
        place = without_password(settings.database_url)
        raise Unavailable(
            f"{place} cannot be used, {failing}. Name the primary server, not a"
            " standby, or make room on its disk"
        ) from None


async def create_if_empty(settings: Settings) -> None:
    """Migrate an empty database. Raises the same exceptions as `opened_store`."""
    async with opened_store(settings, create=True):
        return


@asynccontextmanager
async def running_ledger(
    settings: Settings, *, create: bool = False, cached: int | None = None
) -> AsyncIterator[Ledger]:
    """A running ledger. At the end it refuses new work and finishes what is waiting.

    `cached`: accounts that are kept in memory, if not as the settings say.

    Raises what `opened_store` raises, and Unavailable if nothing can be written."""
    async with opened_store(settings, create=create) as store:
        await check_store(store, settings)
        ledger = Ledger(
            store,
            clock=clock,
            guardian=Guardians(VisitGuardian(store), OrderGuardian(store), PurchaseGuardian(store)),
            max_queue=settings.queue_limit,
            max_books=settings.cached_accounts if cached is None else cached,
            after_batch=Collecting(),
        )
        await ledger.start()
        try:
            yield ledger
        finally:
            await ledger.stop()


@asynccontextmanager
async def opened_replicas(store: Store, settings: Settings) -> AsyncIterator[Replicas]:
    """The replicas that the settings name. Raises Unavailable if they can never be read from."""
    if not is_postgres(settings.database_url) or isinstance(store, CitusStore):
        raise Unavailable(
            "replica_url: only a PostgreSQL database that is not distributed has replicas that"
            " Stampbook reads from. Remove the setting"
        )
    replicas = await Replicas.open(
        store, settings.replica_url, clock=clock, connections=settings.pool_size // 2
    )
    try:
        yield replicas
    finally:
        await replicas.close()


@asynccontextmanager
async def mirrored(ledger: Ledger, settings: Settings) -> AsyncIterator[Mirror | None]:
    """What reads from replicas, if there are any. Raises Unavailable."""
    if not settings.replica_url:
        yield None
        return
    async with opened_replicas(ledger.store, settings) as replicas, _working(replicas):
        yield Mirror(ledger, replicas)


def courier(ledger: Ledger, settings: Settings) -> Courier:
    """What delivers events to webhooks, in the words of the dialects."""
    from stampbook.dialects.bodies_of_events import FORMATS

    sender = sender_of(settings, ledger.clock)
    return Courier(ledger.store, sender, FORMATS, waits_of(settings.webhook_schedule))


@asynccontextmanager
async def background_work(ledger: Ledger, settings: Settings) -> AsyncIterator[None]:
    """Run a worker's parts (see above) while the ledger is used."""
    awarding = Awarding(ledger.store, ledger, ledger.clock, Catalogues(), Turns(), Acquaintances())
    works = (
        Sweeper(ledger),
        projector(ledger.store, ledger.clock),
        greeter(awarding),
        anchorer(ledger.store, ledger.clock, settings.anchor_key_file),
        pruner(ledger.store, ledger.clock, settings.event_retention_days),
        heralding(ledger),
        courier(ledger, settings),
    )
    async with _working(*works):
        yield


class Work(Protocol):
    """What goes on beside requests."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...


@asynccontextmanager
async def _working(*works: Work) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in works]
    try:
        yield
    finally:
        for each in works:
            each.stop()
        await asyncio.gather(*tasks)


async def run_server(
    settings: Settings,
    listening: socket.socket,
    *,
    sweeps: bool,
    on_ready: Callable[[], None],
    stopping: asyncio.Event,
    buckets: "Buckets",
    mailbox: Mailbox | None = None,
    guide: "Guide | None" = None,
) -> None:
    """Serve on the bound socket until `stopping`; then drain.

    `on_ready` is called when requests are accepted. With `sweeps`, the server does a worker's
    work itself. `buckets` are shared with the other processes of the server, which `mailbox`
    reaches; None: there are none. `guide` is what the console shows of a demo.
    """
    from stampbook.dialects.native.files.telling import words_of
    from stampbook.dialects.table import dialects_of
    from stampbook.edge.bounds.limits import limits_of
    from stampbook.edge.bounds.reached import Reached
    from stampbook.edge.context import Context
    from stampbook.edge.server import Server
    from stampbook.edge.serving import Edge

    TRACING.start()
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, TRACING.stop)
        ledger = await running.enter_async_context(running_ledger(settings, create=True))
        context = Context(ledger.store, ledger, clock, settings, buckets)
        running.push_async_callback(context.jobs.stop)
        await running.enter_async_context(context.callers.uses.being_written())
        context.kept["console"] = guide
        context.mirror = await running.enter_async_context(mirrored(ledger, settings))
        edge = Edge(context, dialects_of(settings), Reached.by(settings))
        await running.enter_async_context(_owning(ledger, mailbox, stopping, settings.drain_s))
        server = Server(edge, limits_of(settings), drain_s=settings.drain_s)
        if sweeps:
            await running.enter_async_context(background_work(ledger, settings))
        carrier = Carrier(
            ledger,
            folder_of(settings),
            words_of(settings),
            context.mirror,
            max_age_us=settings.replica_max_staleness_s * MICROSECONDS,
        )
        await running.enter_async_context(_working(carrier))
        for each in (_measure(), _stop_waiting(context.pulse, stopping)):
            running.callback(asyncio.create_task(each).cancel)
        settle_memory()
        await server.serve_until(stopping, listening, on_ready)


async def run_worker(
    settings: Settings, *, on_ready: Callable[[], None], stopping: asyncio.Event
) -> None:
    """Run only the background worker, until `stopping`."""
    TRACING.start()
    async with AsyncExitStack() as running:
        running.push_async_callback(asyncio.to_thread, TRACING.stop)
        ledger = await running.enter_async_context(running_ledger(settings))
        await running.enter_async_context(background_work(ledger, settings))
        settle_memory()
        on_ready()
        await stopping.wait()


def stop_on_signals() -> asyncio.Event:
    """An event of the running loop that SIGTERM and SIGINT set. A second signal kills at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    return stopping


def settle_memory() -> None:
    """Exempt everything loaded so far from garbage collection: it is never freed.

    A server starts with the collector off (commands.serving), which saves a sixth of the time.
    """
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
