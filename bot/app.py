"""Wire one process together: session, GitHub, queue, timers and the doors over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import web

from bot.check_reading import PullReader
from bot.checker import Checker
from bot.clock import Clock, SystemClock
from bot.dashboard import ServiceDashboard, ServiceReadiness
from bot.events import Dispatcher
from bot.github.hub import GitHub
from bot.github.repository import FileReader
from bot.install_link import InstallLink
from bot.logs import configure_logs
from bot.look import endpoints_of, hosts_of
from bot.memory import give_back, keep_little
from bot.metrics import Metrics
from bot.observe import Observer
from bot.pace import Pace
from bot.reconcile import Reconciler
from bot.redelivery import Redelivery
from bot.render import render
from bot.resync import resync_forever
from bot.service import Job, Key, Service
from bot.settings import Settings, web_url_of
from bot.setup_settings import SetupSettings
from bot.sweep import Sweep
from bot.web.pages import Pages
from bot.web.server import build_web, runner_of
from bot.web.webhook import Webhook
from bot.webhook_proxy import WebhookProxy
from bot.workqueue import WorkQueue

GRACE_SECONDS = 19.0
"""How long a run may go on after SIGTERM; to put it down then may take five seconds more."""
CLOSING_SECONDS = 1.0
"""How long the doors wait for who is still being answered; application hosts kill after thirty in all."""
LOOKS_AT_ONCE = 32
"""So many runs go on side by side, whichever installations they are for; answers are not counted."""
CHECKS_AT_ONCE = 4
"""So many sites have pull requests checked at a time; no look waits for those."""
CANNOT_LISTEN = 1
THREADS = 2
"""For what would hold up deliveries, and what Python does in threads of its own accord (names of hosts). More
would not compute more at a time, but each keeps memory: megabytes of what it last held."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Bot:
    """A running bot: where it listens, and what the demo and the tests ask of it."""

    url: str
    service: Service
    queue: WorkQueue[Key, Job]


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Run the bot until the context is left; then finish what runs, or put it down.

    Raises ``OSError`` where it cannot listen.
    """
    clock = clock or SystemClock()
    metrics = Metrics()
    async with aiohttp.ClientSession() as session:
        github = github_of(settings, clock, metrics, session)
        service = service_of(settings, clock, metrics, github)
        queue = WorkQueue(
            bounded(service),
            merge=Job.merged_with,
            again=Job.again,
            clock=clock,
            pace=Pace(debounce_seconds=settings.debounce_seconds),
            on_run=metrics.run,
            lane_of=lambda key: key.lane(service.sites),
            on_start=service.agenda.begin,
        )
        service.agenda.attach(queue)
        metrics.watch(queue)

        def look_at_everything() -> None:
            give_back()  # nothing else comes by so regularly, and as good as never while there is much to do
            service.search()

        webhook = Webhook(Dispatcher(service).dispatch, settings.webhook_secrets, metrics)
        sweep = Sweep(service.look_for_commands, Redelivery(github.app, clock), clock)
        channel = settings.webhook_proxy_url
        proxy = WebhookProxy(session, channel, clock, service.search) if channel else None
        readiness = ServiceReadiness(service, queue, sweep, proxy)
        install_url = InstallLink(github, web_url_of(settings.api_url))
        pages = Pages(render, ServiceDashboard(service), readiness, metrics, readiness.waits, install_url)
        async with listening(build_web(webhook, pages), settings) as url:
            timers = [
                asyncio.create_task(resync_forever(look_at_everything, clock, settings.resync_seconds)),
                asyncio.create_task(sweep.forever()),
            ]
            if proxy is not None:
                timers.append(asyncio.create_task(proxy.forever(f"{url}/webhook")))
            try:
                yield Bot(url, service, queue)
            finally:
                webhook.close()
                await _end(timers)
                undone = await queue.close(GRACE_SECONDS)
                log.info("stopped", undone=len(undone))


def bounded(service: Service) -> Callable[[Key, Job], Awaitable[float | None]]:
    """The service's work, with no more looks at once than one machine and one network are good for."""
    gate, checks = asyncio.Semaphore(LOOKS_AT_ONCE), asyncio.Semaphore(CHECKS_AT_ONCE)

    async def run(key: Key, job: Job) -> float | None:
        if key.kind == "comment":
            return await service.run(key, job)
        if key.kind == "checks":
            async with checks:
                return await service.run(key, job)
        async with gate:
            return await service.run(key, job)

    return run


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks that never end by themselves."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def github_of(settings: Settings, clock: Clock, metrics: Metrics, session: aiohttp.ClientSession) -> GitHub:
    """The app at its GitHub."""
    return GitHub(
        session,
        endpoints_of(settings.api_url),
        str(settings.app_id),
        settings.private_key,
        clock,
        metrics.api_call,
    )


def service_of(settings: Settings, clock: Clock, metrics: Metrics, github: GitHub) -> Service:
    """The bot at work there, which still needs a queue."""
    files = FileReader()
    observer = Observer(hosts_of(settings.api_url), github=github, files=files)
    reconciler = Reconciler(github, observer, clock, settings.public_url)
    checker = Checker(github, hosts_of(settings.api_url), clock, PullReader(files))
    return Service(github, reconciler, observer, clock, metrics.committed_after, checker)


@asynccontextmanager
async def listening(application: web.Application, settings: Settings | SetupSettings) -> AsyncIterator[str]:
    """Serve the application; gives the URL under which this machine reaches it."""
    runner = runner_of(application, CLOSING_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - read only
        port = runner.addresses[0][1]
        log.info("listening", host=settings.host, port=port)
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def serve(settings: Settings) -> int:
    """Run the bot until SIGTERM or Ctrl-C; gives the exit status. A second signal ends it at once."""
    configure_logs(settings.log_level, settings.log_format, settings.secrets)
    keep_little()
    stop = asyncio.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop, number, stop)
    try:
        async with running(settings):
            await stop.wait()
            log.info("stopping", grace_seconds=GRACE_SECONDS)
    except OSError as error:
        log.error("cannot listen", host=settings.host, port=settings.port, why=str(error))  # noqa: TRY400 - no fault of ours to trace
        return CANNOT_LISTEN
    return 0


def told_to_stop(number: signal.Signals, stop: asyncio.Event) -> None:
    """Stop in good order; at once where it is said twice, for the next start goes on from there."""
    if stop.is_set():
        log.warning("stopped at once", signal=number.name)
        os._exit(0)  # to do as one is told is no failure, which is what hosts take any other status for
    stop.set()
