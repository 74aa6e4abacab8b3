"""Traces and metrics as a collector gets them, and a bot that no collector can hold up."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import structlog
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from structlog.testing import capture_logs

from bot.instruments import INSTRUMENTS
from bot.sandbox import Sandbox
from bot.telemetry import NO_TELEMETRY, NOT_INSTALLED, SELDOM_SECONDS, Seldom, name_spans_in_log, start
from bot.tracing import Tracing, add_span
from bot.trail import MOST_LINKED, NONE
from tests.clocks import FakeClock
from tests.collector import Collector, Seen, collecting
from tests.world import BRANCH, SECRET, World, build, free_port, world

Exporter = OTLPSpanExporter | OTLPMetricExporter
EXPORTS = re.compile("Otel|telemetry").match
"""What threads are called that send what is exported."""
JOINED_WITHIN_SECONDS = 20.0


@pytest.fixture(autouse=True)
def otel(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that says nothing of OpenTelemetry, and sends nothing on loopback elsewhere.

    What was given up is not to go on beside other tests: an exporter that tries again draws its delay from
    the generator that all share, of which Hypothesis wants to have the only use.
    """
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    before, exporters = set(threading.enumerate()), list[Exporter]()
    for kind in (OTLPSpanExporter, OTLPMetricExporter):

        def made(
            exporter: Exporter, *given: object, begin: Callable[..., None] = kind.__init__, **named: object
        ) -> None:
            begin(exporter, *given, **named)
            exporters.append(exporter)

        monkeypatch.setattr(kind, "__init__", made)
    yield monkeypatch
    for exporter in exporters:
        exporter.shutdown()
    left = {thread for thread in threading.enumerate() if EXPORTS(thread.name)} - before
    for thread in left:
        thread.join(JOINED_WITHIN_SECONDS)
    assert [thread.name for thread in left if thread.is_alive()] == []


