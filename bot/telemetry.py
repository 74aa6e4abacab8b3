"""What the standard ``OTEL_*`` variables ask for, set up with OpenTelemetry's SDK where it is installed.

Whatever they say, the bot runs: what cannot be used is told in a sentence, without its value, and the rest is
set up. Exporters work in threads of their own, so a collector that hangs holds up nothing.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import os
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import structlog
from opentelemetry import metrics, trace

from bot import __version__
from bot.calls import Calls
from bot.metrics import Metrics, Read
from bot.otel_settings import Wanted, read_wanted
from bot.tracing import NO_TRACING, Tracing, add_span

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

SCOPE = "status_bot"
SERVICE = "status-bot"
READ_SECONDS = 2.0
"""How long an exporter's thread waits for the queue's state, which only the event loop can tell."""
SELDOM_SECONDS = 600.0
"""A collector that is away is away for each of its batches: to say so this often is enough."""
NOT_AS_ASKED = "telemetry is not as asked for"
NOT_INSTALLED = (
    "Variables OTEL_* ask for traces or metrics to be exported, but OpenTelemetry's SDK is not installed:"
    " install requirements.txt, or the bot with its extra otel. It goes on without."
)

log = structlog.get_logger(__name__)


class Provider(Protocol):
    """What makes spans or metrics, and sends what it has when it is shut down."""

    def shutdown(self) -> None:
        """Send what is left. It may take as long as the collector likes."""
        ...


@dataclass(frozen=True)
class Telemetry:
    """What spans and metrics are made with; by default with nothing, which costs nothing."""

    tracer: Tracer | None = None
    meter: Meter | None = None
    providers: Sequence[Provider] = ()
    filters: Sequence[tuple[logging.Handler, logging.Filter]] = field(default=(), repr=False)

    @property
    def tracing(self) -> Tracing:
        """For deliveries, runs and reconciles."""
        return Tracing(self.tracer) if self.tracer is not None else NO_TRACING

    def metrics(self) -> Metrics:
        """For one bot. To be called in its event loop."""
        return Metrics(self.meter, _Reader(asyncio.get_running_loop()))

    def calls(self, counts: Metrics) -> Calls:
        """For requests to GitHub."""
        return Calls(counts, self.tracer)

    async def close(self, seconds: float) -> None:
        """Send what is left, for so many seconds at most; what then is still on its way is given up."""
        loop = asyncio.get_running_loop()
        ended = [_shut_down(provider, loop) for provider in self.providers]
        if ended:
            _, late = await asyncio.wait(ended, timeout=seconds)
            if late:
                log.warning("the last spans and metrics were not taken", within_seconds=round(seconds, 1))
            for waiter in late:
                waiter.cancel()
        for handler, seldom in self.filters:
            handler.removeFilter(seldom)


NO_TELEMETRY = Telemetry()


def start(environ: Mapping[str, str] = os.environ) -> Telemetry:
    """Set up what the variables ask for; anything that is wrong with them is a warning in the log.

    Where somebody else has set OpenTelemetry up for this process, as ``opentelemetry-instrument`` does,
    theirs is used. The SDK reads many of its variables from ``os.environ`` itself.
    """
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return Telemetry(trace.get_tracer(SCOPE, __version__), metrics.get_meter(SCOPE, __version__))
    wanted, faults = read_wanted(environ)
    for fault in faults:
        log.warning(NOT_AS_ASKED, why=fault)
    if not wanted.traces and not wanted.metrics:
        return NO_TELEMETRY
    try:
        telemetry = _set_up(wanted)
    except ImportError as error:
        log.warning(NOT_AS_ASKED, why=NOT_INSTALLED, missing=error.name)
        return NO_TELEMETRY
    except Exception as error:  # noqa: BLE001 - whatever the SDK makes of its variables, the bot runs
        log.warning(NOT_AS_ASKED, why=f"It cannot be set up, and the bot goes on without: {error}")
        return NO_TELEMETRY
    log.info("exporting", traces=",".join(wanted.traces), metrics=",".join(wanted.metrics))
    return telemetry


def name_spans_in_log() -> None:
    """Let each line of the log name the span in which it is written, from now on."""
    structlog.configure(processors=[add_span, *structlog.get_config()["processors"]])


def _set_up(wanted: Wanted) -> Telemetry:
    resource = _resource()
    providers: list[Provider] = []
    tracer, meter = None, None
    if wanted.traces:
        traces = _tracer_provider(wanted, resource)
        providers.append(traces)
        tracer = traces.get_tracer(SCOPE, __version__)
    if wanted.metrics:
        measured = _meter_provider(wanted, resource)
        providers.append(measured)
        meter = measured.get_meter(SCOPE, __version__)
    filters = [(handler, Seldom()) for handler in logging.getLogger().handlers]
    for handler, seldom in filters:
        handler.addFilter(seldom)
    return Telemetry(tracer, meter, tuple(providers), tuple(filters))


def _resource() -> Resource:
    """Who reports: the variables' word comes before ours."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415 - an extra

    ours = {
        "service.name": SERVICE,
        "service.version": __version__,
        "service.instance.id": str(uuid.uuid4()),
    }
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})


def _tracer_provider(wanted: Wanted, resource: Resource) -> TracerProvider:
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter  # noqa: PLC0415

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)  # which may hang for half a minute
    for name in wanted.traces:
        exporter: SpanExporter = ConsoleSpanExporter()
        if name == "otlp":
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )

            exporter = OTLPSpanExporter(timeout=wanted.traces_timeout_seconds)
        provider.add_span_processor(
            BatchSpanProcessor(
                exporter,
                max_queue_size=wanted.queue_size,
                schedule_delay_millis=wanted.schedule_delay_ms,
                max_export_batch_size=min(wanted.batch_size, wanted.queue_size),
            )
        )
    return provider


def _meter_provider(wanted: Wanted, resource: Resource) -> MeterProvider:
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.metrics.export import (  # noqa: PLC0415
        ConsoleMetricExporter,
        PeriodicExportingMetricReader,
    )

    readers = []
    for name in wanted.metrics:
        exporter: MetricExporter = ConsoleMetricExporter()
        if name == "otlp":
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415
                OTLPMetricExporter,
            )

            exporter = OTLPMetricExporter(timeout=wanted.metrics_timeout_seconds)
        readers.append(PeriodicExportingMetricReader(exporter, wanted.interval_ms))
    return MeterProvider(readers, resource, shutdown_on_exit=False)


def _shut_down(provider: Provider, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """Shut it down in a thread that nothing waits for, not even the end of the process."""
    ended: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not ended.done():
            ended.set_result(None)

    def work() -> None:
        try:
            provider.shutdown()
        finally:
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(tell)

    threading.Thread(target=work, name="telemetry", daemon=True).start()
    return ended


class _Reader:
    """Reads the queue in the event loop, which alone changes it, for a thread that exports."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()

    def __call__(self, read: Read) -> float | None:
        if threading.get_ident() == self._thread:
            return read()
        found: concurrent.futures.Future[float] = concurrent.futures.Future()
        try:
            self._loop.call_soon_threadsafe(lambda: found.set_result(read()))
            return found.result(READ_SECONDS)
        except (RuntimeError, TimeoutError):  # the loop is closed, or has something else to do
            return None


class Seldom(logging.Filter):
    """Lets through what OpenTelemetry's libraries say, each kind of line only now and then."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is to be written."""
        if not record.name.startswith("opentelemetry."):
            return True
        kind, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(kind, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return False
        self._said[kind] = now
        return True
