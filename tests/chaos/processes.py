"""The bot's processes: each runs the whole of ``bot.app``, and can be killed between any two calls.

``kill -9`` leaves no time for anything: all tasks of a process are cancelled at once, and nothing that
they still try reaches GitHub. A supervisor starts another process in its place, as every host does.
"""

from __future__ import annotations

import asyncio
import contextvars
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from unittest import mock

import aiohttp
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from bot import app, trail
from tests.chaos.wire import Session
from tests.clocks import in_place

if TYPE_CHECKING:
    from bot.app import Bot
    from bot.sandbox import Delivery
    from bot.settings import Settings
    from tests.chaos.wire import Wire
    from tests.clocks import FakeClock

T = TypeVar("T")

_INSIDE: contextvars.ContextVar[Process | None] = contextvars.ContextVar("process", default=None)
_STUB = mock.MagicMock()
"""What aiohttp's requests hold and nobody looks at."""


@dataclass(eq=False)
class Process:
    """One process, from its start to its end."""

    wire: Wire
    settings: Settings
    clock: FakeClock
    dead: bool = False
    bot: Bot | None = None
    door: web.Application | None = None
    deaths: list[tuple[int, bool]] = field(default_factory=list)
    """At which of the next calls it is to die, before it is carried out or after."""
    on_death: Callable[[], None] = field(default=lambda: None)
    tasks: dict[asyncio.Task[Any], None] = field(default_factory=dict)
    """In the order in which they began, as a set would not keep them: the same plan is to be the same run."""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Run until it is stopped or killed."""
        self._context = contextvars.copy_context()
        self._context.run(_INSIDE.set, self)
        asyncio.get_running_loop().create_task(self._live(), context=self._context)

    async def _live(self) -> None:
        async with app.running(self.settings, self.clock) as self.bot:
            await self._stop.wait()
        self.dead = True

    def stop(self) -> None:
        """SIGTERM."""
        self._stop.set()

    def dies(self, *, done: bool) -> bool:
        """Whether this is the call at which it dies; then it is dead."""
        if not done:
            self.deaths = [(skip - 1, after) for skip, after in self.deaths]
        if any(skip < 0 and after == done for skip, after in self.deaths):
            self.deaths.clear()
            self.kill()
            return True
        return False

    def kill(self) -> None:
        """``kill -9``."""
        if not self.dead:
            self.dead = True
            for task in list(self.tasks):
                task.cancel()
            self.on_death()

    async def deliver(self, delivery: Delivery) -> int:
        """Bring it a delivery; gives the status of its answer, 0 where it cannot be reached."""
        if self.dead or self.door is None:
            return 0
        answering = asyncio.get_running_loop().create_task(
            self._take(delivery, self.door), context=self._context
        )
        await asyncio.wait({answering})
        return 0 if answering.cancelled() else answering.result()

    @staticmethod
    async def _take(delivery: Delivery, door: web.Application) -> int:
        payload = StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
        payload.feed_data(delivery.body)
        payload.feed_eof()
        headers = {**delivery.headers(), "Content-Length": str(len(delivery.body))}
        request = make_mocked_request(
            "POST",
            "/webhook",
            headers,
            app=_STUB,
            protocol=_STUB,
            transport=_STUB,
            writer=_STUB,
            payload=payload,
            client_max_size=2**25,
        )
        found = await door.router.resolve(request)
        answer = await found.handler(request)
        return answer.status


def _here() -> Process:
    """The process that the running code belongs to."""
    process = _INSIDE.get()
    assert process is not None
    return process


def _session(**_settings: object) -> Session:
    return Session(_here().wire, _here())


@asynccontextmanager
async def _listening(application: web.Application, _settings: Settings) -> AsyncIterator[str]:
    """In place of a socket: deliveries are handed to the application."""
    process = _here()
    process.door = application
    try:
        yield "http://bot.test"
    finally:
        process.door = None


def _task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, T] | Generator[Any, None, T],
    **kwargs: Any,  # noqa: ANN401 - asyncio's own
) -> asyncio.Task[T]:
    """A task, entered with the process that it belongs to."""
    task = asyncio.Task(work, loop=loop, **kwargs)
    context = kwargs.get("context")
    process = _INSIDE.get() if context is None else context.get(_INSIDE)
    if process is not None:
        process.tasks[task] = None
        task.add_done_callback(lambda done: process.tasks.pop(done, None))
        if process.dead:
            task.cancel()
    return task


@contextmanager
def without_sockets() -> Iterator[None]:
    """Within this, the bot's processes call the sandbox by the wire that they were given."""
    with (
        mock.patch.object(app, "listening", _listening),
        mock.patch.object(aiohttp, "ClientSession", _session),
        mock.patch.object(asyncio, "to_thread", in_place),
    ):
        yield


@contextmanager
def numbered_anew() -> Iterator[None]:
    """Within this, the log's ids are the same each time."""
    with mock.patch.multiple(trail, _process="chaos", _numbers=itertools.count(1)):
        yield


def watch_tasks() -> None:
    """Enter every task of this loop with its process."""
    asyncio.get_running_loop().set_task_factory(_task)
