"""How eagerly to work, how long to wait after a failure, and how long to wait at most."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cachetools import LRUCache

if TYPE_CHECKING:
    from bot.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How eagerly a queue works.

    A key runs once it was quiet for ``debounce_seconds``; a burst is gathered for at most
    ``gather_seconds`` since its first event. ``concurrency`` keys of a lane run side by side. A run that
    takes longer than ``run_limit_seconds`` is cut off and tried again. The wait after a failure
    doubles from ``first_retry_seconds`` to ``longest_retry_seconds``. ``chance`` gives numbers from
    0 to 1, for jitter.
    """

    debounce_seconds: float = 2.0
    gather_seconds: float = 60.0
    concurrency: int = 4
    run_limit_seconds: float = 900.0
    first_retry_seconds: float = 2.0
    longest_retry_seconds: float = 600.0
    chance: Callable[[], float] = random.random

    def retry_seconds(self, attempts: int) -> float:
        """The wait after so many failures in a row, spread by chance over its upper half."""
        doubled = self.first_retry_seconds * 2.0 ** min(attempts - 1, 30)
        return min(doubled, self.longest_retry_seconds) * (0.5 + self.chance() / 2)


@dataclass(frozen=True)
class Lane:
    """Work that waits only for its own kind; so many keys of it run side by side.

    ``most`` is how many keys it takes at a time, as many as there are if left out.
    """

    name: str
    concurrency: int
    most: int | None = None


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """The work's result, or ``TimeoutError`` after so many seconds of the clock; then it is cancelled."""
    task = asyncio.ensure_future(work)
    alarm = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError(f"not finished within {seconds:g} s")
        return task.result()
    finally:
        alarm.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Turns:
    """Lets everybody do so much in a while, and tells who wants more how long to wait.

    Turns are given in the order in which they are asked for; who comes back for one that was
    promised gets it.
    """

    def __init__(
        self, clock: Clock, most: int = 5, window_seconds: float = 60.0, people: int = 10_000
    ) -> None:
        """``most`` turns within ``window_seconds`` for each of the ``people`` that are remembered."""
        self._clock = clock
        self._most = most
        self._window_seconds = window_seconds
        self._promised: LRUCache[str, dict[int, tuple[float, ...]]] = LRUCache(people)

    def ahead_seconds(self, who: str, what: int) -> float:
        """How long the turns that a person was promised go on; 0 where it may do this, or was promised it."""
        promised = self._promised.get(who, {})
        if what in promised:
            return 0.0
        return (
            max((moments[-1] for moments in promised.values()), default=-math.inf) - self._clock.monotonic()
        )

    def wait_seconds(self, who: str, what: int, turns: int) -> float:
        """How long to wait until a person may do this (by its number), which counts for so many turns."""
        now = self._clock.monotonic()
        promised = {
            number: moments
            for number, moments in self._promised.get(who, {}).items()
            if moments[-1] + self._window_seconds > now
        }
        if what not in promised:
            taken = sorted(moment for moments in promised.values() for moment in moments)
            for _ in range(min(turns, self._most)):
                free = taken[-self._most] + self._window_seconds if len(taken) >= self._most else now
                taken.append(max(free, now))
            promised[what] = tuple(taken[-min(turns, self._most) :])
        self._promised[who] = promised
        return promised[what][-1] - now
