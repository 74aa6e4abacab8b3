"""Logs that a person can follow, one line for each delivery, decision and write, and no secret in any."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, TextIO

import structlog

from bot.trail import add_origin

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
SHORTEST_SECRET = 6
"""A shorter secret would take ordinary words out of the logs with it."""
SHORTEST_KEY_LINE = 16

SHAPES = re.compile(
    r"""
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[A-Za-z0-9+/=\s\\]*(?:-----END\ [A-Z ]*PRIVATE\ KEY-----)?
    | gh[oprsu]_[A-Za-z0-9_.-]{16,}  # installation, personal, user, OAuth and refresh tokens
    | github_pat_[A-Za-z0-9_]{16,}
    | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}  # a JSON web token
    | (?i:(?P<header>authorization[\\"']*\s*[:=]\s*[\\"']*)(?:(?:bearer|token|basic)\s+)?[^\s\\"',;})\]]+)
    | (?i:(?P<scheme>\b(?:bearer|token|basic)\s+)[A-Za-z0-9._~+/=-]{20,})
    """,
    re.VERBOSE,
)


WITH_TRACEBACK = frozenset({"exc_info", "exception", "stack"})
NO_WORD = frozenset(" \t=\r\n\"'")
"""What stands in a text that is quoted."""

SIGNS = (
    *("-----begin", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "eyj"),
    *("authorization", "bearer", "token", "basic"),
)
"""Without one of these, in small letters, there is none of those shapes."""


class Redactor:
    """Takes secrets out of finished log lines, wherever in them they stand and however they are quoted.

    Known values go by themselves; tokens, keys and credentials of others by their shape.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        written = {way for secret in secrets for part in _parts(secret) for way in _ways_to_write(part)}
        self._known = sorted(written, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """The text with every secret replaced."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, REDACTED)
        return SHAPES.sub(_replacement, text) if _may_hold_a_secret(text) else text

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict | str) -> str:
        """The last processor: what it gets is already rendered."""
        return self.redact(str(line))


def configure_logs(
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["text", "json"] = "text",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Set up logging for this process: structlog, the libraries' own logs and warnings, all one way.

    Args:
        level: Nothing below it is written; of the libraries nothing below ``info``.
        form: ``text`` for people, coloured only on a terminal; ``json`` for machines.
        secrets: Values that must never be written.
        stream: Where to; standard error if left out.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            add_origin,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(_for_machines() if form == "json" else _for_people(stream or sys.stderr)),
            Redactor(secrets),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_names: _Lines(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_ToStructlog()]
    root.setLevel(max(threshold, logging.INFO))
    logging.getLogger("aiohttp.access").disabled = True  # a delivery has its own line
    logging.captureWarnings(capture=True)


def _for_machines() -> tuple[Processor, ...]:
    return structlog.processors.format_exc_info, structlog.processors.JSONRenderer()


def _for_people(stream: TextIO) -> tuple[Processor, ...]:
    colors = stream.isatty()
    drawn = structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )
    return printable, drawn if colors else Plain(drawn)


def printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what would move a terminal's cursor or begin a line: names and titles are others' text."""
    for name, given in event.items():
        value = given
        if isinstance(value, list | tuple):
            event[name] = value = ",".join(map(str, value))
        if isinstance(value, str) and not value.isprintable():
            event[name] = "".join(
                character if character.isprintable() else character.encode("unicode_escape").decode()
                for character in value
            )
    return event


class Plain:
    """Renders a line as structlog's own renderer does without colours, in a quarter of its time."""

    def __init__(self, renderer: structlog.dev.ConsoleRenderer) -> None:
        """``renderer`` draws what has a traceback."""
        self._renderer = renderer

    def __call__(self, logger: WrappedLogger, method: str, line: EventDict) -> str:
        """The last but one processor."""
        if not WITH_TRACEBACK.isdisjoint(line):
            return self._renderer(logger, method, line)
        timestamp, level, words = line.pop("timestamp"), line.pop("level"), line.pop("event")
        values = " ".join([f"{name}={_shown(value)}" for name, value in line.items()])
        return f"{timestamp} [{level:<9}] {words!s:<30} {values}".rstrip()


def _shown(value: object) -> str:
    """A word as it is, anything else as Python would write it."""
    return value if isinstance(value, str) and NO_WORD.isdisjoint(value) else repr(value)


class _Lines(structlog.WriteLogger):
    """Writes lines for as long as that is possible: no work may fail for want of a log."""

    def msg(self, message: str) -> None:
        """Write a line."""
        with suppress(OSError, ValueError):  # the disk is full, or who was listening is gone
            super().msg(message)

    log = debug = info = warn = warning = error = critical = fatal = exception = msg


class _ToStructlog(logging.Handler):
    """Hands what a library logs to structlog, so that it is rendered and redacted like our own."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)
            error = record.exc_info[1] if record.exc_info else None
            if type(error).__module__ == "aiohttp.http_exceptions":
                structlog.get_logger().info("no valid HTTP", library=record.name, why=type(error).__name__)
                return  # any scanner can send such: a traceback of our own helps nobody
            structlog.get_logger().log(
                level, record.getMessage(), library=record.name, exc_info=record.exc_info
            )
        except Exception:  # noqa: BLE001 - a log line that fails must not stop what it is about
            self.handleError(record)


def _may_hold_a_secret(text: str) -> bool:
    """A quick look: the long one takes longer than all else that a line costs.

    Beyond ASCII there are letters that pass for others where case does not matter.
    """
    small = text.lower()
    return not text.isascii() or any(sign in small for sign in SIGNS)


def _parts(secret: str) -> list[str]:
    """A secret of one line as it is; of a key in PEM form the lines that hold it."""
    lines = [line.strip() for line in secret.splitlines()]
    if len(lines) > 1:
        return [line for line in lines if len(line) >= SHORTEST_KEY_LINE and "-----" not in line]
    return [line for line in lines if len(line) >= SHORTEST_SECRET]


def _ways_to_write(secret: str) -> set[str]:
    """As it is, as it looks within a quoted Python string, and as either looks within JSON."""
    plain = {secret, repr(secret)[1:-1]}
    return plain | {
        json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in plain for ascii_only in (True, False)
    }


def _replacement(match: re.Match[str]) -> str:
    return (match["header"] or match["scheme"] or "") + REDACTED
