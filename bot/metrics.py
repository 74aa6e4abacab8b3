"""What the bot counts, for Prometheus. Each instance has its own registry: nothing is process-wide."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

LONGEST_NUMBER = 10
RUN_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
COMMIT_BUCKETS = (1, 2, 3, 4, 5, 7.5, 10, 20, 40, 60, 90, 300, 900, 3600)


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


class Metrics:
    """Counters and histograms, and the page that Prometheus reads."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=registry)
        self._deliveries = Counter(
            "status_bot_deliveries",
            "Webhook deliveries by event and by what became of them.",
            ("event", "outcome"),
            registry=registry,
        )
        self._runs = Counter(
            "status_bot_runs",
            "Runs of the queue by kind and outcome.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._run_seconds = Histogram(
            "status_bot_run_seconds",
            "How long runs of the queue took.",
            ("kind",),
            buckets=RUN_BUCKETS,
            registry=registry,
        )
        self._api_calls = Counter(
            "status_bot_api_calls",
            "Requests to GitHub by kind and status; status 0 is no answer.",
            ("kind", "status"),
            registry=registry,
        )
        self._rate_limit_left = Gauge(
            "status_bot_rate_limit_left",
            "What GitHub still grants in this window, by identity and pool.",
            ("identity", "pool"),
            registry=registry,
        )
        self._event_to_commit = Histogram(
            "status_bot_event_to_commit_seconds",
            "From the first event to the proposal's commit.",
            buckets=COMMIT_BUCKETS,
            registry=registry,
        )

    def delivery(self, event_name: str, outcome: str) -> None:
        """Count a delivery. The event's name must be one of few: anybody can send any."""
        self._deliveries.labels(event_name, outcome).inc()

    def run(self, key: Kinded, outcome: str, seconds: float) -> None:
        """Count a run of the queue."""
        self._runs.labels(key.kind, outcome).inc()
        self._run_seconds.labels(key.kind).observe(seconds)

    def api_call(self, who: str, kind: str, status: int, headers: Mapping[str, str]) -> None:
        """Count an answer of GitHub to an identity, and note what it says is left."""
        self._api_calls.labels(kind, str(status)).inc()
        left = headers.get("x-ratelimit-remaining", "")
        if left.isascii() and left.isdecimal() and len(left) < LONGEST_NUMBER:
            pool = headers.get("x-ratelimit-resource", kind)
            self._rate_limit_left.labels(who, pool).set(int(left))

    def committed_after(self, seconds: float) -> None:
        """Note how long it took from the first event to the commit that it caused."""
        self._event_to_commit.observe(seconds)

    def watch(self, queue: WatchedQueue) -> None:
        """Show the queue's depth, age and runs as they are whenever somebody looks."""
        gauges = (
            ("depth", "How many keys wait.", lambda: queue.depth),
            (
                "oldest_due_seconds",
                "How long the most overdue key has waited.",
                lambda: queue.oldest_due_seconds,
            ),
            ("running", "How many keys run.", lambda: len(queue.running)),
        )
        for name, text, value in gauges:
            Gauge(f"status_bot_queue_{name}", text, registry=self.registry).set_function(value)

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self.registry)
