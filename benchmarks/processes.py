"""The processes of a measurement: each on its core, watched through /proc, ended by whoever began it.

Each has a session of its own, so that Ctrl-C reaches this process alone, which then ends them all.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
END_SECONDS = 5.0
KIBIBYTES = 1024.0

_CAN_PIN = hasattr(os, "sched_setaffinity")
_CORES = sorted(os.sched_getaffinity(0)) if _CAN_PIN else []
PINNED = len(_CORES) > 1
"""Whether the bot has a core to itself."""


@dataclass(frozen=True)
class Usage:
    """What a process has used so far; memory is resident, in MiB."""

    cpu_seconds: float
    rss_mib: float
    peak_mib: float


def usage_of(pid: int) -> Usage | None:
    """What a process has used, by all its threads; ``None`` where it is gone or there is no /proc."""
    process = Path("/proc", str(pid))
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    except FileNotFoundError:
        return None
    if "VmRSS" not in status:  # it has ended, and nobody has asked for its exit status yet
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Usage(
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        rss_mib=int(status["VmRSS"].split()[0]) / KIBIBYTES,
        peak_mib=int(status["VmHWM"].split()[0]) / KIBIBYTES,
    )


def keep_off_the_bots_core() -> None:
    """Move this process, and so what it starts, to the other cores."""
    if PINNED:
        os.sched_setaffinity(0, _CORES[1:])


@contextmanager
def _on_the_bots_core() -> Iterator[None]:
    """What is started meanwhile inherits the core from its first instruction on."""
    if not PINNED:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _CORES[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def bot_process(environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """``python -m bot serve`` as a host would start it, with its log going nowhere."""
    # Of this machine's own environment nothing may reach it that would change a setting.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with _on_the_bots_core():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            cwd=ROOT,
            env={**kept, **environment},
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )
    async with _ended(process):
        yield process


@asynccontextmanager
async def helper_process(module: str, *arguments: str) -> AsyncIterator[Process]:
    """A module of this package as a process beside the bot's, with pipes to and from it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        start_new_session=True,
    )
    async with _ended(process):
        yield process


@asynccontextmanager
async def _ended(process: Process) -> AsyncIterator[None]:
    """See to it that the process is gone in the end, whatever happened."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port() -> int:
    """A port of the loopback interface on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
