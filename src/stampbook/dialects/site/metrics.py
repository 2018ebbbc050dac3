"""`/metrics`: what is counted in all processes of this server, as Prometheus reads it."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate
from platform import python_version
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import (
    Metric as Family,
)
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.registry import Collector

from stampbook import __version__
from stampbook.dialects.native.dialect import NATIVE
from stampbook.dialects.site.call import PageCall
from stampbook.dialects.site.facts import GAUGES, Facts, Values
from stampbook.edge.answers import Answer
from stampbook.edge.credentials.caller import bearer
from stampbook.networks import is_loopback
from stampbook.settings import Settings
from stampbook.storage.address import is_postgres
from stampbook.watching.counting import MEMORY, Metric
from stampbook.watching.metrics import COLLECTIONS, DURATION, PROCESS, REQUESTS

PREFIX: Final = "stampbook_"

SCOPE: Final = "metrics"

FORWARDED: Final = (b"forwarded", b"x-forwarded-for")

SHARED: Final = frozenset({"process_start_time_seconds", "process_max_fds"})
"""Of these the smallest of all processes is shown; of the others the sum."""


async def metrics(call: PageCall) -> Answer:
    """The metrics, for those whom the setting `metrics` admits."""
    settings = call.context.settings or Settings()
    refused = await _refused(call, settings.metrics)
    if refused is not None:
        return refused
    kept = call.context.kept
    facts = kept.setdefault(SCOPE, Facts(call.context))
    values = await facts.read()
    MEMORY.measure()
    registry = CollectorRegistry(auto_describe=False)
    store = "postgresql" if is_postgres(settings.database_url) else "sqlite"
    registry.register(_Shown(store, values))
    registry.register(PlatformCollector(registry=None))
    content_type = (b"content-type", CONTENT_TYPE_LATEST.encode())
    return Answer(200, generate_latest(registry), (content_type, (b"cache-control", b"no-store")))


async def _refused(call: PageCall, admits: str) -> Answer | None:
    """Why the caller may not see them, in the words of the native API."""
    request = call.request
    if admits == "off":
        return NATIVE.fail(request, 404, "no such path")
    if admits == "open":
        return None
    if admits == "loopback":
        if is_loopback(request.client) and not any(name in request.headers for name in FORWARDED):
            return None
        return NATIVE.fail(request, 403, "metrics are for this machine only")
    secret = bearer(request.headers.get(b"authorization"))
    caller = await call.context.callers.admit(request, secret)
    if caller is None:
        return NATIVE.fail(request, 401, "send an API key as Authorization: Bearer")
    if not caller.may(SCOPE):
        return NATIVE.fail(request, 403, f"the API key lacks the scope {SCOPE}")
    return None


class _Shown(Collector):
    """All counts and gauges, as families of prometheus-client."""

    def __init__(self, store: str, values: Values) -> None:
        self._store = store
        self._values = values

    def collect(self) -> Iterable[Family]:
        """See prometheus-client."""
        build = GaugeMetricFamily(
            f"{PREFIX}build_info", "This release.", labels=("version", "python", "store")
        )
        build.add_metric((__version__, python_version(), self._store), 1)
        yield build
        totals = MEMORY.totals()
        for metric in MEMORY.declared:
            if metric is not PROCESS:
                yield _family(metric, totals)
        for each in GAUGES:
            labels = () if each.label is None else (each.label,)
            shown = GaugeMetricFamily(PREFIX + each.name, each.about, labels=labels)
            for label, value in self._values.get(each, {}).items():
                shown.add_metric((label,) if labels else (), value)
            yield shown
        yield from _of_processes()


def _family(metric: Metric, totals: Sequence[int]) -> Family:
    """The sums of a metric over all processes."""
    name = metric.name if metric in COLLECTIONS.values() else PREFIX + metric.name
    if metric.kind == "histogram":
        return _histogram(name, metric, totals)
    is_counter = metric.name.endswith("_total")
    kind = CounterMetricFamily if is_counter else GaugeMetricFamily
    family = kind(name, metric.about, labels=metric.labels)
    for labels, at in metric.at.items():
        if totals[at] or metric is not REQUESTS:
            family.add_metric(labels, totals[at])
    return family


def _histogram(name: str, metric: Metric, totals: Sequence[int]) -> Family:
    family = HistogramMetricFamily(name, metric.about, labels=metric.labels)
    bounds = [str(bound / metric.unit) for bound in metric.buckets] + ["+Inf"]
    for labels, at in metric.at.items():
        counts = list(accumulate(totals[at : at + len(bounds)]))
        if counts[-1] or metric is not DURATION:
            total = totals[at + len(bounds)] / metric.unit
            family.add_metric(labels, list(zip(bounds, counts, strict=True)), total)
    return family


def _of_processes() -> Iterable[Family]:
    """What the system says of all processes of this server together."""
    families: dict[str, Family] = {}
    for slab in MEMORY.slabs:
        pid = slab[PROCESS.at[()]]
        for found in (
            ProcessCollector(pid=partial(int, pid), registry=None).collect() if pid else ()
        ):
            family = families.setdefault(found.name, found)
            if family is not found:
                (ours,), (theirs,) = family.samples, found.samples
                add = min if found.name in SHARED else sum
                value = add((ours.value, theirs.value))
                family.samples = [ours._replace(value=value)]
    return families.values()
