"""The scenarios: what is loaded, what is run window by window, and the figure that comes of it.

The targets hold for two processors that server, database and load share.
"""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Final, NamedTuple, Protocol

from stampbook.benchmark import cancels
from stampbook.benchmark.figures import (
    Sample,
    Target,
    Windows,
    percentile_ms,
    ratios,
    together,
)
from stampbook.benchmark.staging import Stage, Timed

BULK: Final = 100
"""Operations of a request of the bulk scenario."""

REPEATS: Final = 0.05
"""The share of requests that come again in the scenario of duplicates."""

MANY_LOTS: Final = 100
"""Open lots of each account where there are many: a million, over 10,000 accounts."""

CACHED: Final = 10
"""In the memory scenario there are so many times the accounts: 100,000."""


class Bench(Protocol):
    """What a scenario may ask for."""

    accounts: int
    windows: int

    def stage(self) -> Stage:
        """Another server on another database; it ends with the scenario."""
        ...

    def measure(self, **timed: Timed) -> Windows:
        """Warm up; then, window by window, pgbench and each of these, one after the other."""
        ...

    def start_again(self, stage: Stage) -> float:
        """Stop the server and start it: seconds until it was ready."""
        ...


class Finding(NamedTuple):
    """The figure, and the windows it came from; `main` names what was run in them."""

    value: float
    windows: Windows
    main: str = ""


class Scenario(NamedTuple):
    """A scenario; `settings` are the cluster's, `databases` how many it needs."""

    about: str
    figure: str
    unit: str
    target: Target
    run: Callable[[Bench], Finding]
    sqlite: bool = False
    yardstick: bool = True
    databases: int = 1
    settings: Mapping[str, str] = {}


def _beside(windows: Windows, name: str) -> Finding:
    """The rate as a ratio to pgbench's."""
    return Finding(median(ratios(windows.rates(name), windows.yardsticks)), windows, name)


def _against(windows: Windows, name: str, other: str) -> Finding:
    """The rate as a ratio to that of the other windows."""
    return Finding(median(ratios(windows.rates(name), windows.rates(other))), windows, name)


def spread(bench: Bench) -> Finding:
    """Accrue, redeem, hold, commit and cancel over all accounts."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts).accounts
    return _beside(bench.measure(spread=stage.mix("spread", accounts)), "spread")


def hot(bench: Bench) -> Finding:
    """The same on one account."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts).accounts
    windows = bench.measure(
        spread=stage.mix("spread", accounts), hot=stage.mix("hot", accounts[:1])
    )
    return _against(windows, "hot", "spread")


def bulk(bench: Bench) -> Finding:
    """Many operations in a request."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts).accounts
    stage.loader.bulk("bulk", stage.headers, accounts, BULK)
    return _beside(bench.measure(bulk=lambda seconds: stage.run("bulk", seconds)), "bulk")


def _cancel(dialect: Callable[[Stage, int], Timed]) -> Callable[[Bench], Finding]:
    def run(bench: Bench) -> Finding:
        timed = dialect(bench.stage(), bench.accounts)
        return _beside(bench.measure(cancel=timed), "cancel")

    return run


def lots(bench: Bench) -> Finding:
    """Few open lots on one server, many on the other."""
    few, many = bench.stage(), bench.stage()
    timed = {
        name: stage.mix(name, stage.seeder.shop(bench.accounts, lots=each).accounts)
        for name, stage, each in (("few", few, 1), ("many", many, MANY_LOTS))
    }
    windows = bench.measure(**timed)
    return _against(windows, "few", "many")._replace(main="many")


def latency(bench: Bench) -> Finding:
    """At half of the highest load, which is measured in between."""
    stage = bench.stage()
    highest = stage.mix("spread", stage.seeder.shop(bench.accounts).accounts)
    rates: list[float] = []

    def at_most(seconds: float) -> Sample:
        sample = highest(seconds)
        rates.append(sample.rate)
        return sample

    def at_half(seconds: float) -> Sample:
        return stage.run("spread", seconds, rate=max(1.0, median(rates) / 2))

    windows = bench.measure(highest=at_most, half=at_half)
    found = percentile_ms(together(windows.samples["half"]), 0.99)
    return Finding(found or 0.0, windows, "half")


def duplicates(bench: Bench) -> Finding:
    """Some requests come twice."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts).accounts
    windows = bench.measure(
        plain=stage.mix("plain", accounts),
        duplicates=stage.mix("duplicates", accounts, repeats=REPEATS),
    )
    found = _against(windows, "duplicates", "plain")
    return found._replace(value=100 * (1 - found.value))


def memory(bench: Bench) -> Finding:
    """The server's memory when it has had to do with every account."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts * CACHED).accounts
    windows = bench.measure(spread=stage.mix("spread", accounts))
    return Finding(stage.resident_mb(), windows, "spread")


def start(bench: Bench) -> Finding:
    """From the start of the process to its ready line."""
    stage = bench.stage()
    took = [bench.start_again(stage) for _ in range(bench.windows)]
    return Finding(median(took), Windows({}, []))


RATIO: Final = "ratio to pgbench"
CANCELS: Final = Target(1.2, 1.8)

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "spread": Scenario(
        "accrue, redeem, hold, commit, cancel over all accounts",
        *(RATIO, "x", Target(1.5, 2.0), spread),
    ),
    "hot": Scenario(
        "the same on one account", "share of the spread rate", "x", Target(0.7, 0.9), hot
    ),
    "bulk": Scenario(
        f"{BULK} operations in a request", "operations, " + RATIO, "x", Target(5, 10), bulk
    ),
    "altegio": Scenario("cancel_card_withdrawal", RATIO, "x", CANCELS, _cancel(cancels.altegio)),
    "voucherify": Scenario(
        "cancel of pending points", RATIO, "x", CANCELS, _cancel(cancels.voucherify)
    ),
    "altcraft": Scenario("cancel_transaction", RATIO, "x", CANCELS, _cancel(cancels.altcraft)),
    "sqlite": Scenario("spread on SQLite", RATIO, "x", Target(1.2, 1.8), spread, sqlite=True),
    "lots": Scenario(
        f"{MANY_LOTS} open lots an account against 1",
        *("times slower", "x", Target(2.0, 1.3, higher_is_better=False), lots),
        databases=2,
        settings={
            "shared_buffers": "2GB",
            "max_wal_size": "8GB",
            "min_wal_size": "1GB",
            "wal_compression": "lz4",
        },
    ),
    "latency": Scenario(
        "at half of the highest load",
        *("99th percentile", "ms", Target(10, 5, higher_is_better=False), latency),
    ),
    "duplicates": Scenario(
        f"{REPEATS:.0%} of the requests come twice",
        *("loss", "%", Target(10, 3, higher_is_better=False), duplicates),
    ),
    "memory": Scenario(
        f"{CACHED} times the accounts in the cache",
        *("resident memory", "MB", Target(300, 150, higher_is_better=False), memory),
        yardstick=False,
    ),
    "start": Scenario(
        "from spawn to ready on a migrated database",
        *("start", "s", Target(1.5, 0.7, higher_is_better=False), start),
        yardstick=False,
    ),
}
"""In the order in which `all` runs them."""
