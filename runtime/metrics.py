"""Every metric of every service, declared once. Names that are not here raise."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(msgspec.Struct, frozen=True):
    """`labels`: name -> the closed set of its values; `buckets` of a histogram, in its unit."""

    name: str
    kind: Kind
    help: str
    labels: dict[str, frozenset[str]] = {}
    buckets: tuple[float, ...] = ()


class MetricError(Exception):
    """An undeclared name or label value: a bug, found by the first test that passes there."""


SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def closed(values: Iterable[str]) -> frozenset[str]:
    return frozenset(str(value) for value in values)


class Meter:
    """The declared metrics of one process, on a registry of its own."""

    def __init__(self, declared: Iterable[Metric]) -> None:
        self.registry = CollectorRegistry()
        self.declared = {metric.name: metric for metric in declared}
        self.made: dict[str, Counter | Gauge | Histogram] = {}

    def counter(self, name: str, **labels: str) -> Counter:
        found = self._child(name, labels)
        assert isinstance(found, Counter)
        return found

    def gauge(self, name: str, **labels: str) -> Gauge:
        found = self._child(name, labels)
        assert isinstance(found, Gauge)
        return found

    def histogram(self, name: str, **labels: str) -> Histogram:
        found = self._child(name, labels)
        assert isinstance(found, Histogram)
        return found

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def _child(self, name: str, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        metric = self.declared.get(name)
        if metric is None:
            raise MetricError(f"metric {name} is not declared")
        for label, value in labels.items():
            if value not in metric.labels.get(label, frozenset()):
                raise MetricError(f"{label}={value} is not declared for {name}")
        made = self.made.get(name) or self.made.setdefault(name, self._make(metric))
        return made.labels(**labels) if labels else made

    def _make(self, metric: Metric) -> Counter | Gauge | Histogram:
        names = tuple(metric.labels)
        match metric.kind:
            case Kind.COUNTER:
                return Counter(metric.name, metric.help, names, registry=self.registry)
            case Kind.GAUGE:
                return Gauge(metric.name, metric.help, names, registry=self.registry)
            case Kind.HISTOGRAM:
                buckets = metric.buckets or SECONDS
                return Histogram(metric.name, metric.help, names, registry=self.registry, buckets=buckets)
