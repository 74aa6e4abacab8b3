"""Missed deliveries: what the log shows as failed is asked for again, a few times and at a gentle pace."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

import structlog

from bot.clock import Clock
from bot.events import is_of_interest
from bot.github.client import Client
from bot.github.deliveries import Attempt, read_attempts, redeliver
from bot.github.errors import GitHubError, RateLimited, Unauthorized, Unavailable

LOOK_BACK = timedelta(days=1)
"""How far back the log is read at start. GitHub keeps three days of it, but a command is not answered
after one, and everything else was seen by the full look at every site."""
OVERLAP = timedelta(minutes=5)
"""GitHub's clock is not this one, and its log lags behind."""
MOST_ATTEMPTS = 4
"""GitHub's own attempt and three more."""
MOST_AT_ONCE = 50
"""Redeliveries of one sweep; what is left over has the next one."""
PACE_SECONDS = 1.0
"""GitHub asks for a second between requests that change something."""
HESITATION_SECONDS = 30.0
"""So long at most it is waited before the log is read again: another replica may be at it."""

log = structlog.get_logger(__name__)


@dataclass
class _Missed:
    """A delivery of which no attempt is known to have succeeded."""

    newest: Attempt
    attempts: set[int] = field(default_factory=set)
    """The ids of those that the log has shown."""
    asked: int = 0
    """How often this process has asked for another."""

    @property
    def hopeless(self) -> bool:
        """Whether more attempts would hardly change anything."""
        return max(len(self.attempts), 1 + self.asked) >= MOST_ATTEMPTS


class Redelivery:
    """Asks for the deliveries again that failed. What it knows of them, it has from GitHub's log."""

    def __init__(self, app: Client, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        """``app`` asks as the app itself; ``chance`` gives numbers from 0 to 1."""
        self._app = app
        self._clock = clock
        self._chance = chance
        self._since = clock.now() - LOOK_BACK
        self._missed: dict[str, _Missed] = {}

    async def sweep(self) -> None:
        """Read the log back to the last sweep, and have redelivered what failed and is of interest.

        Raises ``GitHubError`` where the log cannot be read now, or GitHub takes no more; nothing is
        forgotten then. One request where nothing has failed.
        """
        began = self._clock.now()
        await self._read()
        if self._due():
            # Replicas start together, and have the same log before them.
            wait = HESITATION_SECONDS * self._chance()
            log.info("deliveries were missed", missed=len(self._due()), in_seconds=round(wait, 1))
            await self._clock.sleep(wait)
            await self._read()
        self._since = began - OVERLAP
        for missed in self._due()[:MOST_AT_ONCE]:
            await self._ask_for(missed)
            await self._clock.sleep(PACE_SECONDS)

    async def _read(self) -> None:
        oldest = self._clock.now() - LOOK_BACK
        self._missed = {
            guid: missed for guid, missed in self._missed.items() if missed.newest.delivered_at >= oldest
        }
        attempts = await read_attempts(self._app, max(self._since, oldest))
        for guid, of_one in groupby(sorted(attempts, key=attrgetter("guid", "id")), attrgetter("guid")):
            self._note(guid, tuple(of_one))

    def _note(self, guid: str, attempts: tuple[Attempt, ...]) -> None:
        newest = attempts[-1]
        if any(attempt.succeeded for attempt in attempts):
            self._missed.pop(guid, None)
        elif is_of_interest(newest.event, newest.action):
            missed = self._missed.setdefault(guid, _Missed(newest))
            seen_before = len(missed.attempts)
            missed.newest = newest
            missed.attempts |= {attempt.id for attempt in attempts}
            if seen_before < MOST_ATTEMPTS <= len(missed.attempts):
                log.warning("delivery given up", delivery=guid, event_name=newest.event)

    def _due(self) -> list[_Missed]:
        """What is to be asked for, the oldest first."""
        due = (missed for missed in self._missed.values() if not missed.hopeless)
        return sorted(due, key=lambda missed: missed.newest.id)

    async def _ask_for(self, missed: _Missed) -> None:
        newest = missed.newest
        missed.asked += 1
        try:
            await redeliver(self._app, newest)
        except (Unavailable, RateLimited, Unauthorized):
            missed.asked -= 1
            raise
        except GitHubError as error:
            missed.asked = MOST_ATTEMPTS
            log.warning("delivery cannot be redelivered", delivery=newest.guid, why=str(error))
        else:
            log.info(
                "delivery redelivered",
                delivery=newest.guid,
                event_name=newest.event,
                action=newest.action or "",
                attempts=len(missed.attempts),
            )