@pytest.fixture
def collector(otel: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as found:
        otel.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        yield found


async def release(story: World, tag: str = "v0.1.0") -> str:
    """Publish a release of Python's and wait for the commit."""
    story.sig("Python").create_release(tag)
    await story.rest()
    tip = story.site.tip(BRANCH)
    assert tip is not None
    return tip


def minted_in(github: Sandbox) -> set[str]:
    """Every token and JWT that went over the wire."""
    headers = (record.headers.get("Authorization", "") for record in github.requests)
    return {header.rpartition(" ")[2] for header in headers if header}


def one(spans: list[Seen], name: str, **attributes: object) -> Seen:
    """The newest span of that name with these attributes, whose dots are written as underscores."""
    found = [
        span
        for span in spans
        if span.name == name
        and all(span.attributes.get(key.replace("__", ".")) == value for key, value in attributes.items())
    ]
    assert found, (name, attributes, sorted({span.name for span in spans}))
    return found[-1]


async def test_a_release_can_be_followed_from_its_delivery_to_the_commit(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:
        commit = await release(story)
        number = story.the_proposal().number
    await telemetry.close(10)
    spans = collector.spans
    delivery = one(spans, "POST /webhook", status_bot__event="release")
    assert delivery.kind == "server"
    assert delivery.parent_id == b""
    assert delivery.attributes["http.route"] == "/webhook"
    assert delivery.attributes["http.response.status_code"] == 202

    reconcile = one(spans, "reconcile", vcs__ref__head__revision=commit)
    assert reconcile.attributes["vcs.owner.name"] == "open-telemetry"
    assert reconcile.attributes["vcs.repository.name"] == "opentelemetry.io"
    assert reconcile.attributes["vcs.change.id"] == str(number)
    assert reconcile.attributes["vcs.ref.head.name"] == BRANCH

    [run] = [span for span in spans if span.span_id == reconcile.parent_id]
    assert (run.name, run.kind) == ("process site", "consumer")
    assert run.parent_id == b""
    assert run.trace_id != delivery.trace_id
    assert delivery.place in run.links
    assert run.attributes["messaging.operation.type"] == "process"
    assert run.attributes["status_bot.run.outcome"] == "done"

    below = [span for span in spans if span.parent_id == reconcile.span_id]
    assert {span.kind for span in below} == {"client"}
    assert {"query Facts", "POST /repos/{owner}/{name}/git/commits"} <= {span.name for span in below}
    asked = one(below, "query Facts")
    assert asked.attributes["graphql.operation.type"] == "query"
    assert asked.attributes["graphql.operation.name"] == "Facts"
    assert asked.attributes["server.address"] == "127.0.0.1"
    written = one(below, "POST /repos/{owner}/{name}/git/commits")
    assert str(written.attributes["url.full"]).endswith("/repos/open-telemetry/opentelemetry.io/git/commits")
    assert written.attributes["http.response.status_code"] == 201
    names = {span.name for span in spans} | {str(span.attributes.get("url.template")) for span in spans}
    assert "GET /repos/{owner}/{name}/git/trees/{tree}" in names
    assert [name for name in names if re.search(r"[0-9a-f]{40}|open-telemetry|status-bot", name)] == []
    assert collector.resource["service.name"] == "status-bot"
    assert {"service.version", "service.instance.id"} <= collector.resource.keys()


async def test_every_metric_arrives_and_says_what_prometheus_is_told(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:
        await release(story)
        await telemetry.close(10)  # the queue can be asked for its state only while the bot runs
        shown = story.bot.metrics.registry
        for instrument in INSTRUMENTS:
            metric = collector.metrics[instrument.name]
            assert metric.unit == instrument.unit
            kind = {"counter": "sum", "gauge": "gauge", "histogram": "histogram"}[instrument.kind]
            assert metric.WhichOneof("data") == kind, instrument.name
        counted = {
            tuple(sorted((each.key, each.value.string_value) for each in point.attributes)): point.as_double
            for point in collector.metrics["status_bot.deliveries"].sum.data_points
        }
        assert counted[("event", "release"), ("outcome", "accepted")] == shown.get_sample_value(
            "status_bot_deliveries_total", {"event": "release", "outcome": "accepted"}
        )
        [commits] = collector.metrics["status_bot.event_to_commit"].histogram.data_points
        assert commits.count == shown.get_sample_value("status_bot_event_to_commit_seconds_count")
        assert commits.sum == shown.get_sample_value("status_bot_event_to_commit_seconds_sum")


async def test_of_a_burst_the_run_has_links_to_the_first_and_counts_them_all(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:
        for number in range(MOST_LINKED + 8):
            story.sig("Python").create_milestone(f"v0.1.{number}")
        await story.rest()
    await telemetry.close(10)
    run = one(collector.spans, "process site", messaging__batch__message_count=MOST_LINKED + 8)
    assert len(run.links) == MOST_LINKED
    deliveries = {span.place for span in collector.spans if span.name == "POST /webhook"}
    assert set(run.links) <= deliveries


async def test_nothing_that_is_exported_holds_a_secret(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:
        await release(story)
    await telemetry.close(10)
    sent = " ".join(map(str, [*collector.traces, *collector.measures]))
    assert "opentelemetry.io" in sent
    secrets = [*minted_in(github), SECRET]
    assert len(secrets) > 3
    assert [secret for secret in secrets if secret in sent] == []


async def test_github_is_sent_no_trace_context(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:
        await release(story)
    await telemetry.close(10)
    assert collector.spans
    headers = {name.lower() for record in github.requests for name in record.headers}
    assert "user-agent" in headers
    assert headers.isdisjoint({"traceparent", "tracestate", "baggage"})


async def test_a_failed_run_is_one_that_went_wrong(
    github: Sandbox, clock: FakeClock, collector: Collector
) -> None:
    build(github, "Python")
    telemetry = start()
    async with world(github, clock, telemetry=telemetry) as story:

        async def broken(*_args: object) -> None:
            raise RuntimeError("ghs_0123456789abcdef0123456789")

        story.bot.service._reconciler._observer.observe = broken  # type: ignore[method-assign,assignment]
        story.sig("Python").create_release("v0.1.0")
        await story.clock.advance(10)
    await telemetry.close(10)
    run = one(collector.spans, "process site", status_bot__run__outcome="failed")
    assert run.failed
    assert run.attributes["error.type"] == "RuntimeError"
    assert one(collector.spans, "reconcile", error__type="RuntimeError").failed
    assert "ghs_0123" not in str(collector.traces)


class TestACollectorThatIsNoUse:
    async def test_one_that_hangs_holds_up_neither_the_bot_nor_its_end(
        self, github: Sandbox, clock: FakeClock, otel: pytest.MonkeyPatch
    ) -> None:
        build(github, "Python")
        with collecting(answering=False) as collector:
            otel.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
            otel.setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
            telemetry = start()
            async with world(github, clock, telemetry=telemetry) as story:
                while not collector.asked.is_set():  # noqa: ASYNC110 - it is set by another thread
                    await asyncio.sleep(0.01)
                await release(story)
            began = time.monotonic()
            with capture_logs() as lines:
                await telemetry.close(0.2)
            assert time.monotonic() - began < 2
            assert [line["event"] for line in lines] == ["the last spans and metrics were not taken"]
            assert collector.spans == []

    async def test_nor_does_one_that_is_not_there(
        self, github: Sandbox, clock: FakeClock, otel: pytest.MonkeyPatch
    ) -> None:
        build(github, "Python")
        otel.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
        telemetry = start()
        async with world(github, clock, telemetry=telemetry) as story:
            await release(story)
        began = time.monotonic()
        await telemetry.close(0.2)
        assert time.monotonic() - began < 2


class TestTheEnvironment:
    def test_that_says_nothing_starts_nothing(self) -> None:
        with capture_logs() as lines:
            assert start() is NO_TELEMETRY
        assert lines == []

    def test_that_asks_for_what_is_not_installed_is_told_how_to_install_it(
        self, otel: pytest.MonkeyPatch
    ) -> None:
        otel.setenv("OTEL_TRACES_EXPORTER", "otlp")
        otel.setitem(sys.modules, "opentelemetry.sdk.resources", None)
        with capture_logs() as lines:
            assert start() is NO_TELEMETRY
        [line] = lines
        assert line["why"] == NOT_INSTALLED
        assert "install requirements.txt, or the bot with its extra otel" in NOT_INSTALLED

    def test_that_the_sdk_cannot_use_is_told_and_goes_without(self, otel: pytest.MonkeyPatch) -> None:
        otel.setenv("OTEL_TRACES_EXPORTER", "otlp")
        otel.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")
        with capture_logs() as lines:
            assert start() is NO_TELEMETRY
        [line] = lines
        assert "the bot goes on without" in line["why"]

    async def test_names_the_service(
        self, github: Sandbox, clock: FakeClock, collector: Collector, otel: pytest.MonkeyPatch
    ) -> None:
        otel.setenv("OTEL_SERVICE_NAME", "our-bot")
        otel.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.instance.id=a")
        otel.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=very%20secret")
        telemetry = start()
        build(github, "Python")
        async with world(github, clock, telemetry=telemetry):
            pass
        await telemetry.close(10)
        told = collector.resource
        assert told["service.name"] == "our-bot"
        assert told["service.instance.id"] == "a"
        assert told["deployment.environment.name"] == "test"
        assert {headers["api-key"] for headers in collector.headers} == {"very secret"}

    async def test_may_ask_for_one_of_the_two_alone(
        self, github: Sandbox, clock: FakeClock, collector: Collector, otel: pytest.MonkeyPatch
    ) -> None:
        otel.setenv("OTEL_TRACES_EXPORTER", "none")
        telemetry = start()
        build(github, "Python")
        async with world(github, clock, telemetry=telemetry):
            pass
        await telemetry.close(10)
        assert collector.traces == []
        assert collector.metrics


class TestTheLog:
    def test_a_line_names_the_span_in_which_it_is_written(self) -> None:
        configured = structlog.get_config()
        tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
        try:
            with capture_logs() as lines:
                name_spans_in_log()
                assert structlog.get_config()["processors"][0] is add_span
                structlog.configure(processors=[add_span, structlog.testing.LogCapture()])
            with Tracing(tracer).delivery("release", "72d3", 2, time.time_ns()) as act:
                assert act._span is not None
                about = act._span.get_span_context()
                line = add_span(None, "info", {"event": "said"})
        finally:
            structlog.configure(**configured)
        assert lines == []
        assert line["trace_id"] == f"{about.trace_id:032x}"
        assert line["span_id"] == f"{about.span_id:016x}"

    def test_outside_of_any_it_stays_as_it_is(self) -> None:
        assert add_span(None, "info", {"event": "said"}) == {"event": "said"}

    def test_a_collector_that_is_away_is_told_of_now_and_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: now)
        seldom = Seldom()
        ours = logging.LogRecord("bot.app", logging.ERROR, "", 0, "again", (), None)
        theirs = logging.LogRecord("opentelemetry.exporter", logging.ERROR, "", 0, "no %s", ("x",), None)
        assert [seldom.filter(ours) for _ in range(2)] == [True, True]
        assert [seldom.filter(theirs) for _ in range(3)] == [True, False, False]
        now += SELDOM_SECONDS
        assert seldom.filter(theirs)


def test_without_a_tracer_nothing_is_made() -> None:
    tracing = Tracing()
    assert tracing.delivery("release", "72d3", 2, 0) is tracing.reconcile("a/b")
    tracing.run_begins("site", NONE, 1, None)
    tracing.run_ended("failed", "RuntimeError: no")
