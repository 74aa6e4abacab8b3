"""Timers: what events missed is found by looking at everything again."""

from __future__ import annotations

import random
from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.trail import caused_by

log = structlog.get_logger(__name__)


JITTER = 0.1
"""By so much of that time a look may come early, so that replicas do not go on in step."""


async def resync_forever(
    search: Callable[[], None],
    clock: Clock,
    every_seconds: float,
    chance: Callable[[], float] = random.random,
) -> None:
    """Search every installation for sites, and so reconcile every site, at start and then again and again."""
    while True:
        wait = every_seconds * (1 - JITTER * chance())
        with caused_by("resync"):
            log.debug("looking at everything", next_in_seconds=round(wait))
            search()
        await clock.sleep(wait)
