"""A timer for what got lost: commands that nobody answered, and deliveries that failed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from bot.github.errors import GitHubError

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.redelivery import Redelivery

EVERY_SECONDS = 600.0
JITTER = 0.1
"""By so much of that time a sweep may come early, so that replicas do not go on in step."""

log = structlog.get_logger(__name__)


async def sweep_forever(
    look_for_commands: Callable[[], None],
    redelivery: Redelivery,
    clock: Clock,
    chance: Callable[[], float] = random.random,
) -> None:
    """Sweep at start, and every ten minutes. A sweep that fails is logged: the next one comes."""
    while True:
        look_for_commands()
        try:
            await redelivery.sweep()
        except GitHubError as error:
            log.warning("missed deliveries cannot be fetched now", why=str(error))
        except Exception:
            log.exception("missed deliveries could not be fetched")
        await clock.sleep(EVERY_SECONDS * (1 - JITTER * chance()))
