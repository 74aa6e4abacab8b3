"""What a queue knows: of a key what waits, when it is due, how it failed; of a lane how much it holds."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Self, TypeVar

import structlog

from bot.pace import Lane

SOMETHING_WENT_WRONG = "something went wrong in the bot, which is in its log"

log = structlog.get_logger(__name__)

P = TypeVar("P")


@dataclass(frozen=True)
class Failure:
    """The last failure of a key that has not succeeded since.

    ``error`` is for the log. ``plainly`` is for everybody: it names no repository.
    """

    error: str
    at: datetime
    attempts: int
    retry_in_seconds: float
    plainly: str = SOMETHING_WENT_WRONG

    @classmethod
    def of(cls, error: BaseException, at: datetime, attempts: int, retry_in_seconds: float) -> Self:
        """Of a run that an exception has ended. One that says it ``plainly`` has words for everybody."""
        name, words = type(error).__name__, str(error)
        plainly = getattr(error, "plainly", SOMETHING_WENT_WRONG)
        return cls(f"{name}: {words}" if words else name, at, attempts, retry_in_seconds, plainly)

    @property
    def until(self) -> datetime:
        """When it is tried again."""
        return self.at + timedelta(seconds=self.retry_in_seconds)


@dataclass(slots=True)
class Entry(Generic[P]):
    """What is known of one key; moments are monotonic seconds.

    ``payload`` waits to be run. It is due when its burst of events is over (``quiet_at``) or at the
    moment that was asked for (``timed_at``), but not before its failures allow (``backoff_until``)
    or the other side does (``refused_until``). ``queued_at`` is its place in the heap.
    """

    lane: Lane
    payload: P | None = None
    gathering_since: float = 0.0
    quiet_at: float = math.inf
    timed_at: float = math.inf
    backoff_until: float = -math.inf
    refused_until: float = -math.inf
    queued_at: float = math.inf
    task: asyncio.Task[None] | None = None
    attempts: int = 0
    failure: Failure | None = None

    @property
    def due(self) -> float:
        """When it may run."""
        return max(min(self.quiet_at, self.timed_at), self.backoff_until, self.refused_until)


class Places:
    """How many keys of each lane the queue holds: some lanes take only so many at a time."""

    def __init__(self) -> None:
        self._taken: Counter[Lane] = Counter()
        self._turned_away: Counter[Lane] = Counter()

    def take(self, lane: Lane) -> bool:
        """Let one more key in; whether there was room."""
        if lane.most is not None and self._taken[lane] >= lane.most:
            if not self._turned_away[lane]:
                log.warning("too much waits, no more is taken", lane=lane.name, waiting=lane.most)
            self._turned_away[lane] += 1
            return False
        self._taken[lane] += 1
        return True

    def leave(self, lane: Lane) -> None:
        """Let a key go."""
        self._taken[lane] -= 1
        if self._turned_away[lane] and lane.most is not None and self._taken[lane] <= lane.most / 2:
            log.info("there is room again", lane=lane.name, turned_away=self._turned_away.pop(lane))
