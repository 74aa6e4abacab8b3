"""Time, passed in rather than looked up, so that a test can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall-clock time for what people and GitHub see, monotonic seconds for waiting."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await asyncio.sleep(seconds)


class QuickClock:
    """A clock on which time passes so many times as fast as on the machine's, until ``slow_down``."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._start = datetime.now(UTC)
        self._passed, self._since = 0.0, time.monotonic()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds that never run backwards, from 0."""
        return self._passed + (time.monotonic() - self._since) * self._times

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, which are shorter here."""
        await asyncio.sleep(seconds / self._times)

    def slow_down(self) -> None:
        """Go on at the machine's pace; whoever sleeps already sleeps no longer for it."""
        self._passed, self._since = self.monotonic(), time.monotonic()
        self._times = 1.0
