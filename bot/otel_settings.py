"""The standard ``OTEL_*`` variables that say what is exported and how, read with OpenTelemetry's defaults.

See https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. The others of them are
read by the SDK itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import unquote, urlsplit

import msgspec

Signal = Literal["TRACES", "METRICS"]
Exporter = Literal["otlp", "console"]

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
TIMEOUT = "OTEL_EXPORTER_OTLP_TIMEOUT"
HEADERS = "OTEL_EXPORTER_OTLP_HEADERS"
DISABLED = "OTEL_SDK_DISABLED"
SPOKEN = "http/protobuf"
NOTHING = "none"
PROMETHEUS = "prometheus"
"""An exporter of metrics that is always there, at ``/metrics``."""
MOST = 2**31


@dataclass(frozen=True)
class Wanted:
    """What is exported and how; of a signal that nobody asks for, nothing."""

    traces: tuple[Exporter, ...] = ()
    metrics: tuple[Exporter, ...] = ()
    traces_timeout_seconds: float = 10.0
    metrics_timeout_seconds: float = 10.0
    schedule_delay_ms: int = 5000
    queue_size: int = 2048
    batch_size: int = 512
    interval_ms: int = 60_000


def read_wanted(environ: Mapping[str, str]) -> tuple[Wanted, tuple[str, ...]]:
    """What the variables ask for, and a sentence for each that cannot be used, which does not repeat it.

    A signal is exported where its ``OTEL_…_EXPORTER`` says so, or where an endpoint is set and it does
    not say otherwise: by itself the bot sends nothing anywhere.
    """
    reader = _Reader(environ)
    if reader.disabled():
        return Wanted(), tuple(reader.faults)
    wanted = Wanted(traces=reader.exporters("TRACES"), metrics=reader.exporters("METRICS"))
    if wanted.traces or wanted.metrics:
        wanted = Wanted(
            traces=wanted.traces,
            metrics=wanted.metrics,
            traces_timeout_seconds=reader.timeout("TRACES"),
            metrics_timeout_seconds=reader.timeout("METRICS"),
            schedule_delay_ms=reader.number("OTEL_BSP_SCHEDULE_DELAY", Wanted.schedule_delay_ms),
            queue_size=reader.number("OTEL_BSP_MAX_QUEUE_SIZE", Wanted.queue_size),
            batch_size=reader.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", Wanted.batch_size),
            interval_ms=reader.number("OTEL_METRIC_EXPORT_INTERVAL", Wanted.interval_ms),
        )
    return wanted, tuple(dict.fromkeys(reader.faults))


def secrets_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What the variables hold that no log may show: headers' values, and an endpoint's password."""
    found = []
    for name in (HEADERS, *(_of(signal, HEADERS) for signal in get_args(Signal))):
        text = environ.get(name, "").strip()
        values = [part.partition("=")[2].strip() for part in text.split(",")]
        found += [text, *values, *map(unquote, values)]
    for name in (ENDPOINT, *(_of(signal, ENDPOINT) for signal in get_args(Signal))):
        try:
            found.append(urlsplit(environ.get(name, "")).password or "")
        except ValueError:
            continue
    return tuple(dict.fromkeys(secret for secret in found if secret))


def _of(signal: str, name: str) -> str:
    """The variable that overrides a general one for one signal."""
    return name.replace("_OTLP_", f"_OTLP_{signal}_")


class _Reader:
    """Reads one variable after the other and collects the faults. A blank one counts as not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def disabled(self) -> bool:
        """Whether everything is switched off."""
        text = self._text(DISABLED).lower()
        if text not in ("", "true", "false"):
            self.faults.append(f"{DISABLED} is neither true nor false, so it counts as false.")
        return text == "true"

    def exporters(self, signal: Signal) -> tuple[Exporter, ...]:
        """Where a signal goes."""
        variable = f"OTEL_{signal}_EXPORTER"
        endpoint = self._text(_of(signal, ENDPOINT)) or self._text(ENDPOINT)
        names = self._text(variable).lower() or ("otlp" if endpoint else NOTHING)
        found: list[Exporter] = []
        for name in dict.fromkeys(part.strip() for part in names.split(",")):
            if name == "console":
                found.append("console")
            elif name == "otlp":
                if self._can_be_sent(signal):
                    found.append("otlp")
            elif name != NOTHING and (signal, name) != ("METRICS", PROMETHEUS):
                self.faults.append(
                    f"{variable} names an exporter that the bot does not have: write otlp, console or none."
                )
        return tuple(found)

    def _can_be_sent(self, signal: Signal) -> bool:
        """Whether the bot speaks what is asked for, to something that is an address."""
        variable = next((name for name in (_of(signal, PROTOCOL), PROTOCOL) if self._text(name)), PROTOCOL)
        if self._text(variable) not in ("", SPOKEN):
            self.faults.append(
                f"{variable} asks for another protocol than the bot speaks, so its {signal.lower()} are not"
                f" exported: write {SPOKEN}, and the collector's endpoint for it, as a rule at port 4318."
            )
            return False
        variable = next((name for name in (_of(signal, ENDPOINT), ENDPOINT) if self._text(name)), "")
        if variable and not _is_url(self._text(variable)):
            self.faults.append(
                f"{variable} is no URL, so the {signal.lower()} are not exported:"
                " write one like http://localhost:4318."
            )
            return False
        return True

    def timeout(self, signal: Signal) -> float:
        """How long an export may take, in seconds; the variable has milliseconds, as all of them."""
        own = _of(signal, TIMEOUT)
        return self.number(own if self._text(own) else TIMEOUT, 10_000) / 1000

    def number(self, name: str, default: int) -> int:
        """A whole number above 0."""
        text = self._text(name)
        try:
            number = msgspec.convert(text or default, int, strict=False)
        except msgspec.ValidationError:
            number = 0
        if 0 < number < MOST:
            return number
        self.faults.append(f"{name} is no whole number above 0, so it counts as {default}.")
        return default

    def _text(self, name: str) -> str:
        return self._environ.get(name, "").strip()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, text))
