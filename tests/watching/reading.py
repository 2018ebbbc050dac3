"""Reading `/metrics` as Prometheus does."""

from __future__ import annotations

from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from tests.http.town import Town


class Sample(NamedTuple):
    """A line of the answer."""

    name: str
    labels: dict[str, str]
    value: float


class Metrics:
    """An answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.families = {each.name: each for each in text_string_to_metric_families(text)}
        self.samples = [
            Sample(each.name, dict(each.labels), each.value)
            for family in self.families.values()
            for each in family.samples
        ]
        self.names = {each.name for each in self.samples} | {
            f"{name}_total" if family.type == "counter" else name
            for name, family in self.families.items()
        }

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name with these labels."""
        return sum(
            each.value
            for each in self.samples
            if each.name == name and labels.items() <= each.labels.items()
        )

    def labels(self, name: str) -> set[frozenset[str]]:
        """The names of labels that samples of the metric have, apart from those of buckets."""
        return {
            frozenset(each.labels) - {"le"} for each in self.samples if each.name.startswith(name)
        }


async def metrics_of(town: Town) -> Metrics:
    """What the town's server says."""
    answer = await town.clients[0].get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return Metrics(answer.text)
