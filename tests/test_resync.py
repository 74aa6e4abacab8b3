"""The timer that looks at everything: never later than promised, and replicas do not stay in step."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import structlog

from bot.resync import JITTER, resync_forever
from tests.clocks import FakeClock

EVERY_SECONDS = 1800.0


async def test_no_look_comes_later_than_promised_nor_much_earlier() -> None:
    clock, looks = FakeClock(), list[float]()
    chances = iter((0.0, 1.0, 0.5, 0.0))
    timer = asyncio.create_task(
        resync_forever(lambda: looks.append(clock.monotonic()), clock, EVERY_SECONDS, lambda: next(chances))
    )
    with structlog.testing.capture_logs() as lines:
        await clock.advance(3 * EVERY_SECONDS)
    timer.cancel()
    waits = [after - before for before, after in pairwise(looks)]
    assert looks[0] == 0
    assert waits == [EVERY_SECONDS, EVERY_SECONDS * (1 - JITTER), EVERY_SECONDS * (1 - JITTER / 2)]
    assert [line["next_in_seconds"] for line in lines[:3]] == waits


async def test_replicas_that_start_together_do_not_go_on_together() -> None:
    clock, looks = FakeClock(), list[float]()
    timers = [
        asyncio.create_task(resync_forever(lambda: looks.append(clock.monotonic()), clock, EVERY_SECONDS))
        for _ in range(2)
    ]
    await clock.advance(EVERY_SECONDS)
    for timer in timers:
        timer.cancel()
    assert looks[:2] == [0, 0]
    assert looks[2] != looks[3]
