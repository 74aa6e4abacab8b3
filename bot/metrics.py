"""What the bot counts: kept once, for Prometheus, and shown to OpenTelemetry where somebody exports it.

Each instance has its own registry: nothing is process-wide. Names are OpenTelemetry's; at ``/metrics`` they
stand as its rules for Prometheus spell them, so that one dashboard serves both ways. What happens for each
delivery is counted for Prometheus alone, and read from there when something is exported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from typing import TYPE_CHECKING, Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.instruments import (
    API_CALLS,
    CLIENT_SECONDS,
    DELIVERIES,
    EVENT_TO_COMMIT,
    QUEUE_DEPTH,
    QUEUE_OLDEST,
    QUEUE_RUNNING,
    RATE_LIMIT_LEFT,
    RUN_SECONDS,
    RUNS,
    SERVER_SECONDS,
    Instrument,
    Value,
)

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation
    from opentelemetry.metrics import Histogram as Recorder

LONGEST_NUMBER = 10
WEBHOOK = "/webhook"
FIRST_OF_OURS = 500
"""From this status on it is the server's fault."""


class Kinded(Protocol):
    """A key of the queue, which says what kind of work it stands for."""

    @property
    def kind(self) -> str:
        """One of few words, such as ``site``."""
        ...


class WatchedQueue(Protocol):
    """What is shown of a queue at the moment of a scrape."""

    @property
    def depth(self) -> int:
        """How many keys wait."""
        ...

    @property
    def oldest_due_seconds(self) -> float:
        """How long the one that is most overdue has been waiting."""
        ...

    @property
    def running(self) -> Sized:
        """The keys that run."""
        ...


Read = Callable[[], float]
Reading = Callable[[Read], float | None]
"""Reads something in the thread that it belongs to; ``None`` where that has no time for it."""


