"""An OpenTelemetry collector on loopback: takes OTLP over HTTP, as protobuf, and keeps what it is sent."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Plain = str | int | float | bool | tuple[str, ...]


def plain(attributes: list[KeyValue]) -> dict[str, Plain]:
    """Attributes as Python would write them."""
    found: dict[str, Plain] = {}
    for each in attributes:
        kind = each.value.WhichOneof("value")
        if kind == "array_value":
            found[each.key] = tuple(value.string_value for value in each.value.array_value.values)
        else:
            found[each.key] = getattr(each.value, str(kind))
    return found


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    name: str
    kind: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    links: tuple[tuple[bytes, bytes], ...]
    attributes: dict[str, Plain]
    failed: bool

    @property
    def place(self) -> tuple[bytes, bytes]:
        """What links to it."""
        return self.trace_id, self.span_id

    @classmethod
    def of(cls, span: Span) -> Seen:
        return cls(
            span.name,
            Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            tuple((link.trace_id, link.span_id) for link in span.links),
            plain(list(span.attributes)),
            span.status.code == 2,
        )


@dataclass
class Collector:
    """What arrived. While ``answers`` is not set, nobody gets an answer."""

    url: str = ""
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    measures: list[ExportMetricsServiceRequest] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)

    def take(self, path: str, body: bytes) -> int:
        if path == "/v1/traces":
            self.traces.append(ExportTraceServiceRequest.FromString(body))
        elif path == "/v1/metrics":
            self.measures.append(ExportMetricsServiceRequest.FromString(body))
        else:
            return 404
        return 200

    @property
    def spans(self) -> list[Seen]:
        """Every span."""
        return [
            Seen.of(span)
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def metrics(self) -> dict[str, Metric]:
        """Every metric as it was sent last."""
        return {
            metric.name: metric
            for request in self.measures
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    @property
    def resource(self) -> dict[str, Plain]:
        """Who sent the first of it."""
        return plain(list(self.traces[0].resource_spans[0].resource.attributes))


@contextmanager
def collecting(*, answering: bool = True) -> Iterator[Collector]:
    """A collector that takes everything, or one that lets everybody wait."""
    collector = Collector()
    if answering:
        collector.answers.set()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["content-encoding"] == "gzip":
                body = gzip.decompress(body)
            collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            collector.asked.set()
            if not collector.answers.wait(30):
                return
            self.send_response(collector.take(self.path, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_said: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_about: object) -> None:
            """Whoever waited in vain has hung up."""

    server = Server(("127.0.0.1", 0), Door)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    listener = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    listener.start()
    try:
        yield collector
    finally:
        collector.answers.set()
        server.shutdown()
        server.server_close()
        listener.join()
