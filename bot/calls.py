"""Each request to GitHub: counted, timed, and shown as a span."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind

from bot.logs import Redactor
from bot.tracing import Act, Attribute

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

FIRST_ERROR = 400
NOT_FOUND = 404
PORTS = {"https": 443, "http": 80}
_NAMED = re.compile(r"(/contents|/git/refs?|/compare)/.+")
"""What stands in some templates as it is: a file's path, a branch, two commits."""
_OPERATION = re.compile(r"\s*(query|mutation)\s+(\w+)")

_redactor = Redactor()


class Counts(Protocol):
    """Who counts requests."""

    def api_call(self, who: str, kind: str, status: int, headers: Mapping[str, str]) -> None:
        """An identity was answered by ``rest`` or ``graphql``; status 0 is no answer."""
        ...

    def asked(self, seconds: float, method: str, address: str, port: int, status: int, error: str) -> None:
        """How long that took; ``error`` is the type of what went wrong, where no answer came."""
        ...


@dataclass
class Asking:
    """What a caller asks for: it may take several requests, one after a redirect or a failure.

    ``template`` is a URL with its variables' names in place of values.
    """

    template: str = ""
    operation: tuple[str, str] | None = None
    sent: int = 0


_asking: ContextVar[Asking | None] = ContextVar("asking", default=None)


@contextmanager
def asking(url: str = "", document: str = "") -> Iterator[None]:
    """Tell what is asked for: by the URL's template, or by a GraphQL document."""
    found = _OPERATION.match(document)
    # A further page's address is no template.
    template = "" if "://" in url else _NAMED.sub(r"\1/{name}", url.partition("{?")[0].partition("?")[0])
    token = _asking.set(Asking(template, (found[1], found[2]) if found else None))
    try:
        yield
    finally:
        _asking.reset(token)


class Sending:
    """One request, for a ``with`` statement, which an exception leaves where no answer came."""

    def __init__(self, counts: Counts | None, span: Act, who: str, kind: str, method: str, url: str) -> None:
        self._counts = counts
        self._span = span
        self._who = who
        self._kind = kind
        self._method = method
        self._url = urlsplit(url)
        self._began = time.perf_counter()
        self._status = 0
        self._headers: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        """Begin to wait."""
        self._span.__enter__()
        return self

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer is there, all of it."""
        self._status, self._headers = status, headers
        about: dict[str, Attribute] = {"http.response.status_code": status}
        self._span.told(about)
        # What a site does not have is asked for all the time.
        if status >= FIRST_ERROR and (status, self._method) != (NOT_FOUND, "GET"):
            self._span.failed(str(status))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Count it. One that was put down by ourselves is none that GitHub did not answer."""
        if self._counts is not None and (error is None or isinstance(error, Exception)):
            seconds = time.perf_counter() - self._began
            name = type(error).__qualname__ if error is not None else ""
            if not name and self._status >= FIRST_ERROR:
                name = str(self._status)
            self._counts.api_call(self._who, self._kind, self._status, self._headers)
            address, port = self._url.hostname or "", port_of(self._url.scheme, self._url.port)
            self._counts.asked(seconds, self._method, address, port, self._status, name)
        self._span.__exit__(kind, error, trace)


class Calls:
    """Watches requests for those who count and for a tracer, where there are any."""

    def __init__(self, counts: Counts | None = None, tracer: Tracer | None = None) -> None:
        self._counts = counts
        self._tracer = tracer

    def sending(self, who: str, kind: str, method: str, url: str) -> Sending:
        """An identity is about to send a request to ``rest`` or ``graphql``."""
        span = Act(None)
        now = _asking.get() or Asking()
        if self._tracer is not None:
            named, attributes = _described(now, who, method, url)
            span = Act(self._tracer.start_span(named, kind=SpanKind.CLIENT, attributes=attributes))
        now.sent += 1
        return Sending(self._counts, span, who, kind, method, url)


NO_CALLS = Calls()


def _described(now: Asking, who: str, method: str, url: str) -> tuple[str, dict[str, Attribute]]:
    """A span's name, of which there are few, and its attributes, none of which holds a secret."""
    parts = urlsplit(url)
    attributes: dict[str, Attribute] = {
        "http.request.method": method,
        "url.full": _redactor.redact(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()),
        "server.address": parts.hostname or "",
        "server.port": port_of(parts.scheme, parts.port),
        "status_bot.identity": who,
    }
    if now.sent:
        attributes["http.request.resend_count"] = now.sent
    if now.operation is not None:
        kind, name = now.operation
        attributes |= {"graphql.operation.type": kind, "graphql.operation.name": name}
        return f"{kind} {name}", attributes
    if now.template:
        attributes["url.template"] = now.template
    return f"{method} {now.template}".rstrip(), attributes


def port_of(scheme: str, port: int | None) -> int:
    """The port, where a URL names none too."""
    return port or PORTS.get(scheme, 0)
