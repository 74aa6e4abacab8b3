"""The bot and the sandbox GitHub, each in its own process, as a measure takes them in hand."""

from __future__ import annotations

import asyncio
import re
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
import msgspec

from benchmarks.github import Ready, Report
from benchmarks.organization import SECRET
from benchmarks.processes import bot_process, helper_process
from benchmarks.traffic import Traffic

PATIENCE_SECONDS = 90.0
"""Whatever takes longer than this has failed."""
KNOCK_SECONDS = 0.001
LOOK_SECONDS = 0.2
OK = 200
SERIES = re.compile(r"^(\w[^ {]*(?:{.*})?) (\S+)$", re.MULTILINE)

M = TypeVar("M", bound=msgspec.Struct)


class FailedError(Exception):
    """A measure could not be taken; says what went wrong."""


class GitHub:
    """The sandbox in its process."""

    def __init__(self, process: Process, ready: Ready) -> None:
        self._process = process
        self.ready = ready

    async def do(self, word: str) -> Report:
        """Let something happen there, or wait for it: see ``benchmarks.github.Stage``."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n".encode())
        return await _read(self._process, Report, f"the sandbox did not get to: {word}")

    async def traffic(self) -> tuple[Traffic, float]:
        """What was asked since ``mark``, and the CPU seconds that the sandbox has used in all."""
        report = await self.do("traffic")
        assert report.traffic is not None
        return report.traffic, report.cpu_seconds


@asynccontextmanager
async def github(*arguments: str) -> AsyncIterator[GitHub]:
    """A sandbox with these arguments of ``benchmarks.github``, up and listening."""
    async with helper_process("benchmarks.github", *arguments) as process:
        yield GitHub(process, await _read(process, Ready, "the sandbox did not start"))


async def _read(process: Process, kind: type[M], failure: str) -> M:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await process.stdout.readline()
    except TimeoutError:
        raise FailedError(f"{failure} within {PATIENCE_SECONDS:.0f} s") from None
    if not line:
        raise FailedError(f"{failure}: its process ended")
    return msgspec.json.decode(line, type=kind)


class Bot:
    """The bot in its process; ``began`` and ``healthy`` are monotonic seconds."""

    def __init__(self, process: Process, port: int, session: aiohttp.ClientSession, began: float) -> None:
        self._process = process
        self._session = session
        self.pid = process.pid
        self.port = port
        self.began = began
        self.healthy = began

    async def knock(self) -> None:
        """Wait for the first 200 of ``/health``."""
        while await self._status("/health") != OK:
            if self._process.returncode is not None:
                raise FailedError(f"the bot ended at once, with status {self._process.returncode}")
            if time.monotonic() > self.began + PATIENCE_SECONDS:
                raise FailedError(f"the bot was not healthy within {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(KNOCK_SECONDS)
        self.healthy = time.monotonic()

    async def _status(self, path: str) -> int:
        try:
            async with self._session.get(f"http://127.0.0.1:{self.port}{path}") as response:
                return response.status
        except aiohttp.ClientConnectionError:
            return 0

    async def metrics(self) -> dict[str, float]:
        """What the bot counts, by name and labels as ``/metrics`` spells them."""
        async with self._session.get(f"http://127.0.0.1:{self.port}/metrics") as response:
            text = await response.text()
        return {name: float(value) for name, value in SERIES.findall(text)}

    async def reconciled(self, times: int) -> dict[str, float]:
        """Wait until sites were reconciled so many times and nothing runs; gives the metrics."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            metrics = await self.metrics()
            runs = metrics.get('status_bot_runs_total{kind="site",outcome="done"}', 0)
            if runs >= times and not metrics["status_bot_queue_running"]:
                return metrics
            if any('outcome="failed"' in name and count for name, count in metrics.items()):
                raise FailedError("a run of the bot failed")
            await asyncio.sleep(LOOK_SECONDS)
        raise FailedError(f"the site was not reconciled {times} times within {PATIENCE_SECONDS:.0f} s")

    async def at_rest(self, seconds: float) -> None:
        """Wait until it has not begun a run for so long, and none is under way."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        before, since = -1.0, time.monotonic()
        while time.monotonic() - since < seconds:
            metrics = await self.metrics()
            runs = sum(count for name, count in metrics.items() if name.startswith("status_bot_runs_total"))
            if runs != before or metrics["status_bot_queue_running"]:
                before, since = runs, time.monotonic()
            if time.monotonic() > deadline:
                raise FailedError(f"the bot did not come to rest within {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def bot(hub: GitHub, port: int, **settings: str) -> AsyncIterator[Bot]:
    """The bot in front of a sandbox, started and healthy; settings are the defaults, but for those given."""
    environment = {
        "APP_ID": str(hub.ready.app_id),
        "PRIVATE_KEY": hub.ready.private_key,
        "WEBHOOK_SECRET": SECRET,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GITHUB_API_URL": hub.ready.api_url,
        **settings,
    }
    async with aiohttp.ClientSession() as session:
        began = time.monotonic()
        async with bot_process(environment) as process:
            running = Bot(process, port, session, began)
            await running.knock()
            yield running
