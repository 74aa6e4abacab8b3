"""The post: GitHub's deliveries on their way, some lost, some late, some twice, some to a dead process."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox import Delivery, Sandbox
    from tests.chaos.processes import Process
    from tests.clocks import FakeClock

LATE_SECONDS = 420.0
TURNED_SECONDS = 12.0


@dataclass
class Post:
    """Takes each delivery from the sandbox and brings it to one process: replicas share one address."""

    github: Sandbox
    clock: FakeClock
    luck: Random
    processes: Callable[[], Sequence[Process]]
    fates: deque[str] = field(default_factory=deque)
    met: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Bring what is sent, for ever."""
        queue = self.github._deliveries._queue
        while True:
            delivery = await queue.get()
            asyncio.create_task(self._bring(delivery))  # noqa: RUF006 - the loop of a run holds all it needs
            queue.task_done()

    def mend(self) -> None:
        """Everything arrives from now on."""
        self.fates.clear()

    async def _bring(self, delivery: Delivery) -> None:
        fate = self.fates.popleft() if self.fates else ""
        if fate:
            self.met[f"delivery {fate}"] += 1
        wait = 0.1 + 0.4 * self.luck.random()
        if fate == "lost":
            delivery.status, delivery.status_code = "failed to connect to host", 502
            return
        if fate == "late":
            wait = LATE_SECONDS * self.luck.random()
        elif fate == "reversed":
            # The longer ago it was sent than the others of its kind, the later it comes.
            wait = TURNED_SECONDS / (1 + self.fates.count("reversed"))
        await self._once(delivery, wait)
        if fate == "twice":
            await self._once(delivery, 3.0 * self.luck.random())

    async def _once(self, delivery: Delivery, wait: float) -> None:
        await self.clock.sleep(wait)
        reachable = [process for process in self.processes() if not process.dead and process.door is not None]
        status = await self.luck.choice(reachable).deliver(delivery) if reachable else 0
        if 200 <= status < 300:
            delivery.status, delivery.status_code = "OK", status
        elif delivery.status != "OK":
            delivery.status, delivery.status_code = "failed to connect to host", status or 502
