"""What is counted on a node, for `GET /metrics`: how answers went, never who asked or what was said."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

NAMESPACE = "prilavok"
SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 10, 30)

__all__ = ["CONTENT_TYPE", "Metrics"]


class Metrics:
    """One node's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = self._counter("answers", "Answers given", "mode", "intent", "found", "language")
        self.replaced = self._counter("sentences_replaced", "Sentences that the verifier replaced")
        self.flags = self._counter("questions_flagged", "Questions that the guard marked", "flag")
        self.failures = self._counter("failures", "Requests that ended in an error", "code")
        self.feedback = self._counter("feedback", "Ratings of answers", "score", "mode", "intent")
        self.leads = self._counter("leads", "Sealed contacts taken")
        self.tokens = self._counter("tokens", "Tokens of the small model", "kind")
        self.cache = self._counter("answer_cache", "Looks for a kept answer", "result")
        self.cache_dropped = self._counter("answer_cache_dropped", "Kept answers let go", "reason")
        self.cache_remade = self._counter("answer_cache_remade", "Times the kept answers were damaged")
        self.stage_s = Histogram(
            "answer_seconds",
            "From the question to",
            ["to"],
            buckets=SECONDS,
            registry=self.registry,
            namespace=NAMESPACE,
        )
        ProcessCollector(registry=self.registry)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(name, says, labels, registry=self.registry, namespace=NAMESPACE)

    def watch(self, name: str, says: str, read: Callable[[], float]) -> None:
        """A gauge that is read when asked for."""
        Gauge(name, says, registry=self.registry, namespace=NAMESPACE).set_function(read)

    def engine(self, read: Callable[[], Mapping[str, float]]) -> None:
        """The figures of the model's engine, whatever it tells: `prilavok_engine_…`, read when asked for."""
        self.registry.register(_Vitals(read))

    def sync(self, read: Callable[[], Mapping[str, float]]) -> None:
        """The figures of the line to the hub: `prilavok_sync_…`, read when asked for."""
        self.registry.register(_Vitals(read, "sync", "Line to the hub"))

    def samples(self) -> Iterable[tuple[str, float, bool]]:
        """Name with labels, value, and whether it only grows; of counters and gauges."""
        for family in self.registry.collect():
            if family.type in ("counter", "gauge"):
                for sample in family.samples:
                    if not sample.name.endswith("_created"):
                        labels = ".".join(sample.labels.values())
                        name = sample.name.removeprefix(f"{NAMESPACE}_") + (f".{labels}" if labels else "")
                        yield name, sample.value, family.type == "counter"

    def text(self) -> bytes:
        """In Prometheus's text form."""
        return generate_latest(self.registry)


class _Vitals(Collector):
    """Names that end in `_total` are counters, others gauges."""

    def __init__(
        self, read: Callable[[], Mapping[str, float]], of: str = "engine", says: str = "Engine"
    ) -> None:
        self._read, self._of, self._says = read, of, says

    def describe(self) -> Iterable[Metric]:
        """Unknown beforehand."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """As they are now."""
        for name, value in sorted(self._read().items()):
            family = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            says = name.removesuffix("_total").replace("_", " ")
            yield family(f"{NAMESPACE}_{self._of}_{name}", f"{self._says}: {says}", value=value)


@dataclass
class Stopwatch:
    """Times one answer: to its cards, its first word and its end, each once."""

    metrics: Metrics
    begun: float = field(default_factory=time.perf_counter)
    _seen: set[str] = field(default_factory=set)

    def mark(self, to: str) -> None:
        """Counts the seconds since the question, the first time `to` is reached."""
        if to not in self._seen:
            self._seen.add(to)
            self.metrics.stage_s.labels(to).observe(time.perf_counter() - self.begun)