class Metrics:
    """Counters and histograms, and the page that Prometheus reads."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, meter: Meter | None = None, reading: Reading = lambda read: read()) -> None:
        """``meter`` exports everything too. Its thread asks for the queue's state by ``reading``."""
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self._meter = meter
        self._reading = reading
        self._deliveries = self._counter(DELIVERIES)
        self._runs = self._counter(RUNS)
        self._api_calls = self._counter(API_CALLS)
        self._rate_limit_left = self._gauge(RATE_LIMIT_LEFT)
        self._run_seconds = self._histogram(RUN_SECONDS)
        self._event_to_commit = self._histogram(EVENT_TO_COMMIT)
        self._server_seconds = self._histogram(SERVER_SECONDS)
        self._client_seconds = self._histogram(CLIENT_SECONDS)
        self._delivered: dict[tuple[str, str], Counter] = {}

    def delivery(self, event_name: str, outcome: str) -> None:
        """Count a delivery. The event's name must be one of few: anybody can send any."""
        series = self._delivered.get((event_name, outcome))
        if series is None:  # to look it up by its labels costs more than to count
            series = self._delivered[event_name, outcome] = self._deliveries.labels(event_name, outcome)
        series.inc()

    def answered(self, status: int, seconds: float, error: str = "") -> None:
        """Note how long a delivery was looked at until it was answered; ``error`` is what broke the bot."""
        error = error or (str(status) if status >= FIRST_OF_OURS else "")
        self._server_seconds.record(seconds, "POST", WEBHOOK, "http", status, error)

    def run(self, key: Kinded, outcome: str, seconds: float) -> None:
        """Count a run of the queue."""
        self._runs.labels(key.kind, outcome).inc()
        self._run_seconds.record(seconds, key.kind)

    def api_call(self, who: str, kind: str, status: int, headers: Mapping[str, str]) -> None:
        """Count an answer of GitHub to an identity, and note what it says is left."""
        self._api_calls.labels(kind, str(status)).inc()
        left = headers.get("x-ratelimit-remaining", "")
        if left.isascii() and left.isdecimal() and len(left) < LONGEST_NUMBER:
            pool = headers.get("x-ratelimit-resource", kind)
            self._rate_limit_left.labels(who, pool).set(int(left))

    def asked(self, seconds: float, method: str, address: str, port: int, status: int, error: str) -> None:
        """Note how long GitHub took; ``error`` is the type of what went wrong, where no answer came."""
        self._client_seconds.record(seconds, method, address, port, status or "", error)

    def committed_after(self, seconds: float) -> None:
        """Note how long it took from the first event to the commit that it caused."""
        self._event_to_commit.record(seconds)

    def watch(self, queue: WatchedQueue) -> None:
        """Show the queue's depth, age and runs as they are whenever somebody looks."""
        gauges: tuple[tuple[Instrument, Read], ...] = (
            (QUEUE_DEPTH, lambda: queue.depth),
            (QUEUE_OLDEST, lambda: queue.oldest_due_seconds),
            (QUEUE_RUNNING, lambda: len(queue.running)),
        )
        for instrument, value in gauges:
            shown = Gauge(instrument.prometheus, instrument.description, registry=self.registry)
            shown.set_function(value)
            if self._meter is not None:
                self._meter.create_observable_gauge(
                    *(instrument.name, [self._observed(value)], instrument.unit, instrument.description)
                )

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)

    # -- each once for Prometheus, and once for OpenTelemetry ---------------------------------

    def _counter(self, instrument: Instrument) -> Counter:
        what = instrument.prometheus, instrument.description, instrument.labels
        counter = Counter(*what, registry=self.registry)
        if self._meter is not None:
            self._meter.create_observable_counter(
                *(instrument.name, [_mirrored(instrument, counter)], instrument.unit, instrument.description)
            )
        return counter

    def _gauge(self, instrument: Instrument) -> Gauge:
        what = instrument.prometheus, instrument.description, instrument.labels
        gauge = Gauge(*what, registry=self.registry)
        if self._meter is not None:
            self._meter.create_observable_gauge(
                *(instrument.name, [_mirrored(instrument, gauge)], instrument.unit, instrument.description)
            )
        return gauge

    def _histogram(self, instrument: Instrument) -> Measured:
        shown = Histogram(
            *(instrument.prometheus, instrument.description, instrument.labels),
            buckets=instrument.buckets,
            registry=self.registry,
        )
        recorder = None
        if self._meter is not None:
            recorder = self._meter.create_histogram(
                *(instrument.name, instrument.unit, instrument.description),
                explicit_bucket_boundaries_advisory=instrument.buckets,
            )
        return Measured(instrument, shown, recorder)

    def _observed(self, value: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
        from opentelemetry.metrics import Observation  # noqa: PLC0415 - only where there is a meter

        def observe(_options: CallbackOptions) -> Iterator[Observation]:
            read = self._reading(value)
            if read is not None:
                yield Observation(read)

        return observe


class Measured:
    """One histogram, in both forms. OpenTelemetry has no way of reading the one from the other."""

    def __init__(self, instrument: Instrument, shown: Histogram, recorder: Recorder | None) -> None:
        self._instrument = instrument
        self._shown = shown
        self._recorder = recorder
        self._series: dict[tuple[Value, ...], Histogram] = {}

    def record(self, value: float, *labels: Value) -> None:
        """Note a value under the labels, in their order. What they may be must be few: each is kept."""
        series = self._series.get(labels)
        if series is None:
            series = self._shown.labels(*map(str, labels)) if labels else self._shown
            self._series[labels] = series
        series.observe(value)
        if self._recorder is not None:
            self._recorder.record(value, self._instrument.attributes_of(labels))


def _mirrored(
    instrument: Instrument, metric: Counter | Gauge
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    """What a counter or gauge for Prometheus says, as OpenTelemetry asks for it."""
    from opentelemetry.metrics import Observation  # noqa: PLC0415 - only where there is a meter

    def observe(_options: CallbackOptions) -> Iterator[Observation]:
        for family in metric.collect():
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    told = tuple(sample.labels[label] for label in instrument.labels)
                    yield Observation(sample.value, instrument.attributes_of(told))

    return observe
