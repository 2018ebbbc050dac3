"""What every request handler works with: one composition, in `app.state.context`."""

from collections.abc import Callable, Coroutine
from copy import copy
from typing import Any, Self

from stampbook.edge.credentials.caller import Callers
from stampbook.edge.credentials.people import People
from stampbook.edge.credentials.signing_in import SigningIn
from stampbook.edge.jobs import Jobs
from stampbook.edge.pace.buckets import Buckets
from stampbook.edge.pace.pace import Pace
from stampbook.events.pulse import Pulse
from stampbook.ledger.engine import Ledger
from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.loyalty.events.acquaintances import Acquaintances
from stampbook.loyalty.events.awarding import Awarding
from stampbook.loyalty.rules.catalogue import Catalogues
from stampbook.loyalty.turns import Turns
from stampbook.pacing import Scans
from stampbook.programs.people.sessions import Lifetime
from stampbook.storage.store import Store
from stampbook.visits.attempting import House
from stampbook.visits.remembering import Visits
from stampbook.webhooks.addresses import Resolve, system_resolver
from stampbook.webhooks.sending import sender_of


class Context:
    """The store, the ledger on it, the clock (microseconds UTC), and the process's settings.

    `pace` is how fast callers may ask, by buckets that all processes of a server share.
    `callers`, `people` and `visits` are what the edge remembers between requests, `signing_in` is
    how people prove who they are, `kept` what a dialect remembers under its name. `house` is what
    operations on visits need, `awarding` what events and orders need, `scans` has the turns of
    searches, `jobs` goes on after requests, and by `pulse` requests wait for events. `sender` sends
    requests to webhooks, at addresses that `resolve` finds. `carry_out`
    answers a request that no connection has brought, such as one that was approved; `within` one
    that is a part of the request at hand. The edge gives both. `mirror` reads from replicas, where
    there are any.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        clock: Callable[[], int],
        settings: Any = None,
        buckets: Buckets | None = None,
        *,
        resolve: Resolve = system_resolver,
    ) -> None:
        self.store = store
        self.ledger = ledger
        self.clock = clock
        self.settings = settings
        self.pace = Pace(buckets or Buckets(), clock, settings)
        self.callers = Callers(store, self.pace)
        self.people = People(store, clock, lifetime_of(settings))
        self.visits = Visits()
        self.awarding = Awarding(store, ledger, clock, Catalogues(), Turns(), Acquaintances())
        self.house = House(store, ledger, self.visits, self.awarding)
        self.kept: dict[str, Any] = {}
        self.scans = Scans()
        self.jobs = Jobs()
        self.pulse = Pulse(store)
        self.sender = sender_of(settings, clock, resolve=resolve)
        self.signing_in = SigningIn(store, clock)
        self.mirror: Mirror | None = None
        self.carry_out: Callable[[Any], Coroutine[Any, Any, Any]] = _nobody
        self.within: Callable[[Any], Coroutine[Any, Any, Any]] = _nobody

    def reading(self, ledger: Ledger) -> Self:
        """The context of a read that another store answers. Nothing is remembered from it."""
        other = copy(self)
        other.store, other.ledger, other.clock = ledger.store, ledger, ledger.clock
        other.mirror = None
        other.visits = Visits()
        other.awarding = Awarding(
            ledger.store, ledger, ledger.clock, Catalogues(), Turns(), Acquaintances()
        )
        other.house = House(ledger.store, ledger, other.visits, other.awarding)
        return other


async def _nobody(request: Any) -> Any:
    raise RuntimeError("no edge answers requests on this context")


def lifetime_of(settings: Any) -> Lifetime:
    """How long sessions last."""
    usual = Lifetime()
    return Lifetime(
        getattr(settings, "session_idle_s", usual.idle_s),
        getattr(settings, "session_max_s", usual.max_s),
    )
