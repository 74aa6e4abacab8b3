"""Spans through OpenTelemetry's API: deliveries, the runs that they lead to, and reconciles.

A run is made for any number of deliveries, so it is the root of a trace of its own and has links to theirs.
Trace context crosses no border: a ``traceparent`` from the internet would let strangers choose ids and
sampling, and one sent to GitHub would tell of the bot's inside and serve nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from types import TracebackType
from typing import TYPE_CHECKING, Self

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from bot.logs import Redactor
from bot.trail import LINK, Trail

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext, Tracer
    from structlog.typing import EventDict, WrappedLogger

SYSTEM = "status_bot"
"""How OpenTelemetry's conventions for messaging are told the bot's own queue from others."""
LONGEST_REASON = 300

Attribute = str | int | tuple[str, ...]

_redactor = Redactor()


class Act:
    """Something under way, as a span, for a ``with`` statement; without one nothing happens and costs."""

    __slots__ = ("_context", "_is_origin", "_link", "_span")

    def __init__(self, span: Span | None, *, is_origin: bool = False) -> None:
        """``is_origin``: what is asked for meanwhile gets a link to it."""
        self._span = span
        self._is_origin = is_origin
        self._context: Token[context.Context] | None = None
        self._link: Token[SpanContext | None] | None = None

    def __enter__(self) -> Self:
        """Be the current span."""
        if self._span is not None:
            self._context = context.attach(trace.set_span_in_context(self._span))
            if self._is_origin:
                self._link = LINK.set(link_to(self._span))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the span, as failed where an exception ends it."""
        if self._span is None:
            return
        if error is not None:
            failed(self._span, type(error).__qualname__, str(error))
        self._span.end()
        if self._context is not None:
            context.detach(self._context)
        if self._link is not None:
            LINK.reset(self._link)

    def told(self, attributes: Mapping[str, Attribute]) -> None:
        """Add what is known only now."""
        if self._span is not None:
            self._span.set_attributes(attributes)

    def failed(self, kind: str) -> None:
        """It went wrong, though no exception says so."""
        if self._span is not None:
            failed(self._span, kind)


NOTHING = Act(None)


class Tracing:
    """Begins spans with a tracer; without one, with nothing."""

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer

    def delivery(self, event_name: str, delivery_id: str, size: int, began_ns: int) -> Act:
        """A delivery that was verified is being answered. Who cannot sign leaves no trace.

        ``size`` is that of the body in bytes, ``began_ns`` when it began to arrive, since the epoch.
        """
        if self._tracer is None:
            return NOTHING
        attributes: dict[str, Attribute] = {
            "http.request.method": "POST",
            "http.route": "/webhook",
            "url.path": "/webhook",
            "url.scheme": "http",
            "http.request.body.size": size,
            "status_bot.event": event_name,
            "status_bot.delivery.id": delivery_id,
        }
        span = self._tracer.start_span(
            "POST /webhook",
            context.Context(),
            SpanKind.SERVER,
            attributes,
            start_time=began_ns,
        )
        return Act(span, is_origin=True)

    def run_begins(self, kind: str, trail: Trail, attempt: int, site: str | None) -> None:
        """A run of the queue begins: the span is current in the context that the run has to itself."""
        if self._tracer is None:
            return
        deliveries = len(trail.deliveries) + trail.further
        attributes: dict[str, Attribute] = {
            "messaging.system": SYSTEM,
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": kind,
            "status_bot.run.id": trail.run,
            "status_bot.run.attempt": attempt,
            "status_bot.run.causes": trail.causes,
        }
        if deliveries > 1:
            attributes["messaging.batch.message_count"] = deliveries
        elif trail.deliveries:
            attributes["messaging.message.id"] = trail.deliveries[0]
        if site is not None:
            attributes |= of_repository(site)
        links = [trace.Link(link) for link in trail.links]
        span = self._tracer.start_span(
            *(f"process {kind}", context.Context(), SpanKind.CONSUMER, attributes), links=links
        )
        context.attach(trace.set_span_in_context(span))
        LINK.set(link_to(span))

    def run_ended(self, outcome: str, error: str) -> None:
        """It is over. ``error`` is what failed, its type before a colon; empty where nothing did."""
        if self._tracer is None:
            return
        span = trace.get_current_span()
        span.set_attribute("status_bot.run.outcome", outcome)
        if error:
            kind, _, words = error.partition(": ")
            failed(span, kind, words)
        span.end()

    def reconcile(self, full_name: str) -> Act:
        """A site is being reconciled."""
        if self._tracer is None:
            return NOTHING
        return Act(self._tracer.start_span("reconcile", attributes=of_repository(full_name)))


NO_TRACING = Tracing()


def of_repository(full_name: str) -> dict[str, Attribute]:
    """A repository, by OpenTelemetry's names."""
    owner, _, name = full_name.partition("/")
    return {"vcs.provider.name": "github", "vcs.owner.name": owner, "vcs.repository.name": name}


def failed(span: Span, kind: str, words: str = "") -> None:
    """Mark a span as failed; no word that looks like a credential gets into it."""
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, _redactor.redact(words)[:LONGEST_REASON] or None))


def link_to(span: Span) -> SpanContext | None:
    """What others link to; nothing where it is not recorded, for a link would lead nowhere."""
    return span.get_span_context() if span.is_recording() else None


def add_span(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor for the log: names the span in which a line was written, if one records."""
    span = trace.get_current_span()
    if not span.is_recording():
        return line
    about = span.get_span_context()
    return {
        **line,
        "trace_id": trace.format_trace_id(about.trace_id),
        "span_id": trace.format_span_id(about.span_id),
    }
