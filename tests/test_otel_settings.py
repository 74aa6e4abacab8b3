"""The variables of OpenTelemetry: what they ask for, and what is said of those that cannot be used."""

from __future__ import annotations

import pytest

from bot.otel_settings import Wanted, read_wanted, secrets_in

HERE = "http://localhost:4318"


@pytest.mark.parametrize(
    ("environ", "traces", "metrics"),
    [
        ({}, (), ()),
        ({"OTEL_SERVICE_NAME": "bot"}, (), ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE}, ("otlp",), ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, (), ()),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{HERE}/v1/traces"}, ("otlp",), ()),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, ("otlp",), ()),
        ({"OTEL_TRACES_EXPORTER": "OTLP, console"}, ("otlp", "console"), ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_TRACES_EXPORTER": "none"}, (), ("otlp",)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_METRICS_EXPORTER": "prometheus"}, ("otlp",), ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_SDK_DISABLED": "TRUE"}, (), ()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_SDK_DISABLED": "false"}, ("otlp",), ("otlp",)),
    ],
)
def test_what_is_exported(environ: dict[str, str], traces: tuple[str, ...], metrics: tuple[str, ...]) -> None:
    wanted, faults = read_wanted(environ)
    assert (wanted.traces, wanted.metrics) == (traces, metrics)
    assert faults == ()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OTEL_SDK_DISABLED", "s3cret", "counts as false"),
        ("OTEL_TRACES_EXPORTER", "s3cret", "write otlp, console or none"),
        ("OTEL_TRACES_EXPORTER", "prometheus", "write otlp, console or none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "write http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "s3cret", "so its traces are not exported"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "s3cret:4318", "write one like http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://[s3cret", "write one like http://localhost:4318"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "s3cret", "counts as 10000"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "-1", "counts as 10000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "0", "counts as 5000"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "9" * 12, "counts as 60000"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_and_not_repeated(name: str, value: str, words: str) -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, name: value}
    _, faults = read_wanted(environ)
    assert faults
    for fault in faults:
        assert fault.startswith(name)
        assert words in fault
        assert "s3cret" not in fault


def test_of_two_signals_the_other_is_exported_all_the_same() -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}
    wanted, [_] = read_wanted(environ)
    assert (wanted.traces, wanted.metrics) == ((), ("otlp",))


def test_times_are_in_milliseconds_as_the_specification_says() -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": HERE,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
        "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "500",
        "OTEL_BSP_MAX_QUEUE_SIZE": "10",
    }
    wanted, faults = read_wanted(environ)
    assert faults == ()
    assert (wanted.traces_timeout_seconds, wanted.metrics_timeout_seconds) == (2.5, 0.5)
    assert wanted.queue_size == 10
    assert wanted.interval_ms == Wanted.interval_ms


def test_what_must_not_be_logged_is_known() -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b, authorization=Basic%20xyz",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://me:password@example.org",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://[",
    }
    assert {"a%20b", "a b", "Basic xyz", "password"} <= set(secrets_in(environ))
    assert secrets_in({}) == ()
