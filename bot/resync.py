"""Timers: what events missed is found by looking at everything again."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.trail import caused_by

log = structlog.get_logger(__name__)


async def resync_forever(search: Callable[[], None], clock: Clock, every_seconds: float) -> None:
    """Search every installation for sites, and so reconcile every site, at start and then again and again."""
    while True:
        with caused_by("resync"):
            log.debug("looking at everything", next_in_seconds=round(every_seconds))
            search()
        await clock.sleep(every_seconds)
