"""A clock that stands still until a test moves it: nobody waits, and the order is always the same."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

NOON = datetime(2020, 3, 20, 12, tzinfo=UTC)
IDLE_ROUNDS = 10
"""So many rounds in a row with nothing to do, each of which asks the sockets too, count as rest."""
REAL_SECONDS = 10.0
"""A condition that needs longer than this of the machine's own time will not come true."""


async def in_place(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What stands for ``asyncio.to_thread``.

    Nobody can tell a clock like the one below that a thread is at work, and it would jump over that work
    to the next sleeper; so what goes to a thread is done in its place.
    """
    await asyncio.sleep(0)
    return work(*args, **kwargs)


class FakeClock:
    """Wall clock and monotonic clock in one; both move by ``advance`` alone.

    A sleeper is woken exactly at its moment, with the clock standing at it, and everything it sets
    going comes to rest before the next one is woken. Sleepers of one moment wake in the order in
    which they lay down.
    """

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the clock so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), woken))
        await woken

    @property
    def sleeping(self) -> int:
        """How many wait for this clock to move."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    @property
    def next_wake_seconds(self) -> float | None:
        """How far the next sleeper is away; ``None`` where nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] - self._elapsed if self._sleepers else None

    async def advance(self, seconds: float) -> None:
        """Move on by so many seconds, wake everybody on the way, and let all of it come to rest."""
        target = self._elapsed + seconds
        await self.settle()
        while self.next_wake_seconds is not None and self._sleepers[0][0] <= target:
            due, _, woken = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, due)
            woken.set_result(None)
            await self.settle()
        self._elapsed = target
        await self.settle()

    async def jump(self, seconds: float) -> None:
        """Move on at once, as where the machine was suspended: all that was due meanwhile wakes at the end.

        For what is not about the hours between: each of them takes a dozen requests of the timers.
        """
        await self.settle()
        self._elapsed += seconds
        await self.advance(0)

    async def settle(self) -> None:
        """Let everything run that can run without the clock moving, loopback sockets included."""
        loop = asyncio.get_running_loop()
        idle = 0
        while idle < IDLE_ROUNDS:
            await asyncio.sleep(0)
            # Nobody else is scheduled: asyncio has no public way to ask.
            ready = getattr(loop, "_ready", ())
            idle = 0 if ready else idle + 1

    async def until(self, condition: Callable[[], object], within_seconds: float = 86400.0) -> None:
        """Move on from sleeper to sleeper until the condition holds.

        Where work goes through threads or sockets, real milliseconds are waited for it too.

        Raises:
            AssertionError: if it does not hold within so many seconds of this clock, or ten real ones.
        """
        last = self._elapsed + within_seconds
        deadline = time.monotonic() + REAL_SECONDS
        await self.settle()
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true, and nobody sleeps"
            await asyncio.sleep(0.001)
            await self.settle()
            wait = self.next_wake_seconds
            if condition() or wait is None:
                continue
            assert self._elapsed + wait <= last, f"the condition did not come true in {within_seconds} s"
            await self.advance(wait)
