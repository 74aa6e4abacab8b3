"""Requests to GitHub as spans: their names, how often they were sent, and what went wrong."""

from __future__ import annotations

import asyncio
from contextvars import copy_context

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot.calls import Calls, asking
from bot.metrics import Metrics
from bot.tracing import Tracing
from bot.trail import Trail
from tests.doors import Door, opened

API = "https://api.github.com"


class Kept:
    """What was recorded, and what was counted."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("test")
        self.metrics = Metrics()
        self.calls = Calls(self.metrics, self.tracer)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def about(self, number: int = -1) -> dict[str, object]:
        return dict(self.spans[number].attributes or {})

    def send(self, method: str, url: str, status: int) -> None:
        with self.calls.sending("app", "rest", method, url) as sending:
            sending.answered(status, {})


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.mark.parametrize(
    ("url", "document", "name"),
    [
        ("/repos/{owner}/{name}/pulls{?state}", "", "GET /repos/{owner}/{name}/pulls"),
        ("/repos/{owner}/{name}/contents/data/a.yaml{?ref}", "", "GET /repos/{owner}/{name}/contents/{name}"),
        ("/repos/{owner}/{name}/git/refs/heads/a/b", "", "GET /repos/{owner}/{name}/git/refs/{name}"),
        (f"{API}/repositories/1/issues?page=2", "", "GET"),
        ("", "query Facts($a:Int){b}", "query Facts"),
        ("", "mutation Merge{b}", "mutation Merge"),
    ],
)
def test_there_are_few_names(kept: Kept, url: str, document: str, name: str) -> None:
    with asking(url, document):
        kept.send("GET", f"{API}/somewhere", 200)
    assert kept.spans[-1].name == name


def test_what_is_sent_again_says_how_often(kept: Kept) -> None:
    with asking("/app"):
        for status in (502, 502, 200):
            kept.send("GET", f"{API}/app", status)
    assert [kept.about(number).get("http.request.resend_count") for number in range(3)] == [None, 1, 2]
    assert [kept.about(number).get("error.type") for number in range(3)] == ["502", "502", None]


def test_what_a_site_does_not_have_is_no_error_but_to_write_there_is(kept: Kept) -> None:
    kept.send("GET", f"{API}/repos/a/b", 404)
    assert "error.type" not in kept.about()
    kept.send("POST", f"{API}/repos/a/b", 404)
    assert kept.about()["error.type"] == "404"


def test_no_answer_is_counted_and_named(kept: Kept) -> None:
    with pytest.raises(TimeoutError), kept.calls.sending("app", "rest", "GET", f"{API}/app"):
        raise TimeoutError
    assert kept.about()["error.type"] == "TimeoutError"
    labels = {"kind": "rest", "status": "0"}
    assert kept.metrics.registry.get_sample_value("status_bot_api_calls_total", labels) == 1


def test_what_the_bot_itself_puts_down_is_no_failure_of_githubs(kept: Kept) -> None:
    with pytest.raises(asyncio.CancelledError), kept.calls.sending("app", "rest", "GET", f"{API}/app"):
        raise asyncio.CancelledError
    labels = {"kind": "rest", "status": "0"}
    assert kept.metrics.registry.get_sample_value("status_bot_api_calls_total", labels) is None


def test_an_address_is_shown_without_credentials(kept: Kept) -> None:
    kept.send("GET", "https://me:password@example.org/x?token=ghs_0123456789abcdef0123", 200)
    assert str(kept.about()["url.full"]).startswith("https://example.org/x")
    assert "password" not in str(kept.about())
    assert "ghs_" not in str(kept.about())
    assert kept.about()["server.port"] == 443


async def test_the_internet_chooses_no_trace_and_who_cannot_sign_leaves_none(kept: Kept) -> None:
    async with opened(Door()) as door:
        door.webhook._tracing = Tracing(kept.tracer)
        refused = await door.deliver(signature="sha256=" + "0" * 64)
        assert refused.status == 401
        assert not kept.spans
        theirs = "0af7651916cd43dd8448eb211c80319c"
        await door.deliver(headers={"traceparent": f"00-{theirs}-b7ad6b7169203331-01"})
        [span] = kept.spans
        assert span.parent is None
        assert span.context is not None
        assert f"{span.context.trace_id:032x}" != theirs


async def test_a_delivery_that_is_not_understood_is_its_senders_fault(kept: Kept) -> None:
    """OpenTelemetry's conventions leave the status of a server's span unset for 400 to 499."""
    async with opened(Door()) as door:
        door.webhook._tracing = Tracing(kept.tracer)
        assert (await door.deliver(b"{")).status == 400
    assert kept.about()["http.response.status_code"] == 400
    assert "error.type" not in kept.about()
    assert kept.spans[-1].status.status_code is StatusCode.UNSET


async def test_a_delivery_on_which_the_bot_breaks_is_its_own(kept: Kept) -> None:
    async def broken(*_delivery: object) -> bool:
        raise LookupError("nothing there")

    async with opened(Door()) as door:
        door.webhook._tracing, door.webhook._dispatch = Tracing(kept.tracer), broken
        assert (await door.deliver()).status == 500
    labels = {"http_response_status_code": "500", "error_type": "LookupError"}
    labels |= {"http_request_method": "POST", "http_route": "/webhook", "url_scheme": "http"}
    name = "http_server_request_duration_seconds_count"
    assert door.metrics.registry.get_sample_value(name, labels) == 1
    assert kept.about()["http.response.status_code"] == 500
    assert kept.about()["error.type"] == "LookupError"
    assert kept.spans[-1].status.status_code is StatusCode.ERROR


@pytest.mark.parametrize(
    ("deliveries", "about"),
    [
        ((), {}),
        (("72d3",), {"messaging.message.id": "72d3"}),
        (("72d3", "84f0"), {"messaging.batch.message_count": 2}),
    ],
)
def test_a_run_for_one_delivery_is_no_batch(
    kept: Kept, deliveries: tuple[str, ...], about: dict[str, object]
) -> None:
    tracing = Tracing(kept.tracer)

    def run() -> None:
        tracing.run_begins("site", Trail("r-1", deliveries=deliveries), 1, None)
        tracing.run_ended("done", "")

    copy_context().run(run)
    told = kept.about()
    assert {
        key: told[key] for key in told if key.startswith(("messaging.message", "messaging.batch"))
    } == about
