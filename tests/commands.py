"""The command line as somebody types it, each time in a process of its own; what it imports is imported once.

Half a second of every ``python -m bot`` is spent on imports. So a process that has done them stands ready,
and forks whenever a command is to run; all the rest is as it is for any process: its environment, folder,
streams, signals and end. That a command runs without such help too is shown where it serves, where it is
set up, and wherever the pages of ``docs/`` tell people to type one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import bot
from bot.__main__ import main

ROOT = Path(__file__).parents[1]
IN_SECONDS = 30
"""Any command that ends by itself has done so by then."""

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [__name__, "bot.app", "bot.demo", "bot.look", "bot.offline", "bot.once", "bot.replay", "bot.setup_app"]
)


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Command:
    """One that runs; what it says can be read as it comes."""

    process: ForkServerProcess
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader

    def send_signal(self, number: signal.Signals) -> None:
        """As a host does."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it at once, whatever it is at."""
        self.process.kill()

    async def wait(self, seconds: float = IN_SECONDS) -> int:
        """How it ended: its exit status, or less than nothing by the signal that ended it."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.process.sentinel, over.set)
        try:
            await asyncio.wait_for(over.wait(), seconds)
        finally:
            loop.remove_reader(self.process.sentinel)
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode

    async def ran(self) -> Ran:
        """All that it says until its end."""
        async with asyncio.timeout(IN_SECONDS):
            out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        return Ran(await self.wait(), out.decode(), err.decode())


@asynccontextmanager
async def started(
    *arguments: str, environ: Mapping[str, str] | None = None, folder: Path = ROOT
) -> AsyncIterator[Command]:
    """A command with nothing in its environment but this; killed in the end if it still runs."""
    with _pipe() as (out, say_out), _pipe() as (err, say_err):
        found = {"PATH": os.environ["PATH"], **(environ or {})}
        process = _FORKING.Process(target=_be, args=(arguments, found, folder, say_out, say_err))
        process.start()
        say_out.close()
        say_err.close()
        async with _read(out) as stdout, _read(err) as stderr:
            try:
                yield Command(process, stdout, stderr)
            finally:
                process.kill()
                process.join()
                process.close()


@contextmanager
def _pipe() -> Iterator[tuple[Connection, Connection]]:
    """Where to read, and what a process is given to write into."""
    reading, writing = _FORKING.Pipe(duplex=False)
    with reading, writing:
        yield reading, writing


@asynccontextmanager
async def _read(pipe: Connection) -> AsyncIterator[asyncio.StreamReader]:
    """What comes out of it, line by line or as a whole."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(pipe.fileno()), "rb", buffering=0)
    )
    try:
        yield reader
    finally:
        transport.close()


async def run(*arguments: str, environ: Mapping[str, str] | None = None, folder: Path = ROOT) -> Ran:
    """A command from its beginning to its end."""
    async with started(*arguments, environ=environ, folder=folder) as command:
        return await command.ran()


def _be(
    arguments: tuple[str, ...], environ: dict[str, str], folder: Path, out: Connection, err: Connection
) -> None:
    """In the forked process: take its place in the world, and do what ``python -m bot`` does."""
    assert Path(bot.__file__).is_relative_to(ROOT), "it has imported another checkout"
    os.dup2(out.fileno(), sys.stdout.fileno())
    os.dup2(err.fileno(), sys.stderr.fileno())
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    main(list(arguments), prog_name="status-bot")
