"""What GitHub's limits leave to one identity: when it may ask again, and how far apart it writes.

The rules are those of
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import structlog

from bot.clock import Clock

Pool = Literal["rest", "graphql"]
"""What GitHub counts by itself."""

SECONDARY_LIMIT_SECONDS = 60.0
"""GitHub: where no time is named, wait at least a minute, and longer each time."""
LONGEST_QUIET_SECONDS = 7200.0
"""GitHub's limits are by the hour: whoever names a longer time has told it wrong."""
LONGEST_DOUBLED_SECONDS = 1800.0
WRITES_AT_ONCE = 8
"""As many as one site's proposal takes, with all that can be wished for it: nobody waits for those."""
SECONDS_BETWEEN_WRITES = 1.0
"""GitHub: a second between writes, and no more than 80 a minute."""

log = structlog.get_logger(__name__)


class Limits:
    """The limits of one installation, of the app itself, or of a person.

    All tokens of an installation share them; no two installations do.
    """

    def __init__(self, clock: Clock, *, paced: bool = True) -> None:
        """``paced`` spaces writes; the app's own, which create nothing but tokens, need not be."""
        self._clock = clock
        self._paced = paced
        self._quiet_until: dict[Pool, float] = {"rest": -math.inf, "graphql": -math.inf}
        self._doubled_seconds = SECONDARY_LIMIT_SECONDS
        self._doubled_until = -math.inf
        self._writing = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None
        self._spaced_until = -math.inf

    def wait_seconds(self, pool: Pool) -> float:
        """How long nothing may be asked; 0 where all is well."""
        return max(0.0, self._quiet_until[pool] - self._clock.monotonic())

    def obey(self, pool: Pool, headers: Mapping[str, str]) -> float:
        """Be quiet for as long as a refusal asks for; gives the seconds.

        A pool that is used up says nothing of the other one. Any other limit is for everything.
        """
        used_up = "retry-after" not in headers and headers.get("x-ratelimit-remaining") == "0"
        told = self._until_reset(headers) if used_up else self._retry_after(headers)
        seconds = min(told, LONGEST_QUIET_SECONDS) if told is not None else self._doubled()
        until = self._clock.monotonic() + seconds
        pools: tuple[Pool, ...] = (pool,) if used_up and told is not None else ("rest", "graphql")
        for each in pools:
            self._quiet_until[each] = max(self._quiet_until[each], until)
        return seconds

    @asynccontextmanager
    async def turn_to_write(self) -> AsyncIterator[None]:
        """Held while something is written: one after the other, the first few at once, then spaced.

        Whoever holds it already, to look before writing, may write.
        """
        task = asyncio.current_task()
        if not self._paced or self._holder is task:
            yield
            return
        async with self._writing:
            now = self._clock.monotonic()
            begun = max(self._spaced_until, now)
            wait = begun - (WRITES_AT_ONCE - 1) * SECONDS_BETWEEN_WRITES - now
            if wait > 0:
                log.debug("spacing writes", seconds=round(wait, 1))
                await self._clock.sleep(wait)
            self._spaced_until = begun + SECONDS_BETWEEN_WRITES
            self._holder = task
            try:
                yield
            finally:
                self._holder = None

    def _doubled(self) -> float:
        """A minute, and twice as long each time when the last one is not long ago."""
        now = self._clock.monotonic()
        if now > self._doubled_until:
            self._doubled_seconds = SECONDARY_LIMIT_SECONDS
        seconds = self._doubled_seconds
        self._doubled_seconds = min(2 * seconds, LONGEST_DOUBLED_SECONDS)
        self._doubled_until = now + seconds + self._doubled_seconds
        return seconds

    def _retry_after(self, headers: Mapping[str, str]) -> float | None:
        """Seconds, or a date as RFC 9110 allows; ``None`` for anything else."""
        written = headers.get("retry-after", "")
        if (number := number_in(written)) is not None:
            return max(1.0, number)
        moment = date_in(written)
        return self._seconds_to(moment.timestamp(), headers) if moment is not None else None

    def _until_reset(self, headers: Mapping[str, str]) -> float | None:
        moment = number_in(headers.get("x-ratelimit-reset", ""))
        return self._seconds_to(moment, headers) if moment is not None else None

    def _seconds_to(self, moment: float, headers: Mapping[str, str]) -> float | None:
        """From GitHub's present, or from this machine's where that makes more sense; ``None`` if neither."""
        told = date_in(headers.get("date", ""))
        for present in (told, self._clock.now()):
            if present is not None:
                seconds = moment - present.timestamp()
                if -SECONDARY_LIMIT_SECONDS <= seconds <= LONGEST_QUIET_SECONDS:
                    return max(1.0, seconds)
        return None


def number_in(written: str) -> float | None:
    """A number that is not below zero, as a header has it; ``None`` for anything else."""
    try:
        number = float(written) if written.isascii() else -1.0
    except ValueError:
        return None
    return number if number >= 0 else None


def date_in(written: str) -> datetime | None:
    """A moment as a header has it; ``None`` for anything else."""
    try:
        moment = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
