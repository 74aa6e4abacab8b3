"""What caused what: a delivery, a timer or a command is followed through every run that it causes."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import msgspec

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext
    from structlog.typing import EventDict, WrappedLogger

MOST_NAMED = 3
"""So many deliveries of a burst are named by the run that they become; the others are counted."""
MOST_LINKED = 32
"""So many spans of what led to a run does its own have links to."""
DELIVERY = "delivery"
LATER = "look again"

_process = secrets.token_hex(2)  # so that what two replicas log can be told apart
_numbers = itertools.count(1)


class Trail(msgspec.Struct, frozen=True, gc=False):
    """What led to a piece of work.

    ``run`` is its id, given when it is first asked for, so that every delivery's line can name it.
    ``causes`` are kinds of cause, ``deliveries`` the ids of the first few, ``further`` how many came
    beside them. ``after`` are the runs that asked for this one, ``joined`` the last few that it was made one
    with: one more comes with each attempt that fails, whose lines then name it. ``links`` are the spans of
    the first that asked, where spans are recorded.
    """

    run: str = ""
    causes: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    further: int = 0
    after: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    links: tuple[SpanContext, ...] = ()

    def merged_with(self, later: Trail) -> Trail:
        """Both in one, under the older one's id."""
        joined = self.joined
        if later.run != self.run or later.joined:
            others = (*joined, later.run, *later.joined)
            joined = tuple(dict.fromkeys(run for run in others if run not in ("", self.run)))[-MOST_NAMED:]
        deliveries, further = self.deliveries, self.further + later.further
        for delivery in later.deliveries:
            if len(deliveries) < MOST_NAMED and delivery not in deliveries:
                deliveries = (*deliveries, delivery)
            elif delivery not in deliveries:
                further += 1
        causes = self.causes if later.causes == self.causes else _united(self.causes, later.causes)
        after = self.after if later.after == self.after else _united(self.after, later.after)
        links = (*self.links, *later.links)[:MOST_LINKED] if later.links else self.links
        return Trail(self.run or later.run, causes, deliveries, further, after, joined, links)

    def later(self) -> Trail:
        """That of a later look which the run itself asks for; its deliveries are told by the run before."""
        return Trail(new_run(), (LATER,), after=(self.run,), links=_links())

    def said(self) -> dict[str, object]:
        """As the lines of the run say it; what there is none of is left out."""
        said: dict[str, object] = {"run": self.run}
        if self.causes:
            said["cause"] = ", ".join(self.causes)
        if self.deliveries:
            said["deliveries"] = list(self.deliveries)
        if self.further:
            said["further_deliveries"] = self.further
        if self.after:
            said["after"] = list(self.after)
        if self.joined:
            said["joined"] = list(self.joined)
        return said


NONE = Trail()


@dataclass(slots=True)
class Origin:
    """What is under way in some context: what its lines say, and what the work carries that it asks for.

    ``sites`` and ``runs`` take note of what was asked for meanwhile. It holds for a ``with`` statement.
    """

    said: dict[str, object]
    trail: Trail
    sites: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    _token: Token[Origin | None] | None = None

    def __enter__(self) -> Self:
        """Be what is under way."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_error: object) -> None:
        """Let be under way what was before."""
        if self._token is not None:
            _current.reset(self._token)


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)
LINK: ContextVar[SpanContext | None] = ContextVar("link", default=None)
"""The span of the delivery or run that is under way, if it is recorded."""


def delivered(delivery_id: str) -> Origin:
    """A delivery is being looked at: what is asked for meanwhile carries its id."""
    return Origin({"delivery": delivery_id}, Trail("", (DELIVERY,), (delivery_id,)))


def caused_by(cause: str) -> Origin:
    """A timer asks for something: ``cause`` is the word for it."""
    return Origin({"cause": cause}, Trail("", (cause,)))


def enter(trail: Trail, **about: object) -> None:
    """A run begins, in a context of its own: each of its lines says so, with what it is ``about``."""
    causes = (str(about["cause"]),) if "cause" in about else trail.causes
    followed = Trail("", causes, trail.deliveries, trail.further, (trail.run,))
    _current.set(Origin({**trail.said(), **about}, followed))


def asked_for(waiting: Trail | None, site: str | None) -> Trail:
    """That of work that is asked for now; ``waiting`` is that of the run which it will be part of."""
    run = waiting.run if waiting is not None and waiting.run else new_run()
    origin = _current.get()
    if origin is None:
        return Trail(run, links=_links())
    origin.runs.append(run)
    if site is not None:
        origin.sites.append(site)
    trail = origin.trail
    return Trail(run, trail.causes, trail.deliveries, trail.further, trail.after, links=_links())


def _links() -> tuple[SpanContext, ...]:
    link = LINK.get()
    return (link,) if link is not None else ()


def new_run() -> str:
    """A short id: the process, and a number."""
    return f"{_process}-{next(_numbers)}"


def add_origin(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor: puts into a line what is under way in its context."""
    origin = _current.get()
    return line if origin is None else {**origin.said, **line}


def _united(some: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """The first few of both, each once."""
    return tuple(dict.fromkeys((*some, *more)))[:MOST_NAMED]
