"""Every instrument of the bot, by OpenTelemetry's name, and how Prometheus spells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int
Kind = Literal["counter", "gauge", "histogram"]

SECONDS = "s"
HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Those that OpenTelemetry's conventions give for HTTP."""
RUN_BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
COMMIT_BUCKETS = (1, 2, 3, 4, 5, 7.5, 10, 20, 40, 60, 90, 300, 900, 3600)


@dataclass(frozen=True)
class Instrument:
    """What is measured. ``attributes`` tell one series from another; an empty one is left out."""

    name: str
    kind: Kind
    unit: str
    description: str
    attributes: tuple[str, ...] = ()
    buckets: Sequence[float] = ()

    @property
    def prometheus(self) -> str:
        """The name of the family at ``/metrics``, but for a counter's ``_total``.

        See https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/.
        """
        return self.name.replace(".", "_") + ("_seconds" if self.unit == SECONDS else "")

    @property
    def series(self) -> str:
        """The name by which Prometheus is asked for it; a histogram's goes on with ``_bucket`` and others."""
        return self.prometheus + ("_total" if self.kind == "counter" else "")

    @property
    def labels(self) -> tuple[str, ...]:
        """The attributes as Prometheus spells them."""
        return tuple(attribute.replace(".", "_") for attribute in self.attributes)

    def attributes_of(self, values: Sequence[Value]) -> dict[str, Value]:
        """These values by their attributes' names."""
        return {
            attribute: value for attribute, value in zip(self.attributes, values, strict=True) if value != ""
        }


DELIVERIES = Instrument(
    *("status_bot.deliveries", "counter", "{delivery}"),
    "Webhook deliveries by event and by what became of them.",
    ("event", "outcome"),
)
RUNS = Instrument(
    *("status_bot.runs", "counter", "{run}"),
    "Runs of the queue by kind and outcome.",
    ("kind", "outcome"),
)
RUN_SECONDS = Instrument(
    *("status_bot.run.duration", "histogram", SECONDS),
    "How long runs of the queue took.",
    ("kind",),
    RUN_BUCKETS,
)
API_CALLS = Instrument(
    *("status_bot.api_calls", "counter", "{call}"),
    "Requests to GitHub by kind and status; status 0 is no answer.",
    ("kind", "status"),
)
RATE_LIMIT_LEFT = Instrument(
    *("status_bot.rate_limit_left", "gauge", "{request}"),
    "What GitHub still grants in this window, by identity and pool.",
    ("identity", "pool"),
)
EVENT_TO_COMMIT = Instrument(
    *("status_bot.event_to_commit", "histogram", SECONDS),
    "From the first event to the proposal's commit.",
    buckets=COMMIT_BUCKETS,
)
QUEUE_DEPTH = Instrument("status_bot.queue.depth", "gauge", "{key}", "How many keys wait.")
QUEUE_OLDEST = Instrument(
    *("status_bot.queue.oldest_due", "gauge", SECONDS),
    "How long the most overdue key has waited.",
)
QUEUE_RUNNING = Instrument("status_bot.queue.running", "gauge", "{key}", "How many keys run.")
SERVER_SECONDS = Instrument(
    *("http.server.request.duration", "histogram", SECONDS),
    "How long the webhook took to answer.",
    ("http.request.method", "http.route", "url.scheme", "http.response.status_code", "error.type"),
    HTTP_BUCKETS,
)
CLIENT_SECONDS = Instrument(
    *("http.client.request.duration", "histogram", SECONDS),
    "How long GitHub took to answer.",
    ("http.request.method", "server.address", "server.port", "http.response.status_code", "error.type"),
    HTTP_BUCKETS,
)
INSTRUMENTS = (
    *(DELIVERIES, QUEUE_DEPTH, QUEUE_OLDEST, QUEUE_RUNNING, RUNS, RUN_SECONDS, EVENT_TO_COMMIT),
    *(API_CALLS, RATE_LIMIT_LEFT, SERVER_SECONDS, CLIENT_SECONDS),
)
