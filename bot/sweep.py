"""A timer for what got lost: commands that nobody answered, and deliveries that failed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from bot.github.errors import GitHubError
from bot.queued import Failure

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.redelivery import Redelivery

EVERY_SECONDS = 600.0
JITTER = 0.1
"""By so much of that time a sweep may come early, so that replicas do not go on in step."""

log = structlog.get_logger(__name__)


class Sweep:
    """Looks for what got lost, at start and every ten minutes; what one sweep misses the next one finds."""

    def __init__(
        self,
        look_for_commands: Callable[[], None],
        redelivery: Redelivery,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._look_for_commands = look_for_commands
        self._redelivery = redelivery
        self._clock = clock
        self._chance = chance
        self.failure: Failure | None = None
        """Why the delivery log could not be read the last time, and until when it is not tried again."""
        self._failures = 0

    async def forever(self) -> None:
        """Sweep, and wait, until it is cancelled."""
        while True:
            wait = EVERY_SECONDS * (1 - JITTER * self._chance())
            self._look_for_commands()
            await self._fetch(wait)
            await self._clock.sleep(wait)

    async def _fetch(self, wait: float) -> None:
        try:
            await self._redelivery.sweep()
        except GitHubError as error:
            log.warning(
                "missed deliveries cannot be fetched now", why=str(error), next_in_seconds=round(wait)
            )
            self._failed(error, wait)
        except Exception as error:
            log.exception("missed deliveries could not be fetched", next_in_seconds=round(wait))
            self._failed(error, wait)
        else:
            self.failure = None
            self._failures = 0

    def _failed(self, error: Exception, wait: float) -> None:
        self._failures += 1
        self.failure = Failure.of(error, self._clock.now(), self._failures, wait)
