"""What a queue knows of one key: what waits to be run, when it is due, and how the last run failed."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.pace import Lane

SOMETHING_WENT_WRONG = "something went wrong in the bot, which is in its log"

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
