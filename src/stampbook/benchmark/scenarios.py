"""The scenarios: what the database holds, what runs in each window, and the resulting figure."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final, NamedTuple, Protocol

from stampbook.benchmark import cancels, earning
from stampbook.benchmark.figures import (
    Figure,
    Sample,
    Windows,
    percentile_ms,
    ratios,
    together,
)
from stampbook.benchmark.staging import Stage, Timed

BULK: Final = 100
"""Operations in each request of the bulk scenario."""

REPEATS: Final = 0.05
"""The share of requests that the scenario of duplicates sends twice."""

MANY_LOTS: Final = 100
"""Open lots of each account of the scenario of lots: a million over 10,000 accounts."""

CACHED: Final = 10
"""The memory scenario multiplies the accounts by this: 100,000."""


class Bench(Protocol):
    """What a scenario can use."""

    accounts: int
    windows: int

    def stage(self) -> Stage:
        """Start another server on another database; it stops with the scenario."""
        ...

    def measure(self, **timed: Timed) -> Windows:
        """Warm up; then, in each window, run pgbench and each of these, one after the other."""
        ...

    def start_again(self, stage: Stage) -> float:
        """Restart the server. Returns the seconds until it was ready."""
        ...


class Finding(NamedTuple):
    """The figure, and the windows it came from; `main` names the load that it is about.

    `further` are figures that were measured without a load.
    """

    value: float
    windows: Windows
    main: str = ""
    further: Sequence[Figure] = ()


class Scenario(NamedTuple):
    """A scenario, described in `about` for users of the command.

    `settings` are those of the PostgreSQL cluster; `databases` is how many it needs.
    """

    about: str
    figure: str
    unit: str
    run: Callable[[Bench], Finding]
    sqlite: bool = False
    yardstick: bool = True
    databases: int = 1
    settings: Mapping[str, str] = {}


def _beside(windows: Windows, name: str) -> Finding:
    """The rate as a ratio to that of pgbench."""
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
    """Many operations in each request."""
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
    """At half of the highest rate, which is measured in turn."""
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
    """Some requests are sent twice."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts).accounts
    windows = bench.measure(
        plain=stage.mix("plain", accounts),
        duplicates=stage.mix("duplicates", accounts, repeats=REPEATS),
    )
    found = _against(windows, "duplicates", "plain")
    return found._replace(value=100 * (1 - found.value))


def memory(bench: Bench) -> Finding:
    """The server's memory once it has used every account."""
    stage = bench.stage()
    accounts = stage.seeder.shop(bench.accounts * CACHED).accounts
    windows = bench.measure(spread=stage.mix("spread", accounts))
    return Finding(stage.resident_mb(), windows, "spread")


def start(bench: Bench) -> Finding:
    """From the start of the process to its ready line."""
    stage = bench.stage()
    took = [bench.start_again(stage) for _ in range(bench.windows)]
    return Finding(median(took), Windows({}, []))


def rules(bench: Bench) -> Finding:
    """Custom events that one of many rules matches, and accruals on the same accounts; then how
    long it takes to judge by all of the rules."""
    stage = bench.stage()
    shop = stage.seeder.shop(bench.accounts)
    earning.seed_rules(stage.seeder, shop)
    earning.seed_events(stage.seeder, shop)
    windows = bench.measure(
        accruals=stage.identified("accruals", earning.accruals(shop)),
        events=stage.identified("events", earning.custom_events(shop)),
    )
    found = _against(windows, "accruals", "events")._replace(main="events")
    return found._replace(further=earning.judged(bench.accounts))


RATIO: Final = ("ratio to pgbench", "x")
EVERYDAY: Final = "everyday traffic (accruals, redemptions, holds, commits, cancels)"

SCENARIOS: Final[Mapping[str, Scenario]] = {
    "spread": Scenario(f"{EVERYDAY} over all accounts", *RATIO, spread),
    "hot": Scenario(
        "everyday traffic on a single account, compared with the same traffic over all accounts",
        *("share of spread's rate", "x", hot),
    ),
    "bulk": Scenario(f"accruals and redemptions, {BULK} in each bulk request", *RATIO, bulk),
    "altegio": Scenario(
        "an Altegio client cancels card withdrawals: cancel_card_withdrawal",
        *(*RATIO, _cancel(cancels.altegio)),
    ),
    "voucherify": Scenario(
        "a Voucherify client cancels pending points", *RATIO, _cancel(cancels.voucherify)
    ),
    "altcraft": Scenario(
        "an Altcraft client cancels redemptions: cancel_transaction",
        *(*RATIO, _cancel(cancels.altcraft)),
    ),
    "sqlite": Scenario(f"{EVERYDAY} with the server on SQLite", *RATIO, spread, sqlite=True),
    "lots": Scenario(
        f"everyday traffic on accounts with {MANY_LOTS} open lots each, compared with 1 each",
        *("slowdown", "x", lots),
        databases=2,
        settings={
            "shared_buffers": "2GB",
            "max_wal_size": "8GB",
            "min_wal_size": "1GB",
            "wal_compression": "lz4",
        },
    ),
    "latency": Scenario(
        "response times of everyday traffic at half of the highest rate",
        *("99th percentile", "ms", latency),
    ),
    "duplicates": Scenario(
        f"everyday traffic with {REPEATS:.0%} of the requests sent twice, compared with none",
        *("loss of throughput", "%", duplicates),
    ),
    "rules": Scenario(
        f"custom events in a program with {earning.RULES:,} rules, one of which matches, compared"
        " with accruals; each with an external id",
        *("cost of an accrual", "x", rules),
    ),
    "memory": Scenario(
        f"the server's memory with {CACHED} times the accounts, all of them in its cache",
        *("resident memory", "MB", memory),
        yardstick=False,
    ),
    "start": Scenario(
        "the time from starting the server until it accepts requests",
        *("start", "s", start),
        yardstick=False,
    ),
}
"""In the order in which `all` runs them."""
